# The headers of the standard library and of fmt that most sources include are parsed once for each
# build folder instead of in every source: a third of the compiler's time. Only with g++: clang-tidy
# sees every source without them, so one that forgets an include is still found.
#
# sluice_precompiled(target set): compiles the target with sluice_headers or sluice_test_headers.
set(sluice_headers algorithm array charconv chrono condition_variable cstdint filesystem
    fmt/format.h fstream functional map memory mutex optional set sstream string string_view thread
    tl/expected.hpp unordered_map utility variant vector)
set(sluice_test_headers ${sluice_headers} gtest/gtest.h)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  if(CCACHE)
    # What ccache needs to look a source with precompiled headers up.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 ${CCACHE})
    add_compile_options(-fpch-preprocess)
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/generated/headers.cc "")
  foreach(set sluice_headers sluice_test_headers)
    if(SLUICE_TESTS OR set STREQUAL "sluice_headers")
      add_library(${set} OBJECT ${CMAKE_BINARY_DIR}/generated/headers.cc)
      list(TRANSFORM ${set} REPLACE "(.+)" "<\\1>" OUTPUT_VARIABLE bracketed)
      target_precompile_headers(${set} PRIVATE ${bracketed})
      target_link_libraries(${set} PRIVATE sluice_flags fmt::fmt tl::expected Threads::Threads)
    endif()
  endforeach()
  if(SLUICE_TESTS)
    target_link_libraries(sluice_test_headers PRIVATE GTest::gtest)
  endif()
endif()

function(sluice_precompiled target set)
  if(TARGET ${set})
    target_precompile_headers(${target} REUSE_FROM ${set})
  endif()
endfunction()
