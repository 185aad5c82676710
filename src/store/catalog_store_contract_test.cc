// What every CatalogStore promises, written against the interface.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/catalog_store.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class CatalogStoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  CatalogStore& catalog() { return store_->catalog(); }
  JobStore& jobs() { return store_->jobs(); }

  static DatabaseRecord MakeDatabase(const std::string& name) {
    DatabaseRecord database;
    database.project = kTestProject;
    database.name = name;
    database.owner = "anna";
    database.description = "for tests";
    database.enterprise_project_id = "0";
    database.tags = {{"k", "v"}};
    database.created_ms = 1234;
    return database;
  }
  static TableRecord MakeTable(const std::string& database, const std::string& name) {
    TableRecord table;
    table.project = kTestProject;
    table.database = database;
    table.name = name;
    table.uuid = "uuid-of-" + name;
    table.owner = "anna";
    table.comment = "a table";
    table.declared_schema = R"([{"name":"a"}])";
    table.format = "parquet";
    table.location = "/warehouse/" + table.uuid;
    table.metadata_location = table.location + "/v1.json";
    table.properties = {{"p", "1"}, {"a", "2"}};
    table.created_ms = 10;
    table.last_changed_ms = 10;
    return table;
  }
  Result<void> Apply(const CatalogChange& change, const ChangeContext& context = {}) {
    return catalog().Apply({change}, context);
  }
  void CreateSales() {
    EXPECT_TRUE(Apply(CreateDatabaseChange{MakeDatabase("sales")}).has_value());
    EXPECT_TRUE(Apply(CreateTableChange{MakeTable("sales", "orders")}).has_value());
  }
  MoveTablePointerChange MovePointer(const std::string& from, const std::string& to) {
    MoveTablePointerChange move;
    move.project = kTestProject;
    move.uuid = "uuid-of-orders";
    move.expected_metadata_location = "/warehouse/uuid-of-orders/" + from;
    move.new_metadata_location = "/warehouse/uuid-of-orders/" + to;
    move.changed_ms = 99;
    return move;
  }
  std::string Pointer() {
    return catalog().FindTable(kTestProject, "sales", "orders")->value().metadata_location;
  }
  JobId InsertRunning() {
    Job job = MakeJob({.type = JobType::kInsert});
    EXPECT_TRUE(jobs().Insert(job, std::nullopt).has_value());
    EXPECT_TRUE(jobs().Claim({job.id, 1}).has_value());
    EXPECT_TRUE(jobs().Start({job.id, 1}).has_value());
    return job.id;
  }
  static ChangeContext CommitOf(const JobId& id, int attempt) {
    ChangeContext context;
    context.fence = AttemptFence{id, attempt};
    context.marker = CommitMarker{id, attempt, 77, 3, 1, 1000};
    return context;
  }

  std::unique_ptr<StoreUnderTest> store_ = GetParam()();
};

INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogStoreContract, ::testing::Values(&MakeSqliteUnderTest));

TEST_P(CatalogStoreContract, AProjectIsBornWithItsDefaultDatabase) {
  ASSERT_OK(store_->identity().AddProject({kTestProject, "region", "d1", "sluice"}));
  auto databases = catalog().ListDatabases(kTestProject);
  ASSERT_OK(databases);
  ASSERT_EQ(databases->size(), 1u);
  EXPECT_EQ(databases->front().name, "default");
}

TEST_P(CatalogStoreContract, ADatabaseIsReadBackWhole) {
  ASSERT_OK(Apply(CreateDatabaseChange{MakeDatabase("sales")}));
  ASSERT_OK(Apply(CreateTableChange{MakeTable("sales", "a")}));
  store_->Reopen();
  DatabaseRecord database = catalog().FindDatabase(kTestProject, "sales")->value();
  EXPECT_EQ(database.project, kTestProject);
  EXPECT_EQ(database.owner, "anna");
  EXPECT_EQ(database.description, "for tests");
  EXPECT_EQ(database.enterprise_project_id, "0");
  EXPECT_EQ(database.tags, (std::vector<Tag>{{"k", "v"}}));
  EXPECT_EQ(database.created_ms, 1234);
  EXPECT_EQ(database.table_count, 1);
  EXPECT_FALSE(catalog().FindDatabase(ProjectId("other"), "sales")->has_value());
}

