#include "engine/duckdb/native_functions.h"

#include <atomic>

#include "engine/duckdb/native_call.h"

namespace sluice {

namespace {

/// Callbacks get their pointers through the engine's interface, which is itself loaded at run time:
/// this leads them to it. Set before any statement; a process has one library.
const DuckDbApi* g_native_api = nullptr;

constexpr idx_t kBitsPerWord = 64;
constexpr std::uint8_t kDecimalDigits = 38;

std::atomic<bool> g_native_stop = false;

Owned<duckdb_logical_type> TypeOf(const DuckDbApi& api, duckdb_type id, std::uint8_t scale) {
  return {id == DUCKDB_TYPE_DECIMAL ? api.create_decimal_type(kDecimalDigits, scale)
                                    : api.create_logical_type(id),
          api.destroy_logical_type};
}

Result<void> Register(const DuckDbApi& api, duckdb_connection connection,
                      const NativeFunction& function) {
  Owned<duckdb_scalar_function> made(api.create_scalar_function(), api.destroy_scalar_function);
  api.scalar_function_set_name(made.get(), function.name);
  for (duckdb_type parameter : function.parameters) {
    if (parameter == DUCKDB_TYPE_INVALID) break;
    const Owned<duckdb_logical_type> type = TypeOf(api, parameter, function.scale);
    api.scalar_function_add_parameter(made.get(), type.get());
  }
  const bool list = function.result == DUCKDB_TYPE_LIST;
  Owned<duckdb_logical_type> result =
      TypeOf(api, list ? DUCKDB_TYPE_VARCHAR : function.result, function.scale);
  if (list) {
    result =
        Owned<duckdb_logical_type>(api.create_list_type(result.get()), api.destroy_logical_type);
  }
  api.scalar_function_set_return_type(made.get(), result.get());
  api.scalar_function_set_function(made.get(), function.body);
  if (function.nulls == NativeNulls::kOwn) api.scalar_function_set_special_handling(made.get());
  if (api.register_scalar_function(connection, made.get()) == DuckDBSuccess) return {};
  return FailWithDetail(ErrorCode::kUnavailable, function.name, "The engine refuses a function");
}

}  // namespace

const DuckDbApi* NativeApi() { return g_native_api; }
bool NativeStopRequested() { return g_native_stop.load(std::memory_order_relaxed); }
void SetNativeStop(bool stop) { g_native_stop.store(stop, std::memory_order_relaxed); }

std::vector<std::span<const NativeFunction>> NativeFunctionFamilies() {
  return {NativeCastFunctions(),   NativeIntegerFunctions(),  NativeDecimalFunctions(),
          NativeRegexFunctions(),  NativeTimeFunctions(),     NativeHashFunctions(),
          NativeRandomFunctions(), NativeIntervalFunctions(), NativeTextFunctions(),
          NativeDliFunctions(),    NativeDliTimeFunctions(),  NativeJsonFunctions()};
}

void NativeCall::SetNull(idx_t row) {
  if (nulls_ == nullptr) {
    api_.vector_ensure_validity_writable(output_);
    nulls_ = api_.vector_get_validity(output_);
  }
  nulls_[row / kBitsPerWord] &= ~(std::uint64_t{1} << (row % kBitsPerWord));
}

void NativeCall::PassNulls(idx_t columns) {
  const idx_t words = (rows_ + kBitsPerWord - 1) / kBitsPerWord;
  for (idx_t column = 0; column < columns; ++column) {
    const std::uint64_t* validity = Validity(column);
    if (validity == nullptr) continue;
    if (nulls_ == nullptr) {
      api_.vector_ensure_validity_writable(output_);
      nulls_ = api_.vector_get_validity(output_);
    }
    for (idx_t word = 0; word < words; ++word) nulls_[word] &= validity[word];
  }
}

Result<void> RegisterNativeFunctions(const DuckDbApi& api, duckdb_connection connection) {
  g_native_api = &api;
  for (const auto family : NativeFunctionFamilies()) {
    for (const NativeFunction& function : family) TRY_VOID(Register(api, connection, function));
  }
  return {};
}

}  // namespace sluice
