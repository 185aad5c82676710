#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/duckdb/java_time_pattern.h"
#include "sql/document_types.h"
#include "types/data_type.h"

namespace sluice {

/// Reads the texts of a document's values as Spark 3.5 does and writes them as JSON for the
/// engine's cast to sql::CarrierType. False: the text is no such value. Used by one thread.
class DocumentValues {
 public:
  /// kInvalidArgument, in Spark's words, for a pattern that is none.
  static Result<DocumentValues> Make(const sql::DocumentOptions& options);

  bool Date(std::string_view text, std::string* out);
  bool Timestamp(std::string_view text, std::string* out);
  bool TimestampNtz(std::string_view text, std::string* out);
  static bool Decimal(std::string_view text, const DataType& type, std::string* out);
  /// Base64 with its padding, blanks allowed.
  static bool Binary(std::string_view text, std::string* out);

  /// Set once a text was met that only Spark 2 would have read: the statement fails with it.
  const std::string& error() const { return error_; }

 private:
  struct Format {
    std::string text;
    std::optional<TimePattern> pattern;  ///< none: as CAST reads it
  };
  static Result<Format> FormatOf(const sql::DocumentOptions& options, std::string_view name);
  bool FailUnlessUnknown(std::string_view pattern, std::string_view text);

  Format date_;
  Format timestamp_;
  Format timestamp_ntz_;
  std::string error_;
};

/// {"w":micros,"z":"zone"}
void WriteCarrierTime(std::int64_t micros, std::string_view zone, std::string* out);

/// The message of a pattern's error, as the statement fails with it.
std::string TimePatternError(const Error& error);
/// Likewise for a text that only the formatter of Spark 2 reads.
std::string LegacyTimeError(std::string_view text);

}  // namespace sluice
