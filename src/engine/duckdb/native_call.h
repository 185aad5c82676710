#pragma once

#include <duckdb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/duckdb/duckdb_api.h"
#include "engine/duckdb/duckdb_value.h"

namespace sluice {

/// The interface that callbacks of native functions reach the engine by; null until
/// RegisterNativeFunctions has run. A process loads one library, so there is one.
const DuckDbApi* NativeApi();

/// Whether the attempt that runs is to stop: what may take long inside one call asks now and then,
/// because the engine looks between chunks only. Set by the control thread.
bool NativeStopRequested();
void SetNativeStop(bool stop);

/// One call of a native scalar function: the argument columns of a chunk, flat, and the column of
/// results. Values under a NULL are unspecified. Lives as long as the callback; used by one thread.
class NativeCall {
 public:
  NativeCall(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
      : api_(*NativeApi()),
        info_(info),
        input_(input),
        output_(output),
        rows_(api_.data_chunk_get_size(input)) {}

  idx_t rows() const { return rows_; }
  duckdb_vector output() const { return output_; }
  const DuckDbApi& api() const { return api_; }

  template <class T>
  const T* Argument(idx_t column) const {
    return static_cast<const T*>(api_.vector_get_data(api_.data_chunk_get_vector(input_, column)));
  }
  const std::uint64_t* Validity(idx_t column) const {
    return api_.vector_get_validity(api_.data_chunk_get_vector(input_, column));
  }
  template <class T>
  T* Results() const {
    return static_cast<T*>(api_.vector_get_data(output_));
  }

  /// Makes a result NULL wherever one of the first `columns` arguments is.
  void PassNulls(idx_t columns);
  void SetNull(idx_t row);
  bool IsNull(idx_t row) const { return IsNullAt(nulls_, row); }

  /// PassNulls, then calls `row_of` with each row whose result is not NULL.
  template <class Row>
  void EachRow(idx_t columns, Row row_of) {
    PassNulls(columns);
    for (idx_t row = 0; row < rows_; ++row) {
      if (!IsNull(row)) row_of(row);
    }
  }

  template <class Value, class Found>
  void SetOrNull(idx_t row, const std::optional<Found>& value) {
    if (!value) return SetNull(row);
    Results<Value>()[row] = static_cast<Value>(*value);
  }
  /// `text` must be UTF-8 when the result is VARCHAR.
  void SetText(idx_t row, std::string_view text) {
    api_.unsafe_vector_assign_string_element_len(output_, row, text.data(), text.size());
  }
  void SetTextOrNull(idx_t row, const std::optional<std::string_view>& text) {
    if (!text) return SetNull(row);
    SetText(row, *text);
  }
  /// Fails the statement; the callback then returns.
  void Fail(const std::string& message) { api_.scalar_function_set_error(info_, message.c_str()); }

 private:
  const DuckDbApi& api_;
  duckdb_function_info info_;
  duckdb_data_chunk input_;
  duckdb_vector output_;
  idx_t rows_;
  std::uint64_t* nulls_ = nullptr;  ///< of the results; null while none is NULL
};

}  // namespace sluice
