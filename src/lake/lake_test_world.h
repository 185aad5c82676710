#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/fake_clock.h"
#include "lake/catalog.h"
#include "lake/fake_table_writer.h"
#include "lake/faulty_file_system.h"
#include "lake/table_rewrite.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice {

inline const ProjectId kProject("p1");
using Files = std::vector<FakeTableWriter::File>;

/// A job in its first attempt.
inline AttemptFence StartJob(JobStore& jobs, const Clock& clock) {
  Job job;
  job.id = JobId(MakeUuidV7(clock.WallMs()));
  job.project = kProject;
  job.queue = QueueName("default");
  job.statement = "insert";
  const AttemptFence fence{job.id, 1};
  EXPECT_TRUE(jobs.Insert(job, std::nullopt));
  EXPECT_TRUE(jobs.Claim(fence));
  EXPECT_TRUE(jobs.Start(fence));
  return fence;
}

/// A catalog over a real store and real files; engines are played by a FakeTableWriter.
class LakeTestWorld : public testing::Test {
 protected:
  LakeTestWorld()
      : folder_(std::filesystem::path(testing::TempDir()) / ("rewrite-" + MakeUuidV4())) {
    std::filesystem::create_directories(folder_);
    SqliteStore::Options options;
    options.file = folder_ / "store.db";
    options.clock = &clock_;
    store_ = *SqliteStore::Open(options);
    catalog_ = *LakeCatalog::Create(
        {&files_, &store_->catalog(), &clock_, folder_ / "warehouse", folder_ / "notes"});
    DatabaseRecord database;
    database.project = kProject;
    database.name = "db";
    EXPECT_TRUE(catalog_->CreateDatabase(database, IfExists::kFail, {}));
    CreateTable("t", {});
  }
  ~LakeTestWorld() override { std::filesystem::remove_all(folder_); }

  void CreateTable(const std::string& name, std::vector<std::string> partition_columns) {
    NewTable table;
    table.database = "db";
    table.name = name;
    table.columns = {{"id", TypeId::kBigInt, true, ""}, {"day", TypeId::kInt, true, ""}};
    table.partition_columns = std::move(partition_columns);
    EXPECT_TRUE(catalog_->CreateTable(kProject, table, IfExists::kFail, {}));
  }
  TableMetadata Load(const Principal& caller, const std::string& table) {
    Result<std::string> text = catalog_->RestLoadTable(caller, "db", table);
    EXPECT_TRUE(text) << text.error().message;
    return *TableMetadata::Parse(json::serialize(ParseJson(*text)->at("metadata")));
  }
  static json::object Transaction(json::object change) {
    json::array changes;
    changes.push_back(std::move(change));
    return {{"table-changes", std::move(changes)}};
  }
  Result<void> Append(const Files& files, const std::string& table = "t") {
    return catalog_->RestCommitTransaction(
        kUser, Transaction(writer_.Append(Load(kUser, table), "db", table, files)));
  }
  void AppendMany(int times, const std::string& table = "t") {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(Append({{.rows = 1 + i}}, table));
  }
  TableKey Key(const std::string& table = "t") {
    return {kProject, store_->catalog().FindTable(kProject, "db", table)->value().uuid};
  }
  Result<std::shared_ptr<TableRewrite>> Stage(const std::string& table = "t") {
    return tables().StageRewrite(Key(table), TablePace::kQuiet);
  }
  LiveFiles Live(const TableMetadata& metadata) {
    KnownManifests none;
    return *ReadLiveFiles(&local_, metadata, PathOfUri(metadata.location()), &none);
  }
  /// What a worker that was told of the rewrite reads.
  LiveFiles ReadSource(const TableRewrite& rewrite) {
    return Live(*TableMetadata::Parse(rewrite.source_view));
  }
  /// Plays the worker: reads the source, writes one file of all its rows and `more`.
  std::vector<DataFile> RunWorker(const TableRewrite& rewrite, std::int64_t more = 0) {
    return {WriteFakeDataFile(rewrite.open.write, Sum(ReadSource(rewrite)).first + more)};
  }
  /// Rows and files of what is live.
  static std::pair<std::int64_t, int> Sum(const LiveFiles& live) {
    std::pair<std::int64_t, int> sum;
    for (const LiveFiles::OneManifest& one : live.manifests) {
      if (!one.manifest) continue;
      for (const ManifestEntry& entry : one.manifest->entries) {
        if (entry.status == EntryStatus::kDeleted) continue;
        sum.first += entry.file.rows;
        ++sum.second;
        EXPECT_TRUE(std::filesystem::exists(PathOfUri(entry.file.uri)));
      }
    }
    return sum;
  }
  std::pair<std::int64_t, int> Content(const std::string& table = "t") {
    return Sum(Live(Load(kUser, table)));
  }
  std::string Operation() {
    const TableMetadata metadata = Load(kUser, "t");
    const json::object* snapshot = metadata.FindSnapshot(*metadata.current_snapshot_id());
    return FindText(*FindObject(*snapshot, "summary"), "operation");
  }
  /// Files of notes that say something, by name.
  std::vector<std::string> Notes() {
    std::vector<std::string> names =
        local_.List(folder_ / "notes").value_or(std::vector<std::string>());
    std::erase_if(names, [this](const std::string& name) {
      return std::filesystem::file_size(folder_ / "notes" / name) == 0;
    });
    return names;
  }
  TableMaintenance& tables() { return catalog_->maintenance(); }
  int CountFiles(const std::string& folder) {
    const std::filesystem::path path = PathOfUri(Load(kUser, "t").location());
    return static_cast<int>(local_.List(path / folder)->size());
  }

  const Principal kUser = Principal{"u", "me", kProject, false};
  std::filesystem::path folder_;
  FakeClock clock_;
  LocalFileSystem local_;
  FaultyFileSystem files_{&local_};
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<LakeCatalog> catalog_;
  FakeTableWriter writer_{&local_};
};

}  // namespace sluice
