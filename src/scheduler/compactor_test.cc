#include "scheduler/compactor.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/fake_clock.h"
#include "engine/fake/fake_engine.h"
#include "lake/catalog.h"
#include "lake/fake_table_writer.h"
#include "lake/faulty_file_system.h"
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
        {&files_, &store_->catalog(), &clock_, folder_ / "warehouse", folder_ / "notes"});
    NewTable table;
    table.database = "default";
    table.name = "t";
    table.columns = {{"id", TypeId::kBigInt, true, ""}};
    EXPECT_TRUE(catalog_->CreateTable(kProject, table, IfExists::kFail, {}));
    Compactor::Parts parts;
    parts.clock = &clock_;
    parts.tables = &catalog_->maintenance();
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

  TableMetadata Load() {
    Result<std::string> text = catalog_->RestLoadTable(kUser, "default", "t");
    EXPECT_TRUE(text) << text.error().message;
    return *TableMetadata::Parse(json::serialize(ParseJson(*text)->at("metadata")));
  }
  void Append(int times) {
    for (int i = 0; i < times; ++i) {
      json::array changes;
      changes.push_back(writer_.Append(Load(), "default", "t", {{}}));
      ASSERT_TRUE(catalog_->RestCommitTransaction(kUser, {{"table-changes", std::move(changes)}}));
    }
  }
  /// The client is gone and the table at rest.
  void Rest() { clock_.Advance(kClientPauseMs); }
  /// What the worker does: one file of as many rows as the source has.
  static FakeEngine::Act Join(std::size_t rows) {
    return {.outcome = FakeEngine::FinishedOutcome(std::vector<std::string>(rows, "[1]"))};
  }
  std::vector<std::string> DataFiles() {
    const auto table = catalog_->FindTable(kProject, "default", "t")->value();
    return *files_.ListTree(table.record.location + "/data");
  }
  bool HasNotes() {
    for (const std::string& name :
         files_.List(folder_ / "notes").value_or(std::vector<std::string>())) {
      if (!std::filesystem::is_empty(folder_ / "notes" / name)) return true;
    }
    return false;
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

  const Principal kUser{"u", "me", kProject, false};
  std::filesystem::path folder_;
  FakeClock clock_;
  LocalFileSystem local_;
  FaultyFileSystem files_{&local_};
  MetricRegistry metrics_;
  FakeEngine engine_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<LakeCatalog> catalog_;
  FakeTableWriter writer_{&files_};
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
  const AttemptSpec spec = engine_.started().front();
  EXPECT_EQ(spec.kind, WorkKind::kWrite);
  EXPECT_EQ(spec.sql, R"(SELECT * FROM dli."of default"."t"())");
  ASSERT_EQ(spec.sources.size(), 1u);
  EXPECT_EQ(spec.sources.front().database, "default");
  EXPECT_EQ(spec.sources.front().table, "t");
  ASSERT_TRUE(spec.write);
  EXPECT_EQ(DataFiles().size(), 11u) << "the old files are those of older snapshots";
  EXPECT_FALSE(HasNotes());
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
    Load();
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
  EXPECT_FALSE(HasNotes());
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

TEST_F(CompactorTest, ADiskThatIsFullForTheCommitKeepsNothingOfIt) {
  Append(10);
  compactor_->RunOnce({});
  Rest();
  const int files = MetadataFileCount();
  FakeEngine::Act act = Join(10);
  act.before_end = [this](const AttemptSpec&) { files_.FillUp(); };
  engine_.Script(std::move(act));
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_GT(files_.failures(), 0);
  files_.Heal();
  EXPECT_EQ(FileCount(), 10);
  EXPECT_EQ(DataFiles().size(), 10u) << "what the worker wrote goes: the store was not asked";
  EXPECT_EQ(MetadataFileCount(), files);
  EXPECT_FALSE(HasNotes());
  EXPECT_TRUE(IsCounted("failed"));
}

TEST_F(CompactorTest, AClientThatComesMeanwhileHoldsTheCommitOff) {
  Append(10);
  compactor_->RunOnce({});
  Rest();
  FakeEngine::Act act = Join(10);
  act.before_end = [this](const AttemptSpec&) { Load(); };
  engine_.Script(std::move(act));
  EXPECT_EQ(compactor_->RunOnce({}), 0);
  EXPECT_EQ(FileCount(), 10);
  EXPECT_EQ(DataFiles().size(), 10u) << "what was written goes";
  EXPECT_TRUE(IsCounted("held_off"));
}

TEST_F(CompactorTest, AStopGivesUpTheRewriteUnderWay) {
  Append(10);
  compactor_->RunOnce({});
  Rest();
  std::stop_source stop;
  engine_.Script({.ending = FakeEngine::Ending::kHeld});
  std::jthread stopper([&] {
    while (engine_.under_way() == 0) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(compactor_->RunOnce(stop.get_token()), 0);
  EXPECT_EQ(engine_.under_way(), 0) << "the worker was ended";
  EXPECT_EQ(FileCount(), 10);
  EXPECT_FALSE(HasNotes());
}

}  // namespace
}  // namespace sluice
