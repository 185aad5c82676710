# sluice_module(name DEPENDS modules... LINKS libraries...)
#
# Makes the library sluice_<name> of src/<name>/**/*.cc and, when tests are built, the program
# <name>_test of src/<name>/**/*_test.cc. Files are found by their place: adding one needs no edit.
# *.proto files become protobuf-lite code; main.cc files belong to programs and are left out.
function(sluice_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINKS" ${ARGN})
  set(root ${CMAKE_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${root}/*.cc)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${root}/*_test.cc)
  file(GLOB_RECURSE fuzzers CONFIGURE_DEPENDS ${root}/*_fuzz.cc)
  file(GLOB_RECURSE mains CONFIGURE_DEPENDS ${root}/main.cc)
  file(GLOB_RECURSE protos CONFIGURE_DEPENDS ${root}/*.proto)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()
  if(fuzzers)
    list(REMOVE_ITEM sources ${fuzzers})
  endif()
  if(mains)
    list(REMOVE_ITEM sources ${mains})
  endif()
  set(library sluice_${name})
  list(TRANSFORM ARG_DEPENDS PREPEND sluice_)
  if(sources OR protos)
    add_library(${library} STATIC ${sources})
    target_include_directories(${library} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${library} PUBLIC ${ARG_DEPENDS} ${ARG_LINKS} Threads::Threads
                          PRIVATE sluice_flags)
    foreach(proto ${protos})
      sluice_proto(${library} ${proto})
    endforeach()
  else()
    add_library(${library} INTERFACE)
    target_include_directories(${library} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${library} INTERFACE ${ARG_DEPENDS} ${ARG_LINKS} Threads::Threads)
  endif()
  if(SLUICE_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${library} sluice_flags GTest::gmock GTest::gtest
                          GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               SLUICE_BUILD_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name}_test COMMAND ${name}_test)
  endif()
endfunction()

# Generated code is not ours: no warnings, and out of the source tree.
function(sluice_proto library proto)
  get_filename_component(stem ${proto} NAME_WE)
  get_filename_component(folder ${proto} DIRECTORY)
  file(RELATIVE_PATH place ${CMAKE_SOURCE_DIR}/src ${folder})
  set(out ${CMAKE_BINARY_DIR}/generated/${place})
  file(MAKE_DIRECTORY ${out})
  add_custom_command(
    OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.pb.h
    COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR}/src
            --cpp_out=lite:${CMAKE_BINARY_DIR}/generated ${proto}
    DEPENDS ${proto} VERBATIM)
  target_sources(${library} PRIVATE ${out}/${stem}.pb.cc)
  set_source_files_properties(${out}/${stem}.pb.cc PROPERTIES COMPILE_OPTIONS "-w")
  target_include_directories(${library} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
