// What every JobStore promises about List, written against the interface.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/ascii.h"
#include "store/job_store.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JobListContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  JobStore& jobs() { return store_->jobs(); }

  JobId Insert(const JobParts& parts) {
    Job job = MakeJob(parts);
    EXPECT_TRUE(jobs().Insert(job, std::nullopt).has_value());
    return job.id;
  }
  JobId InsertFinal(const JobParts& parts, std::int64_t duration_ms,
                    JobState state = JobState::kFinished) {
    JobId id = Insert(parts);
    JobFinish finish;
    finish.state = state;
    finish.duration_ms = duration_ms;
    EXPECT_TRUE(jobs().Finish({id, 0}, finish).has_value());
    return id;
  }
  std::vector<JobId> List(JobFilter filter) {
    filter.project = kTestProject;
    Result<JobPage> page = jobs().List(filter);
    EXPECT_TRUE(page.has_value()) << page.error().message << page.error().detail;
    if (!page) return {};
    std::vector<JobId> ids;
    for (const Job& job : page->jobs) ids.push_back(job.id);
    if (filter.current_page == 1 && page->job_count <= filter.page_size) {
      EXPECT_EQ(page->job_count, static_cast<std::int64_t>(ids.size()));
    }
    return ids;
  }

  std::unique_ptr<StoreUnderTest> store_ = GetParam()();
};

INSTANTIATE_TEST_SUITE_P(Sqlite, JobListContract, ::testing::Values(&MakeSqliteUnderTest));

TEST_P(JobListContract, AnEmptyStoreListsNothing) {
  JobFilter filter;
  EXPECT_THAT(List(filter), IsEmpty());
  filter.sql_pattern = "select";
  EXPECT_THAT(List(filter), IsEmpty());
}

TEST_P(JobListContract, EachFilterSelectsItsJobs) {
  InsertFinal({}, 1, JobState::kFailed);
  JobId id = InsertFinal({.queue = "etl",
                          .owner = "anna",
                          .type = JobType::kInsert,
                          .start_time_ms = 1'700'000'005'000,
                          .engine_type = "hetuEngine",
                          .database_name = "sales",
                          .table_name = "orders"},
                         2);
  std::vector<JobFilter> filters(10);
  filters[0].id = id;
  filters[1].types = {JobType::kInsert, JobType::kDelete};
  filters[2].state = JobState::kFinished;
  filters[3].queue = "etl";
  filters[4].owner = "anna";
  filters[5].engine_type = "hetuEngine";
  filters[6].database_name = "sales";
  filters[7].table_name = "orders";
  filters[8].started_after_ms = 1'700'000'004'999;
  filters[9].types = {JobType::kInsert};
  filters[9].owner = "anna";
  filters[9].started_before_ms = 1'700'000'005'001;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    EXPECT_THAT(List(filters[i]), ElementsAre(id)) << "filter " << i;
  }
}

TEST_P(JobListContract, AFilterThatNothingMatchesIsEmpty) {
  JobId id = Insert({});
  std::vector<JobFilter> filters(8);
  filters[0].id = JobId(MakeUuidV7(1));
  filters[1].no_type_matches = true;
  filters[2].state = JobState::kFailed;
  filters[3].queue = "unknown";
  filters[4].started_after_ms = 1'700'000'000'000;
  filters[5].started_before_ms = 1'700'000'000'000;
  filters[6].id = id;
  filters[6].owner = "unknown";
  filters[7].current_page = 2;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    EXPECT_THAT(List(filters[i]), IsEmpty()) << "filter " << i;
  }
}

TEST_P(JobListContract, AProjectSeesItsOwnJobsOnly) {
  JobId mine = Insert({});
  JobId other = Insert({.project = ProjectId("other")});
  EXPECT_THAT(List({}), ElementsAre(mine));
  JobFilter by_id;
  by_id.id = other;
  EXPECT_THAT(List(by_id), IsEmpty());
  JobFilter by_pattern;
  by_pattern.sql_pattern = "SELECT 1";
  EXPECT_THAT(List(by_pattern), ElementsAre(mine));
  by_pattern.sql_pattern = "1";
  EXPECT_THAT(List(by_pattern), ElementsAre(mine));
}

TEST_P(JobListContract, OrdersBreakTiesBySubmission) {
  JobId first = InsertFinal({.start_time_ms = 2000}, 30);
  JobId second = InsertFinal({.start_time_ms = 1000}, 10);
  JobId third = InsertFinal({.start_time_ms = 2000}, 30);
  auto ordered = [&](JobOrder order) {
    JobFilter filter;
    filter.order = order;
    return List(filter);
  };
  EXPECT_THAT(ordered(JobOrder::kStartTimeDesc), ElementsAre(third, first, second));
  EXPECT_THAT(ordered(JobOrder::kStartTimeAsc), ElementsAre(second, first, third));
  EXPECT_THAT(ordered(JobOrder::kDurationDesc), ElementsAre(third, first, second));
  EXPECT_THAT(ordered(JobOrder::kDurationAsc), ElementsAre(second, first, third));
}

