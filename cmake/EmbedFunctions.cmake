# Writes the scripts of src/sql/functions into a generated source of the module sql, so that the
# program carries Spark's and DLI's functions as the worker's macros.
set(functions_text "")
foreach(functions_name spark-functions dli-functions)
  set(functions_file ${CMAKE_SOURCE_DIR}/src/sql/functions/${functions_name}.sql)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${functions_file})
  file(READ ${functions_file} functions_part)
  string(APPEND functions_text "${functions_part}")
endforeach()
set(functions_source ${CMAKE_BINARY_DIR}/generated/sql/functions_script.cc)
file(GENERATE OUTPUT ${functions_source} CONTENT "// Generated from src/sql/functions.
#include \"sql/functions_script.h\"

namespace sluice::sql {

std::string_view SparkFunctionsScript() {
  return R\"functions(${functions_text})functions\";
}

}  // namespace sluice::sql
")
target_sources(sluice_sql PRIVATE ${functions_source})
