#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "sql/front_end.h"

// Replays the seeds of the fuzz target, each also cut short and with bytes changed.

namespace sluice::sql {
namespace {

void Feed(const std::string& text) {
  const auto parsed = Parse(text);
  if (parsed) static_cast<void>(Classify(*parsed));
}

std::vector<std::string> Seeds() {
  const auto folder = std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/fuzz/corpus/sql";
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return seeds;
}

TEST(ParseFuzz, SeedsAndTheirPrefixesGetAnAnswer) {
  const std::vector<std::string> seeds = Seeds();
  EXPECT_FALSE(seeds.empty());
  for (const std::string& seed : seeds) {
    for (std::size_t length = 0; length <= seed.size(); ++length) Feed(seed.substr(0, length));
  }
}

TEST(ParseFuzz, SeedsWithChangedBytesGetAnAnswer) {
  constexpr int kRoundsPerSeed = 200;
  constexpr unsigned kSeed = 20260;
  std::mt19937 random(kSeed);
  for (const std::string& seed : Seeds()) {
    for (int round = 0; round < kRoundsPerSeed && !seed.empty(); ++round) {
      std::string text = seed;
      for (int change = 0; change < 3; ++change) {
        text[random() % text.size()] = static_cast<char>(random() % 256);
      }
      Feed(text);
    }
  }
}

}  // namespace
}  // namespace sluice::sql
