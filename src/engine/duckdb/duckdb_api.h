#pragma once

#include <duckdb.h>

#include <filesystem>
#include <utility>

#include "base/result.h"

/// The functions of DuckDB's C interface that a worker calls, without their prefix.
#define SLUICE_DUCKDB_FUNCTIONS(X)           \
  X(bind_add_result_column)                  \
  X(bind_get_extra_info)                     \
  X(bind_set_error)                          \
  X(bind_varchar_length)                     \
  X(close)                                   \
  X(column_count)                            \
  X(column_logical_type)                     \
  X(connect)                                 \
  X(create_config)                           \
  X(create_decimal_type)                     \
  X(create_list_type)                        \
  X(create_log_storage)                      \
  X(create_logical_type)                     \
  X(create_scalar_function)                  \
  X(create_table_function)                   \
  X(data_chunk_get_size)                     \
  X(data_chunk_get_vector)                   \
  X(data_chunk_set_size)                     \
  X(decimal_internal_type)                   \
  X(decimal_scale)                           \
  X(destroy_config)                          \
  X(destroy_data_chunk)                      \
  X(destroy_extracted)                       \
  X(destroy_log_storage)                     \
  X(destroy_logical_type)                    \
  X(destroy_pending)                         \
  X(destroy_prepare)                         \
  X(destroy_result)                          \
  X(destroy_scalar_function)                 \
  X(destroy_table_function)                  \
  X(disconnect)                              \
  X(execute_pending)                         \
  X(extract_statements)                      \
  X(extract_statements_error)                \
  X(fetch_chunk)                             \
  X(free)                                    \
  X(function_get_extra_info)                 \
  X(function_set_error)                      \
  X(get_type_id)                             \
  X(interrupt)                               \
  X(library_version)                         \
  X(list_type_child_type)                    \
  X(list_vector_get_child)                   \
  X(list_vector_reserve)                     \
  X(list_vector_set_size)                    \
  X(log_storage_set_extra_data)              \
  X(log_storage_set_name)                    \
  X(log_storage_set_write_log_entry)         \
  X(map_type_key_type)                       \
  X(map_type_value_type)                     \
  X(open_ext)                                \
  X(pending_error)                           \
  X(pending_prepared_streaming)              \
  X(prepare_error)                           \
  X(prepare_extracted_statement)             \
  X(prepared_statement_type)                 \
  X(query)                                   \
  X(query_progress)                          \
  X(register_log_storage)                    \
  X(register_scalar_function)                \
  X(register_table_function)                 \
  X(result_error)                            \
  X(result_error_type)                       \
  X(scalar_function_add_parameter)           \
  X(scalar_function_set_error)               \
  X(scalar_function_set_function)            \
  X(scalar_function_set_name)                \
  X(scalar_function_set_return_type)         \
  X(scalar_function_set_special_handling)    \
  X(set_config)                              \
  X(struct_type_child_count)                 \
  X(struct_type_child_type)                  \
  X(struct_vector_get_child)                 \
  X(table_function_set_bind)                 \
  X(table_function_set_extra_info)           \
  X(table_function_set_function)             \
  X(table_function_set_init)                 \
  X(table_function_set_name)                 \
  X(unsafe_vector_assign_string_element_len) \
  X(valid_utf8_check)                        \
  X(vector_ensure_validity_writable)         \
  X(vector_get_data)                         \
  X(vector_get_validity)                     \
  X(vector_reference_vector)

namespace sluice {

/// DuckDB's C interface, loaded at run time: only a worker process ever has it. Immutable.
struct DuckDbApi {
// NOLINTNEXTLINE(bugprone-macro-parentheses): g++ refuses them round a member's name
#define SLUICE_DUCKDB_MEMBER(name) decltype(&::duckdb_##name) name = nullptr;
  SLUICE_DUCKDB_FUNCTIONS(SLUICE_DUCKDB_MEMBER)
#undef SLUICE_DUCKDB_MEMBER
};

/// Loads the shared library; it stays loaded. kUnavailable when it cannot be, or when it is not of
/// the version of the header.
Result<DuckDbApi> LoadDuckDb(const std::filesystem::path& library);

/// Owns one of the interface's handles; the function that ends it comes from the DuckDbApi.
template <class Handle>
class Owned {
 public:
  explicit Owned(void (*destroy)(Handle*)) : destroy_(destroy) {}
  Owned(Handle handle, void (*destroy)(Handle*)) : handle_(handle), destroy_(destroy) {}
  Owned(Owned&& other) noexcept
      : handle_(std::exchange(other.handle_, Handle{})), destroy_(other.destroy_) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(destroy_, other.destroy_);
    return *this;
  }
  ~Owned() { Reset(); }

  Handle get() const { return handle_; }
  Handle* out() { return &handle_; }
  void Reset() {
    destroy_(&handle_);
    handle_ = Handle{};
  }

 private:
  Handle handle_{};
  void (*destroy_)(Handle*);
};

}  // namespace sluice
