#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/fake_clock.h"
#include "base/random.h"
#include "lake/avro_file.h"
#include "lake/catalog.h"
#include "lake/faulty_file_system.h"
#include "lake/json_access.h"
#include "lake/lake_test_world.h"
#include "lake/metadata_files.h"
#include "lake/table_metadata.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice {
namespace {

/// A catalog over a real store and real files in a folder of its own.
class IcebergCatalogTest : public testing::Test {
 protected:
  IcebergCatalogTest()
      : folder_(std::filesystem::path(testing::TempDir()) / ("lake-" + MakeUuidV4())),
        files_(&local_) {
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
  }
  ~IcebergCatalogTest() override { std::filesystem::remove_all(folder_); }

  static NewTable MakeTable(const std::string& name) {
    NewTable table;
    table.database = "db";
    table.name = name;
    table.owner = "me";
    table.columns = {{"id", TypeId::kSmallInt, true, "the key"},
                     {"code", DataType::Char(3), true, ""}};
    table.comment = "a table";
    return table;
  }
  void CreateTable(const std::string& name) {
    ASSERT_TRUE(catalog_->CreateTable(kProject, MakeTable(name), IfExists::kFail, {}));
  }

  static Principal User() { return Principal{"u", "me", kProject, false}; }

  TableMetadata LoadMetadata(const Principal& caller, const std::string& table) {
    Result<std::string> text = catalog_->RestLoadTable(caller, "db", table);
    EXPECT_TRUE(text) << text.error().message;
    const json::object answer = ParseJson(*text)->as_object();
    return *TableMetadata::Parse(json::serialize(answer.at("metadata")));
  }
  /// What a writer sends that saw this metadata.
  static json::object MakeInsert(const TableMetadata& seen, const std::string& table,
                                 std::int64_t id, int rows) {
    auto current = seen.current_snapshot_id();
    const std::string list = fmt::format("{}/metadata/{}.avro", seen.location(), id);
    EXPECT_TRUE(LocalFileSystem().WriteDurably(
        PathOfUri(list), WriteAvroFile({{"avro.schema", R"("long")"}}, {}, AvroCodec::kPlain)));
    const std::string parent =
        current ? fmt::format(R"("parent-snapshot-id":{},)", *current) : std::string();
    return ParseJson(fmt::format(
                         R"json({{"identifier":{{"namespace":["db"],"name":"{}"}},
        "requirements":[{{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":{}}}],
        "updates":[{{"action":"add-snapshot","snapshot":{{{}"snapshot-id":{},"sequence-number":{},
          "timestamp-ms":2000,"manifest-list":"{}","summary":{{
          "operation":"append","added-records":"{}","added-data-files":"1",
          "added-files-size":"10"}}}}}},
          {{"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":{}}}]
        }})json",
                         table, current ? std::to_string(*current) : "null", parent, id,
                         seen.Number("last-sequence-number") + 1, list, rows, id))
        ->as_object();
  }
  static json::object Transaction(const std::vector<json::object>& changes) {
    json::array list;
    for (const json::object& change : changes) list.push_back(change);
    return {{"table-changes", std::move(list)}};
  }
  Result<void> Insert(const Principal& caller, const std::string& table, int rows) {
    const json::object change =
        MakeInsert(LoadMetadata(caller, table), table, ++last_snapshot_, rows);
    return catalog_->RestCommitTransaction(caller, Transaction({change}));
  }
  TableDescription Describe(const std::string& table) {
    auto found = catalog_->FindTable(kProject, "db", table);
    EXPECT_TRUE(found && *found) << table;
    return **found;
  }
  int CountMetadataFiles(const std::string& table) {
    int count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(Describe(table).record.location + "/metadata")) {
      count += entry.path().string().ends_with(".metadata.json") ? 1 : 0;
    }
    return count;
  }

  FakeClock clock_;
  LocalFileSystem local_;
  std::filesystem::path folder_;
  FaultyFileSystem files_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<LakeCatalog> catalog_;
  std::int64_t last_snapshot_ = 100;
};

ErrorCode CodeOf(const Result<void>& result) {
  EXPECT_FALSE(result);
  return result ? ErrorCode::kInternal : result.error().code;
}

TEST_F(IcebergCatalogTest, DefaultAlwaysExists) {
  ProjectId other("p2");
  EXPECT_TRUE(*catalog_->HasDatabase(other, "default"));
  EXPECT_EQ(catalog_->ListDatabases(other)->front().name, "default");
  EXPECT_TRUE(catalog_->ListTables(other, "default")->empty());
  NewTable table = MakeTable("t");
  table.database = "default";
  EXPECT_TRUE(catalog_->CreateTable(other, table, IfExists::kFail, {}));
  EXPECT_EQ(catalog_->ListDatabases(other)->size(), 1U);
  EXPECT_EQ(CodeOf(catalog_->DropDatabase(other, "default", true, IfMissing::kSkip, {})),
            ErrorCode::kUnsupported);
}

