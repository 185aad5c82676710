#include "scheduler/waiting_lines.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice {
namespace {

std::vector<std::int64_t> HeadsOf(const WaitingLines& lines) {
  std::vector<std::int64_t> heads;
  for (const auto& [head, line] : lines.by_head()) {
    EXPECT_EQ(head, *line->begin());
    heads.push_back(head);
  }
  return heads;
}

using Heads = std::vector<std::int64_t>;

TEST(WaitingLines, EachTableHasOneHead) {
  WaitingLines lines;
  for (std::int64_t seq = 1; seq <= 5'000; ++seq) lines.Insert(seq, "busy");
  lines.Insert(5'001, "other");
  lines.Insert(5'002, "");
  EXPECT_EQ(HeadsOf(lines), Heads({1, 5'001}));
  EXPECT_EQ(lines.without_table(), WaitingLines::Line({5'002}));
  EXPECT_EQ(lines.size(), 5'002U);
}

TEST(WaitingLines, WhoComesBackStandsWhereItStood) {
  WaitingLines lines;
  for (std::int64_t seq : {4, 6, 8}) lines.Insert(seq, "t");
  lines.Erase(4, "t");
  EXPECT_EQ(HeadsOf(lines), Heads({6}));
  lines.Erase(8, "t");
  EXPECT_EQ(HeadsOf(lines), Heads({6}));
  lines.Insert(4, "t");
  EXPECT_EQ(HeadsOf(lines), Heads({4}));
  EXPECT_EQ(lines.size(), 2U);
}

TEST(WaitingLines, WhoDoesNotWaitMayBeErased) {
  WaitingLines lines;
  lines.Insert(1, "t");
  lines.Erase(2, "t");
  lines.Erase(2, "");
  lines.Erase(2, "unknown");
  lines.Insert(1, "t");
  EXPECT_EQ(HeadsOf(lines), Heads({1}));
  EXPECT_EQ(lines.size(), 1U);
  lines.Erase(1, "t");
  EXPECT_TRUE(lines.by_head().empty());
  EXPECT_EQ(lines.size(), 0U);
}

}  // namespace
}  // namespace sluice
