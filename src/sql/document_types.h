#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/json_document.h"
#include "types/data_type.h"

namespace sluice::sql {

// How values read from a document (JSON, CSV) travel from the worker's reader into the engine: as
// a JSON text of values that the engine's own cast turns into `CarrierType`, which generated SQL
// turns into the type wanted. Pure functions, thread-safe.

/// Whether a reader can make values of the type; intervals and empty structs it cannot.
bool CanBeRead(const DataType& type);

/// The type as the engine casts it: times are STRUCT(w BIGINT, z VARCHAR), microseconds of a wall
/// clock and its zone ("" is the session's); TIMESTAMP_NTZ is BIGINT; BINARY is hexadecimal text.
std::string CarrierType(const DataType& type);

/// SQL that makes a value of `type` of a value of its CarrierType. `sql` is evaluated once.
std::string FromCarrier(const std::string& sql, const DataType& type);

/// Options of a document function by lower-case name.
using DocumentOptions = std::vector<std::pair<std::string, std::string>>;
/// The options as one text for the worker, and back.
std::string WriteOptions(const DocumentOptions& options);
DocumentOptions ReadOptions(std::string_view text);
/// The option's value, or `fallback`.
std::string_view FindOption(const DocumentOptions& options, std::string_view name,
                            std::string_view fallback);

/// What from_json and schema_of_json take beyond the standard, by Jackson's options.
JsonReading JsonReadingOf(const DocumentOptions& options);

}  // namespace sluice::sql