TEST_F(IcebergCatalogTest, ATableIsDescribedAsItWasDeclared) {
  CreateTable("t");
  TableDescription table = Describe("t");
  EXPECT_EQ(table.columns, MakeTable("t").columns);
  EXPECT_EQ(table.record.comment, "a table");
  EXPECT_EQ(table.record.owner, "me");
  EXPECT_EQ(table.snapshot_id, 0);
  EXPECT_TRUE(std::filesystem::is_directory(table.record.location + "/data"));
  EXPECT_TRUE(std::filesystem::exists(table.record.metadata_location));
}

TEST_F(IcebergCatalogTest, ExistingAndMissingTablesAreToldOrSkipped) {
  CreateTable("t");
  EXPECT_EQ(CodeOf(catalog_->CreateTable(kProject, MakeTable("t"), IfExists::kFail, {})),
            ErrorCode::kAlreadyExists);
  EXPECT_TRUE(catalog_->CreateTable(kProject, MakeTable("t"), IfExists::kSkip, {}));
  EXPECT_EQ(CodeOf(catalog_->DropTable(kProject, "db", "no", IfMissing::kFail, {})),
            ErrorCode::kNotFound);
  EXPECT_TRUE(catalog_->DropTable(kProject, "db", "no", IfMissing::kSkip, {}));
  NewTable lost = MakeTable("t");
  lost.database = "nowhere";
  EXPECT_EQ(CodeOf(catalog_->CreateTable(kProject, lost, IfExists::kSkip, {})),
            ErrorCode::kNotFound);
}

TEST_F(IcebergCatalogTest, AStatementsEndComesWithItsEffect) {
  ChangeContext context;
  context.fence = StartJob(store_->jobs(), clock_);
  context.finish = JobFinish{};
  ASSERT_TRUE(catalog_->CreateTable(kProject, MakeTable("t"), IfExists::kFail, context));
  EXPECT_EQ(store_->jobs().Get(kProject, context.fence->job)->state, JobState::kFinished);
  context.fence = StartJob(store_->jobs(), clock_);
  ASSERT_TRUE(catalog_->CreateTable(kProject, MakeTable("t"), IfExists::kSkip, context));
  EXPECT_EQ(store_->jobs().Get(kProject, context.fence->job)->state, JobState::kFinished);
}

TEST_F(IcebergCatalogTest, AConcurrentCommitIsAConflict) {
  CreateTable("t");
  const TableMetadata seen = LoadMetadata(User(), "t");
  ASSERT_TRUE(Insert(User(), "t", 1));
  const json::object change = Transaction({MakeInsert(seen, "t", 999, 4)});
  EXPECT_EQ(CodeOf(catalog_->RestCommitTransaction(User(), change)), ErrorCode::kConflict);
  EXPECT_EQ(Describe("t").total_rows, 1);
  EXPECT_EQ(CountMetadataFiles("t"), 2);
}

TEST_F(IcebergCatalogTest, ATruncatedTableIsEmptyAndCanBeWritten) {
  CreateTable("t");
  ASSERT_TRUE(Insert(User(), "t", 3));
  ASSERT_TRUE(catalog_->TruncateTable(kProject, "db", "t", {}));
  EXPECT_EQ(Describe("t").snapshot_id, 0);
  EXPECT_EQ(Describe("t").total_rows, 0);
  ASSERT_TRUE(catalog_->TruncateTable(kProject, "db", "t", {}));
  ASSERT_TRUE(Insert(User(), "t", 4));
  EXPECT_EQ(Describe("t").total_rows, 4);
}

TEST_F(IcebergCatalogTest, ATruncationOfACancelledJobHasNoEffect) {
  CreateTable("t");
  ASSERT_TRUE(Insert(User(), "t", 3));
  ChangeContext context;
  context.fence = StartJob(store_->jobs(), clock_);
  context.finish = JobFinish{};
  ASSERT_TRUE(store_->jobs().RequestCancel(kProject, context.fence->job, "no", 1, 1));
  EXPECT_EQ(CodeOf(catalog_->TruncateTable(kProject, "db", "t", context)), ErrorCode::kConflict);
  EXPECT_EQ(Describe("t").total_rows, 3);
}

