// The test program is its own worker: the engine under test starts it again with "worker".
#include <gtest/gtest.h>

#include <string_view>

#include "engine/duckdb/worker_main.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "worker") return sluice::WorkerMain(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
