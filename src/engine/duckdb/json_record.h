#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/duckdb/document_values.h"
#include "sql/json_document.h"

namespace sluice {

/// from_json: reads texts by one schema and one set of options. Used by one thread.
class JsonRecords {
 public:
  /// `schema` is a type as DataType::UpperName writes it. kInvalidArgument in Spark's words.
  static Result<JsonRecords> Make(std::string_view schema, std::string_view options);

  /// The carrier's JSON of a record (sql/document_types.h); false where the result is NULL. With
  /// mode FAILFAST a malformed record sets error().
  bool Read(std::string_view text, std::string* out);

  /// Not empty: the statement fails with it.
  const std::string& error() const { return error_.empty() ? values_.error() : error_; }

 private:
  /// kPartial: the value is there, but parts of it did not fit and are NULL.
  enum class Fit : unsigned char { kWhole, kPartial, kNone };
  using Document = sql::JsonDocument;

  explicit JsonRecords(DocumentValues values) : values_(std::move(values)) {}

  Fit Root(const Document& value, std::string* out);
  Fit Value(const Document& value, const DataType& type, std::string* out);
  Fit Scalar(const Document& value, const DataType& type, std::string* out);
  Fit Fraction(const Document& value, const DataType& type, std::string* out) const;
  Fit Time(const Document& value, const DataType& type, std::string* out);
  Fit Struct(const Document& value, const DataType& type, std::string* out);
  Fit Array(const Document& value, const DataType& type, std::string* out);
  Fit Map(const Document& value, const DataType& type, std::string* out);
  void WriteStruct(const DataType& type, const std::vector<std::string>& fields, std::string* out);

  DataType schema_;
  sql::JsonReading reading_;
  DocumentValues values_;
  std::string corrupt_name_;
  bool fails_fast_ = false;
  std::string_view record_;  ///< the text being read
  bool record_is_corrupt_ = false;
  std::string error_;
};

}  // namespace sluice
