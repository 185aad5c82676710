# The pinned DuckDB (tools/duckdb.sha256): fetched once per source tree, checked by SHA-256 at every
# configure, shared by all build folders. Only the module engine sees its header; nothing links the
# library, workers load it at run time. Included after the modules.
set(SLUICE_DUCKDB_DIR ${CMAKE_SOURCE_DIR}/build/deps/duckdb CACHE PATH
    "Folder of the pinned DuckDB: include/duckdb.h, lib/libduckdb.so, ext/")
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/tools/fetch-duckdb.sh ${SLUICE_DUCKDB_DIR}
                RESULT_VARIABLE duckdb_fetch_status)
if(NOT duckdb_fetch_status EQUAL 0)
  message(FATAL_ERROR "DuckDB could not be fetched: see the lines above")
endif()

# The engine checks the same sums when a server starts.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             ${CMAKE_SOURCE_DIR}/tools/duckdb.sha256)
file(STRINGS ${CMAKE_SOURCE_DIR}/tools/duckdb.sha256 duckdb_sums)
set(duckdb_entries "")
foreach(duckdb_sum IN LISTS duckdb_sums)
  string(REGEX MATCH "^([0-9a-f]+)  (.+)$" duckdb_matched "${duckdb_sum}")
  string(APPEND duckdb_entries "    {\"${CMAKE_MATCH_2}\", \"${CMAKE_MATCH_1}\"},\n")
endforeach()
set(duckdb_source ${CMAKE_BINARY_DIR}/generated/engine/pinned_files.cc)
file(GENERATE OUTPUT ${duckdb_source} CONTENT "// Generated from tools/duckdb.sha256.
#include \"engine/duckdb/pinned_files.h\"

namespace sluice {

std::vector<PinnedFile> PinnedDuckDbFiles() {
  return {
${duckdb_entries}  };
}

}  // namespace sluice
")
target_sources(sluice_engine PRIVATE ${duckdb_source})
target_include_directories(sluice_engine SYSTEM PRIVATE ${SLUICE_DUCKDB_DIR}/include)
if(TARGET engine_test)
  target_include_directories(engine_test SYSTEM PRIVATE ${SLUICE_DUCKDB_DIR}/include)
  target_compile_definitions(engine_test PRIVATE SLUICE_DUCKDB_DIR="${SLUICE_DUCKDB_DIR}")
endif()
