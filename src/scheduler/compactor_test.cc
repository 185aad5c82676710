#include "scheduler/compactor.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/fake_clock.h"
#include "engine/fake/fake_engine.h"
#include "lake/catalog.h"
#include "lake/fake_table_writer.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice {
namespace {

const ProjectId kProject("p1");
constexpr std::int64_t kQuietMs = 5'000;
constexpr std::int64_t kClientPauseMs = 61'000;

/// A compactor over a real store and a real lake; the engine's part is played by a writer.
class CompactorTest : public testing::Test {
 protected:
  CompactorTest()
      : folder_(std::filesystem::path(testing::TempDir()) / ("compactor-" + MakeUuidV4())) {
    std::filesystem::create_directories(folder_);
    SqliteStore::Options options;
    options.file = folder_ / "store.db";
    options.clock = &clock_;
    store_ = *SqliteStore::Open(options);
    catalog_ = *LakeCatalog::Create(
        {&files_, &store_->catalog(), &clock_, &grants_, folder_ / "warehouse"});
    NewTable table;
    table.database = "default";
    table.name = "t";
    table.columns = {{"id", TypeId::kBigInt, true, ""}};
    EXPECT_TRUE(catalog_->CreateTable(kProject, table, IfExists::kFail, {}));
    Compactor::Parts parts;
    parts.clock = &clock_;
    parts.tables = &catalog_->maintenance();
    parts.grants = &grants_;
    parts.leases = &leases_;
    parts.engine = &engine_;
    parts.metrics = &metrics_;
    parts.queue = QueueName("default");
    compactor_ = std::make_unique<Compactor>(std::move(parts), kQuietMs);
  }
  ~CompactorTest() override {
    compactor_.reset();
    engine_.Stop();
    std::filesystem::remove_all(folder_);
  }

  TableMetadata Load(const CatalogCaller& caller, const std::string& table) {
    Result<std::string> text = catalog_->RestLoadTable(caller, "default", table);
    EXPECT_TRUE(text) << text.error().message;
    return *TableMetadata::Parse(json::serialize(ParseJson(*text)->at("metadata")));
  }
  Result<void> Commit(const CatalogCaller& caller, json::object change) {
    json::array changes;
    changes.push_back(std::move(change));
    return catalog_->RestCommitTransaction(caller, {{"table-changes", std::move(changes)}});
  }
  void Append(int times) {
    const CatalogCaller user = Principal{"u", "me", kProject, false};
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(Commit(user, writer_.Append(Load(user, "t"), "default", "t", {{}})));
    }
  }
  /// The client is gone and the table at rest.
  void Rest() { clock_.Advance(kClientPauseMs); }
  /// What the worker does: one file of as many rows as the source has.
  FakeEngine::Act Join(std::int64_t rows) {
    FakeEngine::Act act;
    act.before_end = [this, rows](const AttemptSpec& spec) {
      const CatalogCaller caller = grants_.Find(spec.catalog_token);
      json::object change =
          worker_.Append(Load(caller, "t$joined"), "default", "t$joined", {{.rows = rows}});
      EXPECT_TRUE(Commit(caller, std::move(change)));
    };
    return act;
  }
  std::int64_t FileCount() {
    return catalog_->FindTable(kProject, "default", "t")->value().total_files;
  }
  int MetadataFileCount() {
    const auto table = catalog_->FindTable(kProject, "default", "t")->value();
    return static_cast<int>(files_.List(table.record.location + "/metadata")->size());
  }
  bool IsCounted(const std::string& outcome) {
    return metrics_.Render().find("outcome=\"" + outcome + "\"} 1") != std::string::npos;
  }

  std::filesystem::path folder_;
  FakeClock clock_;
  LocalFileSystem files_;
  AttemptGrants grants_;
  TableWriterLeases leases_;
  MetricRegistry metrics_;
  FakeEngine engine_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<LakeCatalog> catalog_;
  FakeTableWriter writer_{&files_};
  FakeTableWriter worker_{&files_, 9'000'000};
  std::unique_ptr<Compactor> compactor_;
};