TEST_F(IcebergCatalogTest, ATransactionChangesAllTablesOrNone) {
  CreateTable("t");
  CreateTable("u");
  const Principal user = User();
  const json::object good = MakeInsert(LoadMetadata(user, "t"), "t", 1, 1);
  json::object stale = MakeInsert(LoadMetadata(user, "u"), "u", 2, 1);
  ASSERT_TRUE(Insert(user, "u", 5));
  EXPECT_EQ(CodeOf(catalog_->RestCommitTransaction(user, Transaction({good, stale}))),
            ErrorCode::kConflict);
  EXPECT_EQ(Describe("t").total_rows, 0);
  const json::object fresh = MakeInsert(LoadMetadata(user, "u"), "u", 3, 1);
  ASSERT_TRUE(catalog_->RestCommitTransaction(user, Transaction({good, fresh})));
  EXPECT_EQ(Describe("t").total_rows, 1);
  EXPECT_EQ(Describe("u").total_rows, 6);
}

TEST_F(IcebergCatalogTest, TwentyOldMetadataFilesAreKept) {
  CreateTable("t");
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(Insert(User(), "t", 1));
  EXPECT_EQ(CountMetadataFiles("t"), static_cast<int>(kOldMetadataFilesMax) + 1);
  EXPECT_EQ(Describe("t").total_rows, 30);
}

TEST_F(IcebergCatalogTest, ARenamedTableStaysWhereItIs) {
  CreateTable("t");
  const std::string location = Describe("t").record.location;
  ASSERT_TRUE(catalog_->RenameTable(kProject, "db", "t", "default", "v", {}));
  auto renamed = catalog_->FindTable(kProject, "default", "v");
  ASSERT_TRUE(renamed && *renamed);
  EXPECT_EQ((*renamed)->record.location, location);
}

TEST_F(IcebergCatalogTest, DroppedFoldersGoWhenTheyAreOldEnough) {
  CreateTable("t");
  const std::string location = Describe("t").record.location;
  ASSERT_TRUE(catalog_->DropTable(kProject, "db", "t", IfMissing::kFail, {}));
  const std::int64_t dropped_ms = store_->served().NowMs();
  EXPECT_EQ(*catalog_->RemoveDroppedFolders(dropped_ms), 0);
  EXPECT_TRUE(std::filesystem::exists(location));
  EXPECT_EQ(*catalog_->RemoveDroppedFolders(dropped_ms + 1), 1);
  EXPECT_FALSE(std::filesystem::exists(location));
  EXPECT_EQ(*catalog_->RemoveDroppedFolders(dropped_ms + 1), 0);
}

TEST_F(IcebergCatalogTest, AUsersTableIsAManagedOne) {
  const json::object request = ParseJson(R"({"name":"New","schema":{"type":"struct","fields":[
      {"id":0,"name":"k","required":true,"type":"string"},
      {"id":1,"name":"v","required":false,"type":"timestamptz"}]},
      "partition-spec":{"fields":[{"source-id":0,"field-id":1000,"name":"k",
                                   "transform":"identity"}]},
      "properties":{"comment":"theirs"}})")
                                   ->as_object();
  ASSERT_TRUE(catalog_->RestCreateTable(User(), "DB", request));
  TableDescription table = Describe("new");
  EXPECT_EQ(table.record.owner, "me");
  EXPECT_EQ(table.record.comment, "theirs");
  EXPECT_EQ(table.partition_columns, std::vector<std::string>{"k"});
  EXPECT_EQ(table.columns.at(1).type, DataType(TypeId::kTimestamp));
  EXPECT_FALSE(table.columns.at(0).nullable);
  ASSERT_TRUE(Insert(User(), "new", 2));
  EXPECT_FALSE(catalog_->RestCreateTable(User(), "db", request));
}

