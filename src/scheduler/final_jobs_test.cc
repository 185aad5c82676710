#include "scheduler/final_jobs.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace sluice {
namespace {

constexpr std::size_t kRoomy = 64 << 20;

UuidBytes IdOf(std::uint64_t number) {
  UuidBytes id{};
  for (std::size_t i = 0; i < 8; ++i) {
    id[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  return id;
}

Job MakeJob(std::uint64_t number, std::size_t statement_bytes = 60) {
  Job job;
  job.project = ProjectId("p1");
  job.owner = "ann";
  job.statement = std::string(statement_bytes, static_cast<char>('a' + number % 26));
  job.seq = static_cast<std::int64_t>(number);
  job.state = JobState::kFinished;
  return job;
}

std::optional<std::int64_t> SeqOf(const FinalJobs& jobs, std::uint64_t number) {
  std::optional<Job> job = jobs.Find(IdOf(number), JobId("text"));
  if (!job) return std::nullopt;
  EXPECT_EQ(job->id, JobId("text"));
  EXPECT_EQ(job->owner, "ann");
  return job->seq;
}

TEST(FinalJobs, FindsWhatWasAddedAndNothingElse) {
  FinalJobs jobs(kRoomy);
  for (std::uint64_t i = 0; i < 5000; ++i) jobs.Add(IdOf(i), MakeJob(i));
  EXPECT_EQ(jobs.size(), 5000u);
  for (std::uint64_t i = 0; i < 5000; ++i) ASSERT_EQ(SeqOf(jobs, i), static_cast<std::int64_t>(i));
  EXPECT_EQ(SeqOf(jobs, 5000), std::nullopt);
}

TEST(FinalJobs, StaysWithinItsLimitAndForgetsTheOldest) {
  constexpr std::size_t kLimit = 100'000;
  FinalJobs jobs(kLimit);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    jobs.Add(IdOf(i), MakeJob(i));
    ASSERT_LE(jobs.bytes(), kLimit);
    ASSERT_EQ(SeqOf(jobs, i), static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(SeqOf(jobs, 0), std::nullopt);
  EXPECT_GT(jobs.size(), 300u);
  // All that is held is the newest without a gap.
  for (std::uint64_t i = 5000 - jobs.size(); i < 5000; ++i) ASSERT_TRUE(SeqOf(jobs, i));
  ASSERT_FALSE(SeqOf(jobs, 5000 - jobs.size() - 1));
}

TEST(FinalJobs, TakesOlderOnesWhileThereIsRoomAndForgetsThemFirst) {
  FinalJobs jobs(100'000);
  std::uint64_t older = 10'000;
  while (jobs.AddOlder(IdOf(older), MakeJob(older))) --older;
  std::size_t loaded = jobs.size();
  EXPECT_EQ(SeqOf(jobs, older), std::nullopt);
  EXPECT_EQ(SeqOf(jobs, older + 1), static_cast<std::int64_t>(older + 1));
  EXPECT_GT(loaded, 300u);

  for (std::uint64_t i = 10'001; i < 10'001 + loaded / 2; ++i) jobs.Add(IdOf(i), MakeJob(i));
  EXPECT_TRUE(SeqOf(jobs, 10'000)) << "the newest of the older ones";
  EXPECT_FALSE(SeqOf(jobs, older + 1)) << "the oldest";
}

TEST(FinalJobs, AJobAddedAgainHasItsNewRecordOnly) {
  FinalJobs jobs(100'000);
  jobs.Add(IdOf(1), MakeJob(1));
  jobs.Add(IdOf(1), MakeJob(2));
  EXPECT_EQ(jobs.size(), 1u);
  EXPECT_EQ(SeqOf(jobs, 1), 2);
  // Its first record is forgotten with its segment; the other must stay until its own turn.
  std::uint64_t next = 10;
  jobs.Add(IdOf(1), MakeJob(3));
  while (SeqOf(jobs, 1)) {
    jobs.Add(IdOf(next), MakeJob(next));
    ++next;
  }
  EXPECT_GT(next, 100u);
}

TEST(FinalJobs, ARecordLargerThanASegmentHasOneOfItsOwn) {
  FinalJobs jobs(4 << 20);
  jobs.Add(IdOf(1), MakeJob(1, 1 << 20));
  jobs.Add(IdOf(2), MakeJob(2));
  EXPECT_EQ(jobs.Find(IdOf(1), JobId("text"))->statement.size(), std::size_t{1} << 20);
  EXPECT_TRUE(SeqOf(jobs, 2));
}

TEST(FinalJobs, AgreesWithAMapOverManyRandomSteps) {
  constexpr std::uint64_t kSeed = 42;
  std::mt19937_64 dice(kSeed);
  FinalJobs jobs(60'000);
  std::map<std::uint64_t, std::int64_t> added;
  for (int step = 0; step < 20'000; ++step) {
    std::uint64_t number = dice() % 2000;
    if (dice() % 3 == 0) {
      jobs.Add(IdOf(number), MakeJob(static_cast<std::uint64_t>(step), dice() % 300));
      added[number] = step;
    }
    std::uint64_t asked = dice() % 2000;
    std::optional<std::int64_t> seq = SeqOf(jobs, asked);
    if (seq) {
      ASSERT_EQ(*seq, added.at(asked)) << "seed " << kSeed << " step " << step;
    }
  }
  EXPECT_GT(jobs.size(), 50u);
}

TEST(TextDictionary, GivesOneNumberATextUntilItIsFull) {
  TextDictionary dictionary(400);
  std::optional<std::size_t> ann = dictionary.Intern("ann");
  EXPECT_EQ(dictionary.Intern("ann"), ann);
  EXPECT_NE(dictionary.Intern("bob"), ann);
  EXPECT_EQ(dictionary.At(*ann), "ann");
  EXPECT_EQ(dictionary.Intern(std::string(300, 'x')), std::nullopt);
  EXPECT_LE(dictionary.bytes(), 400u);
}

}  // namespace
}  // namespace sluice
