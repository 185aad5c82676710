#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/duckdb/duckdb_api.h"
#include "types/data_type.h"

namespace sluice {

/// Finds the wall clock of the session's zone for an instant, both in microseconds since 1970.
using ZoneShift = std::function<std::int64_t(std::int64_t instant_micros)>;

/// Writes the values of one result column as a preview shows them. Built once per result from the
/// engine's type and Spark's; not thread-safe.
class ValueEncoder {
 public:
  virtual ~ValueEncoder() = default;
  /// Appends the JSON of a vector's row, which may be null.
  void AppendJson(duckdb_vector vector, idx_t row, std::string* out) const;
  /// Appends the value as Spark casts it to string, without quotes: the key of a map.
  void AppendText(duckdb_vector vector, idx_t row, std::string* out) const;

  /// `zone_shift` is called while encoding. kInternal when the engine's type cannot carry Spark's.
  static Result<std::unique_ptr<ValueEncoder>> Create(const DuckDbApi& api,
                                                      duckdb_logical_type engine_type,
                                                      const DataType& spark_type,
                                                      const ZoneShift* zone_shift);

 protected:
  explicit ValueEncoder(const DuckDbApi& api) : api_(api) {}
  virtual void AppendValueJson(duckdb_vector vector, idx_t row, std::string* out) const = 0;
  /// By default the JSON: right for numbers and booleans.
  virtual void AppendValueText(duckdb_vector vector, idx_t row, std::string* out) const {
    AppendValueJson(vector, row, out);
  }

  const DuckDbApi& api_;

 private:
  bool IsNull(duckdb_vector vector, idx_t row) const;
};

}  // namespace sluice
