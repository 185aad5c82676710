#include "lake/writer_lease.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

const ProjectId kProject("p");

TEST(TableWriterLeases, AFreeTableIsGrantedAtOnce) {
  TableWriterLeases leases;
  bool granted = false;
  auto ticket = leases.Acquire(kProject, "db", "t", LeaseKind::kExclusive, [&] { granted = true; });
  EXPECT_TRUE(granted);
  EXPECT_TRUE(leases.Holds(ticket));
}

TEST(TableWriterLeases, WritersOfOneTableFollowEachOtherInOrder) {
  TableWriterLeases leases;
  std::vector<int> order;
  std::vector<TableWriterLeases::Ticket> tickets;
  for (int i = 0; i < 4; ++i) {
    tickets.push_back(leases.Acquire(kProject, "db", "t", LeaseKind::kExclusive,
                                     [&order, i] { order.push_back(i); }));
  }
  EXPECT_EQ(order, std::vector<int>({0}));
  leases.Release(tickets[0]);
  EXPECT_EQ(order, std::vector<int>({0, 1}));
  leases.Release(tickets[2]);  // leaves the line before its turn
  leases.Release(tickets[1]);
  EXPECT_EQ(order, std::vector<int>({0, 1, 3}));
}

TEST(TableWriterLeases, AppendsGoTogetherAndAnOverwriteGoesAlone) {
  TableWriterLeases leases;
  std::string order;
  auto join = [&](LeaseKind kind, char name) {
    return leases.Acquire(kProject, "db", "t", kind, [&order, name] { order += name; });
  };
  const auto a = join(LeaseKind::kShared, 'a');
  const auto b = join(LeaseKind::kShared, 'b');
  const auto overwrite = join(LeaseKind::kExclusive, 'X');
  const auto c = join(LeaseKind::kShared, 'c');
  const auto d = join(LeaseKind::kShared, 'd');
  EXPECT_EQ(order, "ab");
  EXPECT_TRUE(leases.Holds(b));
  EXPECT_FALSE(leases.Holds(c));
  leases.Release(b);
  EXPECT_EQ(order, "ab");
  leases.Release(a);
  EXPECT_EQ(order, "abX");
  leases.Release(overwrite);
  EXPECT_EQ(order, "abXcd");
  leases.Release(c);
  leases.Release(d);
}

TEST(TableWriterLeases, AnOverwriteThatLeavesTheLineLetsTheAppendsBehindItGoOn) {
  TableWriterLeases leases;
  std::string order;
  auto join = [&](LeaseKind kind, char name) {
    return leases.Acquire(kProject, "db", "t", kind, [&order, name] { order += name; });
  };
  join(LeaseKind::kShared, 'a');
  const auto overwrite = join(LeaseKind::kExclusive, 'X');
  join(LeaseKind::kShared, 'b');
  leases.Release(overwrite);
  EXPECT_EQ(order, "ab");
}

TEST(TableWriterLeases, OtherTablesDoNotWait) {
  TableWriterLeases leases;
  int granted = 0;
  auto count = [&granted] { ++granted; };
  leases.Acquire(kProject, "db", "t", LeaseKind::kExclusive, count);
  leases.Acquire(kProject, "db", "u", LeaseKind::kExclusive, count);
  leases.Acquire(kProject, "other", "t", LeaseKind::kExclusive, count);
  leases.Acquire(ProjectId("q"), "db", "t", LeaseKind::kExclusive, count);
  EXPECT_EQ(granted, 4);
}

TEST(TableWriterLeases, ReleasingTwiceDoesNothing) {
  TableWriterLeases leases;
  int granted = 0;
  auto count = [&granted] { ++granted; };
  auto first = leases.Acquire(kProject, "db", "t", LeaseKind::kExclusive, count);
  auto second = leases.Acquire(kProject, "db", "t", LeaseKind::kExclusive, count);
  leases.Release(first);
  leases.Release(first);
  EXPECT_EQ(granted, 2);
  EXPECT_TRUE(leases.Holds(second));
  EXPECT_FALSE(leases.Holds(first));
}

TEST(TableWriterLeases, ManyThreadsNeverHoldOneTableTogether) {
  TableWriterLeases leases;
  constexpr int kThreads = 8;
  constexpr int kTurns = 50;
  std::atomic<int> inside = 0;
  std::atomic<int> turns = 0;
  std::atomic<bool> together = false;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < kTurns; ++turn) {
        auto granted = std::make_shared<std::binary_semaphore>(0);
        auto ticket = leases.Acquire(kProject, "db", "t", LeaseKind::kExclusive,
                                     [granted] { granted->release(); });
        granted->acquire();
        if (++inside != 1) together = true;
        ++turns;
        --inside;
        leases.Release(ticket);
      }
    });
  }
  threads.clear();
  EXPECT_FALSE(together);
  EXPECT_EQ(turns, kThreads * kTurns);
}

}  // namespace
}  // namespace sluice
