#include "engine/duckdb/duckdb_api.h"

#include <dlfcn.h>

#include <string_view>

namespace sluice {

namespace {

constexpr std::string_view kEngineVersion = "v1.5.5";

Result<void> Resolve(void* library, const char* symbol, void** out) {
  *out = ::dlsym(library, symbol);
  if (*out == nullptr) {
    return FailWithDetail(ErrorCode::kUnavailable, symbol, "The engine's library lacks a function");
  }
  return {};
}

}  // namespace

Result<DuckDbApi> LoadDuckDb(const std::filesystem::path& library) {
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();  // NOLINT(concurrency-mt-unsafe): per thread in glibc
    return FailWithDetail(ErrorCode::kUnavailable, reason == nullptr ? "" : reason,
                          "The engine's library cannot be loaded");
  }
  DuckDbApi api;
#define SLUICE_DUCKDB_RESOLVE(name) \
  TRY_VOID(Resolve(handle, "duckdb_" #name, reinterpret_cast<void**>(&api.name)));
  SLUICE_DUCKDB_FUNCTIONS(SLUICE_DUCKDB_RESOLVE)
#undef SLUICE_DUCKDB_RESOLVE
  if (api.library_version() != kEngineVersion) {
    return FailWithDetail(ErrorCode::kUnavailable, api.library_version(),
                          "The engine's library is of another version");
  }
  return api;
}

}  // namespace sluice
