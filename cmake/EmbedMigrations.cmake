# Writes src/store/migrations/*.sql into one generated source of the module store, in order of their
# numbers, so that the program carries its schema. Run again when a file changes or is added.
file(GLOB migration_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/store/migrations/[0-9]*.sql)
list(SORT migration_files)
set(migration_entries "")
foreach(migration_file IN LISTS migration_files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migration_file})
  get_filename_component(migration_name ${migration_file} NAME)
  file(READ ${migration_file} migration_text)
  string(APPEND migration_entries
         "    {\"${migration_name}\", R\"migration(${migration_text})migration\"},\n")
endforeach()
set(migration_source ${CMAKE_BINARY_DIR}/generated/store/migrations.cc)
file(GENERATE OUTPUT ${migration_source} CONTENT "// Generated from src/store/migrations.
#include \"store/sqlite/migrations.h\"

namespace sluice {

std::vector<Migration> EmbeddedMigrations() {
  return {
${migration_entries}  };
}

}  // namespace sluice
")
target_sources(sluice_store PRIVATE ${migration_source})