TEST_F(IcebergCatalogTest, AUsersStagedTableAppearsWithItsFirstCommit) {
  json::object request = ParseJson(R"({"name":"s","stage-create":true,"schema":{"type":"struct",
      "fields":[{"id":7,"name":"k","required":false,"type":"int"}]}})")
                             ->as_object();
  auto staged = catalog_->RestCreateTable(User(), "db", request);
  ASSERT_TRUE(staged);
  const json::object answer = ParseJson(*staged)->as_object();
  EXPECT_FALSE(answer.contains("metadata-location"));
  EXPECT_FALSE(*catalog_->FindTable(kProject, "db", "s"));
  TableMetadata seen = *TableMetadata::Parse(json::serialize(answer.at("metadata")));
  json::array updates{
      {{"action", "assign-uuid"}, {"uuid", JsonText(seen.uuid())}},
      {{"action", "upgrade-format-version"}, {"format-version", 2}},
      {{"action", "add-schema"}, {"schema", seen.CurrentSchema()}, {"last-column-id", 1}},
      {{"action", "set-current-schema"}, {"schema-id", -1}},
      {{"action", "add-spec"}, {"spec", seen.DefaultSpec()}},
      {{"action", "set-default-spec"}, {"spec-id", -1}},
      {{"action", "add-sort-order"}, {"sort-order", {{"order-id", 0}, {"fields", json::array()}}}},
      {{"action", "set-default-sort-order"}, {"sort-order-id", -1}},
      {{"action", "set-location"}, {"location", JsonText(seen.location())}}};
  json::object commit{{"requirements", {{{"type", "assert-create"}}}}, {"updates", updates}};
  const json::object insert = MakeInsert(seen, "s", 1, 4);
  for (const json::value& update : insert.at("updates").as_array()) {
    commit["updates"].as_array().push_back(update);
  }
  ASSERT_TRUE(catalog_->RestCommitTable(User(), "db", "s", commit));
  EXPECT_EQ(Describe("s").total_rows, 4);
  EXPECT_EQ(Describe("s").record.uuid, seen.uuid());
  EXPECT_FALSE(catalog_->RestCommitTable(User(), "db", "again", commit));
}

TEST_F(IcebergCatalogTest, NobodyClaimsTheFolderOfAnotherTable) {
  CreateTable("t");
  const TableMetadata seen = LoadMetadata(User(), "t");
  ASSERT_TRUE(catalog_->DropTable(kProject, "db", "t", IfMissing::kFail, {}));
  json::object commit{
      {"requirements", {{{"type", "assert-create"}}}},
      {"updates",
       {{{"action", "assign-uuid"}, {"uuid", JsonText(seen.uuid())}},
        {{"action", "add-schema"}, {"schema", seen.CurrentSchema()}, {"last-column-id", 1}},
        {{"action", "set-current-schema"}, {"schema-id", -1}},
        {{"action", "add-spec"}, {"spec", seen.DefaultSpec()}},
        {{"action", "set-default-spec"}, {"spec-id", -1}},
        {{"action", "set-location"}, {"location", JsonText(seen.location())}}}}};
  EXPECT_FALSE(catalog_->RestCommitTable(User(), "db", "t", commit));
}

TEST_F(IcebergCatalogTest, MissingTablesAndDamagedFilesAreDifferentThings) {
  auto missing = catalog_->RestLoadTable(User(), "db", "no");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  CreateTable("t");
  const std::string path = Describe("t").record.metadata_location;
  auto again = *LakeCatalog::Create(
      {&files_, &store_->catalog(), &clock_, folder_ / "warehouse", folder_ / "notes"});
  std::filesystem::remove(path);
  auto broken = again->RestLoadTable(User(), "db", "t");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kInternal);
  // kInternal ends a job; what is kUnavailable would be tried again.
  std::filesystem::create_directory(path);
  broken = again->RestLoadTable(User(), "db", "t");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kInternal);
  std::filesystem::remove(path);
  std::filesystem::create_symlink("/etc/passwd", path);
  broken = again->RestLoadTable(User(), "db", "t");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kInternal);
  std::filesystem::remove(path);
  ASSERT_TRUE(local_.WriteDurably(path, "{"));
  broken = again->RestLoadTable(User(), "db", "t");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kInternal);
}

TEST_F(IcebergCatalogTest, ADiskThatFailsAtAnyCallLeavesTheTableWhole) {
  CreateTable("t");
  int rows = 0;
  for (int call = 0;; ++call) {
    ASSERT_LT(call, 50);
    const json::object change =
        Transaction({MakeInsert(LoadMetadata(User(), "t"), "t", ++last_snapshot_, 1)});
    files_.FailAfter(call);
    Result<void> committed = catalog_->RestCommitTransaction(User(), change);
    const int failures = files_.failures();
    files_.Heal();
    if (committed) ++rows;
    EXPECT_EQ(Describe("t").total_rows, rows);
    if (failures == 0) break;
  }
  EXPECT_GT(rows, 0);
}

TEST_F(IcebergCatalogTest, ADiskThatFailsAtAnyCallOfACreationLeavesAllOrNothing) {
  for (int call = 0;; ++call) {
    ASSERT_LT(call, 50);
    const std::string name = fmt::format("t{}", call);
    files_.FailAfter(call);
    Result<void> created = catalog_->CreateTable(kProject, MakeTable(name), IfExists::kFail, {});
    const int failures = files_.failures();
    files_.Heal();
    EXPECT_EQ(catalog_->FindTable(kProject, "db", name)->has_value(), created.has_value());
    if (failures == 0) break;
  }
}

}  // namespace
}  // namespace sluice