TEST_P(CatalogStoreContract, ATableIsReadBackWhole) {
  CreateSales();
  store_->Reopen();
  for (bool by_uuid : {false, true}) {
    auto found = by_uuid ? catalog().FindTableByUuid(kTestProject, "uuid-of-orders")
                         : catalog().FindTable(kTestProject, "sales", "orders");
    ASSERT_OK(found);
    ASSERT_TRUE(found->has_value());
    const TableRecord& table = **found;
    TableRecord expected = MakeTable("sales", "orders");
    EXPECT_EQ(table.database, "sales");
    EXPECT_EQ(table.name, "orders");
    EXPECT_EQ(table.uuid, expected.uuid);
    EXPECT_EQ(table.owner, expected.owner);
    EXPECT_EQ(table.comment, expected.comment);
    EXPECT_EQ(table.declared_schema, expected.declared_schema);
    EXPECT_EQ(table.format, expected.format);
    EXPECT_EQ(table.location, expected.location);
    EXPECT_EQ(table.metadata_location, expected.metadata_location);
    EXPECT_EQ(table.properties, expected.properties);
    EXPECT_EQ(table.created_ms, 10);
    EXPECT_EQ(table.last_changed_ms, 10);
  }
}

TEST_P(CatalogStoreContract, ListsAreSortedByName) {
  for (const char* name : {"b", "a", "c"})
    ASSERT_OK(Apply(CreateDatabaseChange{MakeDatabase(name)}));
  for (const char* name : {"z", "x", "y"})
    ASSERT_OK(Apply(CreateTableChange{MakeTable("a", name)}));
  auto databases = catalog().ListDatabases(kTestProject);
  std::vector<std::string> names;
  for (const DatabaseRecord& database : *databases) names.push_back(database.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  names.clear();
  auto tables = catalog().ListTables(kTestProject, "a");
  for (const TableRecord& table : *tables) names.push_back(table.name);
  EXPECT_THAT(names, ElementsAre("x", "y", "z"));
}

TEST_P(CatalogStoreContract, DuplicatesAreRefused) {
  CreateSales();
  EXPECT_CODE(ErrorCode::kAlreadyExists, Apply(CreateDatabaseChange{MakeDatabase("sales")}));
  EXPECT_CODE(ErrorCode::kAlreadyExists, Apply(CreateTableChange{MakeTable("sales", "orders")}));
}

TEST_P(CatalogStoreContract, MissingThingsAreNotFoundInTheDocumentedWords) {
  CreateSales();
  Result<void> no_database = Apply(CreateTableChange{MakeTable("nowhere", "t")});
  EXPECT_CODE(ErrorCode::kNotFound, no_database);
  EXPECT_EQ(no_database.error().message, "There is no database named nowhere");
  Result<void> no_table = Apply(DropTableChange{kTestProject, "sales", "nothing"});
  EXPECT_CODE(ErrorCode::kNotFound, no_table);
  EXPECT_EQ(no_table.error().message, "There is no table named nothing");
  EXPECT_CODE(ErrorCode::kNotFound, Apply(DropDatabaseChange{kTestProject, "nowhere"}));
  EXPECT_CODE(ErrorCode::kNotFound, Apply(SetDatabaseOwnerChange{kTestProject, "nowhere", "x"}));
  EXPECT_CODE(ErrorCode::kNotFound,
              Apply(RenameTableChange{kTestProject, "sales", "nothing", "sales", "new"}));
}

TEST_P(CatalogStoreContract, AnOwnerChanges) {
  CreateSales();
  ASSERT_OK(Apply(SetDatabaseOwnerChange{kTestProject, "sales", "bert"}));
  EXPECT_EQ(catalog().FindDatabase(kTestProject, "sales")->value().owner, "bert");
}

TEST_P(CatalogStoreContract, ADatabaseWithTablesGoesOnlyWithCascade) {
  CreateSales();
  EXPECT_CODE(ErrorCode::kFailedPrecondition, Apply(DropDatabaseChange{kTestProject, "sales"}));
  store_->clock().Advance(1000);
  ASSERT_OK(Apply(DropDatabaseChange{kTestProject, "sales", true}));
  EXPECT_FALSE(catalog().FindDatabase(kTestProject, "sales")->has_value());
  EXPECT_FALSE(catalog().FindTable(kTestProject, "sales", "orders")->has_value());
  EXPECT_THAT(*catalog().ListDroppedLocations(store_->served().NowMs() + 1),
              ElementsAre("/warehouse/uuid-of-orders"));
}

TEST_P(CatalogStoreContract, EveryTableIsListedByItsKey) {
  EXPECT_THAT(*catalog().ListTableKeys(), IsEmpty());
  CreateSales();
  ASSERT_EQ(catalog().ListTableKeys()->size(), 1u);
  EXPECT_EQ(catalog().ListTableKeys()->front().project, kTestProject);
  EXPECT_EQ(catalog().ListTableKeys()->front().uuid, "uuid-of-orders");
}

TEST_P(CatalogStoreContract, AnUnreferencedFileIsToldOnceItHasBeenSoForLong) {
  CreateSales();
  const TableKey table{kTestProject, "uuid-of-orders"};
  EXPECT_THAT(*catalog().KeepUnreferenced(table, {"a", "b"}, 100, 100), IsEmpty());
  store_->Reopen();
  EXPECT_THAT(*catalog().KeepUnreferenced(table, {"c", "b", "a"}, 200, 101), ElementsAre("a", "b"));
  EXPECT_THAT(*catalog().KeepUnreferenced({kTestProject, ""}, {"a"}, 200, 150), IsEmpty());
  // A file that was named again in between begins anew.
  EXPECT_THAT(*catalog().KeepUnreferenced(table, {"b"}, 300, 101), ElementsAre("b"));
  EXPECT_THAT(*catalog().KeepUnreferenced(table, {"a", "b"}, 400, 301), ElementsAre("b"));
}

TEST_P(CatalogStoreContract, TheFilesOfADroppedTableAreForgotten) {
  CreateSales();
  const TableKey table{kTestProject, "uuid-of-orders"};
  ASSERT_OK(catalog().KeepUnreferenced(table, {"a"}, 100, 100));
  ASSERT_OK(Apply(DropTableChange{kTestProject, "sales", "orders"}));
  EXPECT_THAT(*catalog().KeepUnreferenced(table, {"a"}, 300, 200), IsEmpty());
}

TEST_P(CatalogStoreContract, ADroppedTablesFolderIsRememberedUntilForgotten) {
  CreateSales();
  ASSERT_OK(Apply(DropTableChange{kTestProject, "sales", "orders"}));
  std::int64_t now_ms = store_->served().NowMs();
  store_->Reopen();
  EXPECT_THAT(*catalog().ListDroppedLocations(now_ms), IsEmpty());
  EXPECT_THAT(*catalog().ListDroppedLocations(now_ms + 1),
              ElementsAre("/warehouse/uuid-of-orders"));
  ASSERT_OK(catalog().ForgetDroppedLocation("/warehouse/uuid-of-orders"));
  EXPECT_THAT(*catalog().ListDroppedLocations(now_ms + 1), IsEmpty());
}

TEST_P(CatalogStoreContract, ARenameKeepsEverythingElse) {
  CreateSales();
  ASSERT_OK(Apply(CreateDatabaseChange{MakeDatabase("archive")}));
  ASSERT_OK(Apply(RenameTableChange{kTestProject, "sales", "orders", "archive", "old_orders"}));
  EXPECT_FALSE(catalog().FindTable(kTestProject, "sales", "orders")->has_value());
  TableRecord table = catalog().FindTable(kTestProject, "archive", "old_orders")->value();
  EXPECT_EQ(table.uuid, "uuid-of-orders");
  EXPECT_EQ(table.location, "/warehouse/uuid-of-orders");
  ASSERT_OK(Apply(CreateTableChange{MakeTable("sales", "other")}));
  EXPECT_CODE(ErrorCode::kAlreadyExists,
              Apply(RenameTableChange{kTestProject, "sales", "other", "archive", "old_orders"}));
}

TEST_P(CatalogStoreContract, APointerMovesByCompareAndSwap) {
  CreateSales();
  ASSERT_OK(Apply(MovePointer("v1.json", "v2.json")));
  EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v2.json");
  EXPECT_EQ(catalog().FindTable(kTestProject, "sales", "orders")->value().last_changed_ms, 99);
  EXPECT_CODE(ErrorCode::kConflict, Apply(MovePointer("v1.json", "v3.json")));
  EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v2.json");
}

TEST_P(CatalogStoreContract, APointerMoveChangesTheSchemaOnlyWhenItSaysSo) {
  CreateSales();
  ASSERT_OK(Apply(MovePointer("v1.json", "v2.json")));
  auto schema = [&] {
    return catalog().FindTable(kTestProject, "sales", "orders")->value().declared_schema;
  };
  EXPECT_EQ(schema(), R"([{"name":"a"}])");
  MoveTablePointerChange move = MovePointer("v2.json", "v3.json");
  move.declared_schema = "[]";
  ASSERT_OK(Apply(move));
  EXPECT_EQ(schema(), "[]");
}

TEST_P(CatalogStoreContract, ChangesHappenTogetherOrNotAtAll) {
  CreateSales();
  EXPECT_CODE(ErrorCode::kConflict, catalog().Apply({CreateDatabaseChange{MakeDatabase("new")},
                                                     CreateTableChange{MakeTable("new", "t")},
                                                     MovePointer("wrong.json", "v2.json")},
                                                    {}));
  store_->Reopen();
  EXPECT_FALSE(catalog().FindDatabase(kTestProject, "new")->has_value());
  EXPECT_FALSE(catalog().FindTable(kTestProject, "new", "t")->has_value());
}

TEST_P(CatalogStoreContract, ACommitLeavesItsMarkerWithTheJob) {
  CreateSales();
  JobId id = InsertRunning();
  EXPECT_FALSE(jobs().FindMarker(id)->has_value());
  ASSERT_OK(Apply(MovePointer("v1.json", "v2.json"), CommitOf(id, 1)));
  store_->Reopen();
  CommitMarker marker = jobs().FindMarker(id)->value();
  EXPECT_EQ(marker.job, id);
  EXPECT_EQ(marker.attempt, 1);
  EXPECT_EQ(marker.snapshot_id, 77);
  EXPECT_EQ(marker.rows, 3);
  EXPECT_EQ(marker.files, 1);
  EXPECT_EQ(marker.bytes, 1000);
  EXPECT_EQ(jobs().Get(kTestProject, id)->state, JobState::kRunning);
}

TEST_P(CatalogStoreContract, AnAttemptCommitsOnce) {
  CreateSales();
  JobId id = InsertRunning();
  ASSERT_OK(Apply(MovePointer("v1.json", "v2.json"), CommitOf(id, 1)));
  EXPECT_CODE(ErrorCode::kConflict, Apply(MovePointer("v2.json", "v3.json"), CommitOf(id, 1)));
  EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v2.json");
}

TEST_P(CatalogStoreContract, AnAttemptWithoutItsRightHasNoEffect) {
  CreateSales();
  Job unclaimed = MakeJob({});
  ASSERT_OK(jobs().Insert(unclaimed, std::nullopt));
  JobId overtaken = InsertRunning();
  ASSERT_OK(jobs().Claim({overtaken, 2}));
  JobId cancelled = InsertRunning();
  ASSERT_OK(jobs().RequestCancel(kTestProject, cancelled, "by a test", 1, 1));
  JobId finished = InsertRunning();
  ASSERT_OK(jobs().Finish({finished, 1}, JobFinish{}));
  for (const ChangeContext& context :
       {CommitOf(unclaimed.id, 0), CommitOf(unclaimed.id, 1), CommitOf(overtaken, 1),
        CommitOf(cancelled, 1), CommitOf(finished, 1), CommitOf(JobId(MakeUuidV7(1)), 1)}) {
    EXPECT_CODE(ErrorCode::kConflict, Apply(MovePointer("v1.json", "v2.json"), context));
    EXPECT_FALSE(jobs().FindMarker(context.fence->job)->has_value());
  }
  EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v1.json");
}

TEST_P(CatalogStoreContract, AJobWithAMarkerCanOnlyBeFinished) {
  CreateSales();
  JobId id = InsertRunning();
  ASSERT_OK(Apply(MovePointer("v1.json", "v2.json"), CommitOf(id, 1)));
  Result<CancelOutcome> cancelled = jobs().RequestCancel(kTestProject, id, "late", 1, 1);
  EXPECT_CODE(ErrorCode::kFailedPrecondition, cancelled);
  EXPECT_EQ(cancelled.error().message, "The job has already finished");
  JobFinish finish;
  finish.state = JobState::kFailed;
  EXPECT_CODE(ErrorCode::kFailedPrecondition, jobs().Finish({id, 1}, finish));
  finish.state = JobState::kFinished;
  ASSERT_OK(jobs().Finish({id, 1}, finish));
}

TEST_P(CatalogStoreContract, JobsThatCommitTogetherGetTheirMarkersAndTheirEnds) {
  CreateSales();
  std::vector<ChangeContext> contexts;
  for (int i = 0; i < 3; ++i) {
    contexts.push_back(CommitOf(InsertRunning(), 1));
    contexts.back().marker->rows = i;
    contexts.back().finish = JobFinish{};
    contexts.back().finish->counts.result_count = 10 + i;
  }
  ASSERT_OK(catalog().ApplyTogether({MovePointer("v1.json", "v2.json")}, contexts));
  store_->Reopen();
  EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v2.json");
  for (int i = 0; i < 3; ++i) {
    const JobId& id = contexts[static_cast<std::size_t>(i)].fence->job;
    EXPECT_EQ(jobs().FindMarker(id)->value().rows, i);
    Job job = jobs().Get(kTestProject, id).value();
    EXPECT_EQ(job.state, JobState::kFinished);
    EXPECT_EQ(job.counts.result_count, 10 + i);
  }
}

TEST_P(CatalogStoreContract, OneJobWithoutItsRightRefusesAllThatCommitWithIt) {
  CreateSales();
  for (int broken = 0; broken < 3; ++broken) {
    std::vector<ChangeContext> contexts;
    for (int i = 0; i < 3; ++i) {
      contexts.push_back(CommitOf(InsertRunning(), 1));
      contexts.back().finish = JobFinish{};
    }
    const JobId bad = contexts[static_cast<std::size_t>(broken)].fence->job;
    ASSERT_OK(jobs().RequestCancel(kTestProject, bad, "no", 1, 1));
    EXPECT_CODE(ErrorCode::kConflict,
                catalog().ApplyTogether({MovePointer("v1.json", "v2.json")}, contexts));
    EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v1.json");
    for (const ChangeContext& context : contexts) {
      EXPECT_FALSE(jobs().FindMarker(context.fence->job)->has_value());
      EXPECT_NE(jobs().Get(kTestProject, context.fence->job)->state, JobState::kFinished);
    }
    // The others may go on without it.
    contexts.erase(contexts.begin() + broken);
    MoveTablePointerChange again = MovePointer("v1.json", "v1.json");
    ASSERT_OK(catalog().ApplyTogether({again}, contexts));
  }
}

TEST_P(CatalogStoreContract, ARefusedChangeEndsNobodysJob) {
  CreateSales();
  std::vector<ChangeContext> contexts = {CommitOf(InsertRunning(), 1),
                                         CommitOf(InsertRunning(), 1)};
  for (ChangeContext& context : contexts) context.finish = JobFinish{};
  EXPECT_CODE(ErrorCode::kConflict,
              catalog().ApplyTogether({MovePointer("v7.json", "v8.json")}, contexts));
  for (const ChangeContext& context : contexts) {
    EXPECT_FALSE(jobs().FindMarker(context.fence->job)->has_value());
    EXPECT_EQ(jobs().Get(kTestProject, context.fence->job)->state, JobState::kRunning);
  }
}

TEST_P(CatalogStoreContract, OneAttemptCannotCommitTwiceAtOnce) {
  CreateSales();
  const ChangeContext context = CommitOf(InsertRunning(), 1);
  EXPECT_FALSE(catalog().ApplyTogether({MovePointer("v1.json", "v2.json")}, {context, context}));
  EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v1.json");
  EXPECT_FALSE(jobs().FindMarker(context.fence->job)->has_value());
}

TEST_P(CatalogStoreContract, WithoutAContextChangesAreNobodys) {
  CreateSales();
  ASSERT_OK(catalog().ApplyTogether({MovePointer("v1.json", "v2.json")}, {}));
  EXPECT_EQ(Pointer(), "/warehouse/uuid-of-orders/v2.json");
}

TEST_P(CatalogStoreContract, AStatementOfTheServerEndsItsJobInTheSameTransaction) {
  CreateSales();
  JobId id = InsertRunning();
  ChangeContext context;
  context.fence = AttemptFence{id, 1};
  context.finish = JobFinish{};
  context.finish->duration_ms = 12;
  EXPECT_CODE(ErrorCode::kNotFound, Apply(DropTableChange{kTestProject, "sales", "none"}, context));
  EXPECT_EQ(jobs().Get(kTestProject, id)->state, JobState::kRunning);
  ASSERT_OK(Apply(DropTableChange{kTestProject, "sales", "orders"}, context));
  EXPECT_EQ(jobs().Get(kTestProject, id)->state, JobState::kFinished);
  JobFilter filter;
  filter.project = kTestProject;
  filter.state = JobState::kFinished;
  EXPECT_EQ(jobs().List(filter)->job_count, 1);
}

}  // namespace

}  // namespace sluice