TEST_P(JobListContract, AJobThatRunsIsOrderedByTheDurationItHasNow) {
  std::int64_t now_ms = store_->clock().WallMs();
  JobId running = Insert({.start_time_ms = now_ms - 500});
  JobId longer = InsertFinal({.start_time_ms = now_ms - 9000}, 1000);
  JobId shorter = InsertFinal({.start_time_ms = now_ms - 9000}, 100);
  JobFilter filter;
  filter.order = JobOrder::kDurationDesc;
  EXPECT_THAT(List(filter), ElementsAre(longer, running, shorter));
}

TEST_P(JobListContract, TagsMatchByEqualKeyAndContainedValue) {
  JobId both = Insert({.tags = {{"team", "sales-eu"}, {"run", "7"}}});
  JobId one = Insert({.tags = {{"team", "sales-us"}}});
  Insert({.tags = {{"teams", "sales-eu"}}});
  Insert({});
  JobFilter filter;
  filter.tags = {{"team", "sales"}};
  EXPECT_THAT(List(filter), ElementsAre(one, both));
  filter.tags = {{"team", "-eu"}, {"run", "7"}};
  EXPECT_THAT(List(filter), ElementsAre(both));
  filter.tags = {{"team", "-eu"}, {"run", "8"}};
  EXPECT_THAT(List(filter), IsEmpty());
  filter.tags = {{"team", ""}};
  EXPECT_THAT(List(filter), ElementsAre(one, both));
  store_->Reopen();
  EXPECT_THAT(List(filter), ElementsAre(one, both));
}

TEST_P(JobListContract, APatternIsASubstringWithoutRegardToCase) {
  JobId id =
      Insert({.statement = "SELECT \"Größe\", 100% FROM t_x WHERE a LIKE 'b\\_%' -- it's *"});
  Insert({.statement = "INSERT INTO other VALUES (1)"});
  for (const char* pattern : {"select", "SELECT \"Gr", "ö", "öß", "ße\", 100%", "100% F", "t_x",
                              "'b\\_%'", "it's *", "*", "s *", "'", "lect \"grö", "\"",
                              "SELECT \"Größe\", 100% FROM t_x WHERE a LIKE 'b\\_%' -- it's *"}) {
    JobFilter filter;
    filter.sql_pattern = pattern;
    EXPECT_THAT(List(filter), ElementsAre(id)) << pattern;
  }
  for (const char* pattern :
       {"selekt", "t%x", "100%F", "AND", "NOT", "a OR b", "GRÖSSE", "NEAR(", "^"}) {
    JobFilter filter;
    filter.sql_pattern = pattern;
    EXPECT_THAT(List(filter), IsEmpty()) << pattern;
  }
}

TEST_P(JobListContract, AnEmptyPatternFiltersNothing) {
  JobId id = Insert({});
  JobFilter filter;
  filter.sql_pattern = "";
  EXPECT_THAT(List(filter), ElementsAre(id));
}

TEST_P(JobListContract, APatternWithANulOrBrokenUtf8IsCompared) {
  JobId id = Insert({.statement = std::string("SELECT 'a\0bcd'", 14)});
  JobFilter filter;
  filter.sql_pattern = std::string("a\0b", 3);
  EXPECT_THAT(List(filter), ElementsAre(id));
  filter.sql_pattern = "bcd'";
  EXPECT_THAT(List(filter), ElementsAre(id));
  filter.sql_pattern = "\xC3(x";
  EXPECT_THAT(List(filter), IsEmpty());
}

TEST_P(JobListContract, PagesCoverEveryMatchOnce) {
  std::vector<JobId> expected;
  for (int i = 0; i < 25; ++i) {
    JobId id = Insert({.owner = i % 2 == 0 ? "anna" : "bert", .start_time_ms = 1000 + i / 4});
    if (i % 2 == 0) expected.insert(expected.begin(), id);
  }
  std::vector<JobId> seen;
  JobFilter filter;
  filter.owner = "anna";
  filter.page_size = 4;
  for (filter.current_page = 1; filter.current_page <= 4; ++filter.current_page) {
    for (const JobId& id : List(filter)) seen.push_back(id);
  }
  EXPECT_EQ(seen, expected);
}

/// A list computed the slow and obvious way.
struct ListModel {
  std::vector<Job> jobs;  // in order of submission