TEST_F(CompactorTest, ATableAtRestIsCompacted) {
  Append(10);
  clock_.Advance(kClientPauseMs);
  EXPECT_EQ(compactor_->RunOnce({}), 0) << "the compactor learns of the writes only now";
  Rest();
  engine_.Script(Join(10));
  EXPECT_EQ(compactor_->RunOnce({}), 1);
  EXPECT_EQ(FileCount(), 1);
  EXPECT_TRUE(IsCounted("done"));
  ASSERT_EQ(engine_.started().size(), 1u);
  EXPECT_EQ(engine_.started().front().sql,
            R"(INSERT INTO dli."default"."t$joined" SELECT * FROM dli."default"."t")");
  EXPECT_EQ(grants_.Find(engine_.started().front().catalog_token), nullptr);
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_EQ(engine_.started().size(), 1u) << "nothing is left to do";
}

TEST_F(CompactorTest, AFewFilesStayAsTheyAre) {
  Append(static_cast<int>(kQuietFilesMin) - 1);
  compactor_->RunOnce({});
  Rest();
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_TRUE(engine_.started().empty());
}

TEST_F(CompactorTest, ABusyTableIsCompactedOnceItHasManySmallFiles) {
  Append(static_cast<int>(kBusyFilesMin));
  clock_.Advance(kClientPauseMs);  // the compactor notes the writes now: they are of this moment
  engine_.Script(Join(kBusyFilesMin));
  EXPECT_EQ(compactor_->RunOnce({}), 1);
  EXPECT_EQ(FileCount(), 1);
}

TEST_F(CompactorTest, TablesOfEarlierStartsAreLookedAtToo) {
  Append(10);
  catalog_->maintenance().TakeActivity();
  compactor_->NoteAll();
  Rest();
  engine_.Script(Join(10));
  EXPECT_EQ(compactor_->RunOnce({}), 1);
}

TEST_F(CompactorTest, AClientThatWorksWithTheTableHoldsItOff) {
  Append(10);
  compactor_->RunOnce({});
  clock_.Advance(2 * kQuietMs);
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_TRUE(engine_.started().empty());
  // But not for ever.
  for (int i = 0; i < 11; ++i) {
    clock_.Advance(59'000);
    Load(Principal{"u", "me", kProject, false}, "t");
  }
  engine_.Script(Join(10));
  EXPECT_EQ(compactor_->RunOnce({}), 1);
}

TEST_F(CompactorTest, ALostWorkerIsTriedAgainLaterAndLeavesNothing) {
  Append(10);
  compactor_->RunOnce({});
  Rest();
  const int files = MetadataFileCount();
  engine_.Script({.outcome = FakeEngine::LostOutcome()});
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_EQ(engine_.started().size(), 1u) << "not at once";
  EXPECT_EQ(MetadataFileCount(), files);
  EXPECT_TRUE(IsCounted("failed"));
  clock_.Advance(30'000);
  engine_.Script(Join(10));
  EXPECT_EQ(compactor_->RunOnce({}), 1);
  EXPECT_EQ(FileCount(), 1);
}

TEST_F(CompactorTest, AnotherNumberOfRowsIsNotCommitted) {
  Append(10);
  compactor_->RunOnce({});
  Rest();
  engine_.Script(Join(9));
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_EQ(FileCount(), 10);
}

TEST_F(CompactorTest, AStopGivesUpTheRewriteUnderWay) {
  Append(10);
  compactor_->RunOnce({});
  Rest();
  std::stop_source stop;
  FakeEngine::Act act = Join(10);
  act.before_end = [&stop, join = act.before_end](const AttemptSpec& spec) {
    join(spec);
    stop.request_stop();
  };
  engine_.Script(std::move(act));
  const auto ticket = leases_.Acquire(kProject, "default", "t", [] {});
  EXPECT_EQ(compactor_->RunOnce(stop.get_token()), 0) << "a job has the table, and a stop came";
  leases_.Release(ticket);
  EXPECT_EQ(FileCount(), 10);
}

}  // namespace
}  // namespace sluice