  static bool Matches(const Job& job, const JobFilter& filter) {
    auto differs = [](const std::optional<std::string>& wanted, const std::string& value) {
      return wanted && *wanted != value;
    };
    if (filter.state && job.state != *filter.state) return false;
    if (!filter.types.empty() &&
        std::find(filter.types.begin(), filter.types.end(), job.type) == filter.types.end()) {
      return false;
    }
    if (differs(filter.queue, job.queue.value()) || differs(filter.owner, job.owner)) return false;
    if (filter.started_after_ms && job.start_time_ms <= *filter.started_after_ms) return false;
    if (filter.sql_pattern &&
        ToLower(job.statement).find(ToLower(*filter.sql_pattern)) == std::string::npos) {
      return false;
    }
    return std::all_of(filter.tags.begin(), filter.tags.end(), [&](const Tag& wanted) {
      return std::any_of(job.tags.begin(), job.tags.end(), [&](const Tag& tag) {
        return tag.key == wanted.key && tag.value.find(wanted.value) != std::string::npos;
      });
    });
  }

  std::vector<JobId> List(const JobFilter& filter) const {
    std::vector<const Job*> matches;
    for (const Job& job : jobs) {
      if (Matches(job, filter)) matches.push_back(&job);
    }
    auto key = [&](const Job* job) {
      bool by_start =
          filter.order == JobOrder::kStartTimeAsc || filter.order == JobOrder::kStartTimeDesc;
      return std::pair(by_start ? job->start_time_ms : job->duration_ms, job->seq);
    };
    bool ascending =
        filter.order == JobOrder::kStartTimeAsc || filter.order == JobOrder::kDurationAsc;
    std::sort(matches.begin(), matches.end(), [&](const Job* a, const Job* b) {
      return ascending ? key(a) < key(b) : key(b) < key(a);
    });
    std::vector<JobId> ids;
    for (const Job* job : matches) ids.push_back(job->id);
    return ids;
  }
};

template <class T>
std::optional<T> Sometimes(std::mt19937& random, std::vector<T> choices) {
  if (random() % 3 != 0) return std::nullopt;
  return choices[random() % choices.size()];
}

JobFilter RandomFilter(std::mt19937& random) {
  JobFilter filter;
  filter.project = kTestProject;
  filter.state = Sometimes<JobState>(random, {JobState::kFinished, JobState::kFailed});
  if (random() % 3 == 0) filter.types = {JobType::kQuery, JobType::kDdl};
  filter.queue = Sometimes<std::string>(random, {"q0", "q1"});
  filter.owner = Sometimes<std::string>(random, {"u0", "u1", "u2"});
  filter.started_after_ms = Sometimes<std::int64_t>(random, {1003, 1007});
  filter.sql_pattern =
      Sometimes<std::string>(random, {"T1", "from t", "select c2 from", "2", "c1 FROM T3", ""});
  if (random() % 3 == 0) filter.tags = {{"k", std::to_string(random() % 3)}};
  filter.order = static_cast<JobOrder>(random() % 4);
  filter.page_size = 1 + static_cast<int>(random() % 100);
  filter.current_page = 1 + static_cast<int>(random() % 3);
  return filter;
}

TEST_P(JobListContract, EveryCombinationOfFiltersAgreesWithTheModel) {
  constexpr unsigned kSeed = 20240131;
  std::mt19937 random(kSeed);
  ListModel model;
  for (int i = 0; i < 300; ++i) {
    JobParts parts;
    parts.queue = "q" + std::to_string(random() % 3);
    parts.owner = "u" + std::to_string(random() % 4);
    parts.type = static_cast<JobType>(random() % 4);
    parts.statement =
        "SELECT c" + std::to_string(random() % 4) + " FROM t" + std::to_string(random() % 5);
    if (random() % 2 == 0) parts.tags = {{"k", std::to_string(random() % 30)}};
    parts.start_time_ms = 1000 + static_cast<std::int64_t>(random() % 10);
    JobState state = random() % 2 == 0 ? JobState::kFinished : JobState::kFailed;
    JobId id = InsertFinal(parts, static_cast<std::int64_t>(random() % 20), state);
    model.jobs.push_back(*jobs().Get(kTestProject, id));
  }
  for (int i = 0; i < 400; ++i) {
    if (i == 200) store_->Reopen();
    JobFilter filter = RandomFilter(random);
    Result<JobPage> page = jobs().List(filter);
    ASSERT_OK(page);
    std::vector<JobId> expected = model.List(filter);
    EXPECT_EQ(page->job_count, static_cast<std::int64_t>(expected.size()));
    auto offset = static_cast<std::size_t>((filter.current_page - 1) * filter.page_size);
    std::vector<JobId> ids;
    for (const Job& job : page->jobs) ids.push_back(job.id);
    expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(
                                                            std::min(offset, expected.size())));
    expected.resize(std::min(expected.size(), static_cast<std::size_t>(filter.page_size)));
    ASSERT_EQ(ids, expected) << "filter " << i << " of seed " << kSeed;
  }
}

}  // namespace

}  // namespace sluice
