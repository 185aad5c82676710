#include "lake/table_commit.h"

#include <gtest/gtest.h>

#include "lake/json_access.h"

namespace sluice {
namespace {

json::object ParseObject(std::string_view text) { return ParseJson(text)->as_object(); }

TableMetadata MakeTable() {
  DeclaredTable table;
  table.columns = {{"id", TypeId::kInt, true, ""}};
  return *TableMetadata::Make("u1", "file:///w/u1", table, {}, 1000);
}

/// The commit DuckDB sends for an INSERT that saw the snapshot `seen` ("null" or an id).
json::object MakeInsert(int id, int sequence, int rows, const std::string& seen) {
  return ParseObject(fmt::format(
      R"json({{"identifier":{{"namespace":["DB"],"name":"T"}},
          "requirements":[{{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":{}}}],
          "updates":[{{"action":"add-snapshot","snapshot":{{"snapshot-id":{},
                      "sequence-number":{},"timestamp-ms":2000,
                      "manifest-list":"file:///w/u1/metadata/{}.avro",
                      "summary":{{"operation":"append","added-records":"{}",
                                  "added-data-files":"1"}}}}}},
                     {{"action":"set-snapshot-ref","ref-name":"main","type":"branch",
                       "snapshot-id":{}}}]}})json",
      seen, id, sequence, id, rows, id));
}

Result<CommittedTable> Insert(const TableMetadata& base, WriteMode mode, int id, int sequence,
                              int rows, const std::string& seen) {
  const json::object request = MakeInsert(id, sequence, rows, seen);
  return CommitForAttempt(*ParseTableCommit(request), mode, base, 3000);
}

std::string Summary(const TableMetadata& metadata, std::string_view name) {
  const json::object* snapshot = metadata.FindSnapshot(*metadata.current_snapshot_id());
  return FindText(snapshot->at("summary").as_object(), name);
}

TEST(TableCommit, NamesAreFolded) {
  const json::object request = MakeInsert(1, 1, 1, "null");
  auto commit = ParseTableCommit(request);
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->database, "db");
  EXPECT_EQ(commit->table, "t");
  EXPECT_FALSE(commit->creates_table());
}

TEST(TableCommit, MalformedRequestsAreRefused) {
  for (const char* text :
       {"{}", R"({"requirements":[],"updates":1})", R"({"requirements":[1],"updates":[]})",
        R"({"requirements":[],"updates":[],"identifier":{"name":"t"}})",
        R"({"requirements":[],"updates":[],"identifier":{"namespace":[1],"name":"t"}})"}) {
    const json::object request = ParseObject(text);
    EXPECT_FALSE(ParseTableCommit(request)) << text;
  }
}

TEST(TableCommit, AppendsAddUp) {
  auto first = Insert(MakeTable(), WriteMode::kAppend, 1, 1, 5, "null");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->added.rows, 5);
  EXPECT_EQ(first->added.files, 1);
  EXPECT_EQ(first->added.snapshot_id, 1);
  EXPECT_EQ(first->metadata.Totals().rows, 5);
}

TEST(TableCommit, AStaleAppendIsAConflict) {
  auto first = Insert(MakeTable(), WriteMode::kAppend, 1, 1, 5, "null");
  auto second = Insert(first->metadata, WriteMode::kAppend, 2, 2, 5, "null");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST(TableCommit, AnOverwriteReplacesEverything) {
  auto first = Insert(MakeTable(), WriteMode::kAppend, 1, 1, 5, "null");
  auto second = Insert(first->metadata, WriteMode::kOverwrite, 2, 2, 3, "null");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->metadata.Totals().rows, 3);
  EXPECT_EQ(second->metadata.Totals().files, 1);
  EXPECT_EQ(Summary(second->metadata, "operation"), "overwrite");
  EXPECT_EQ(Summary(second->metadata, "deleted-records"), "5");
  EXPECT_EQ(Summary(second->metadata, "total-delete-files"), "0");
  const json::object* snapshot = second->metadata.FindSnapshot(2);
  EXPECT_EQ(FindInt(*snapshot, "parent-snapshot-id"), 1);
}

TEST(TableCommit, AnOverwriteThatLostTheRaceIsAConflict) {
  auto first = Insert(MakeTable(), WriteMode::kAppend, 1, 1, 5, "null");
  auto stale = Insert(first->metadata, WriteMode::kOverwrite, 2, 1, 3, "null");
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, ErrorCode::kConflict);
}

TEST(TableCommit, AnOverwriteOfAnEmptyTableHasNoParent) {
  auto first = Insert(MakeTable(), WriteMode::kOverwrite, 1, 1, 3, "null");
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->metadata.FindSnapshot(1)->contains("parent-snapshot-id"));
  EXPECT_EQ(first->metadata.Totals().rows, 3);
}

TEST(TableCommit, FileSizesCanBeAddedLater) {
  auto first = Insert(MakeTable(), WriteMode::kAppend, 1, 1, 5, "null");
  ASSERT_TRUE(LacksFileSizes(*first));
  SetAddedBytes(700, &*first);
  EXPECT_FALSE(LacksFileSizes(*first));
  EXPECT_EQ(first->metadata.Totals().bytes, 700);
  EXPECT_EQ(first->added.bytes, 700);
  auto second = Insert(first->metadata, WriteMode::kOverwrite, 2, 2, 1, "null");
  SetAddedBytes(100, &*second);
  EXPECT_EQ(second->metadata.Totals().bytes, 100);
  EXPECT_EQ(Summary(second->metadata, "removed-files-size"), "700");
}

TEST(TableCommit, AnAttemptChangesDataOnly) {
  const json::object request = ParseObject(
      R"({"requirements":[],"updates":[{"action":"set-properties","updates":{"a":"b"}}]})");
  const TableCommit commit = *ParseTableCommit(request);
  auto refused = CommitForAttempt(commit, WriteMode::kAppend, MakeTable(), 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(CommitForUser(commit, MakeTable(), 1));
}

TEST(TableCommit, AnOverwritingAttemptSeesNoData) {
  auto first = Insert(MakeTable(), WriteMode::kAppend, 1, 1, 5, "null");
  auto view = EmptyView(first->metadata.CurrentView().Serialize());
  ASSERT_TRUE(view);
  TableMetadata seen = *TableMetadata::Parse(*view);
  EXPECT_FALSE(seen.current_snapshot_id());
  EXPECT_TRUE(seen.Array("snapshots").empty());
  EXPECT_TRUE(seen.Object("refs").empty());
  EXPECT_EQ(seen.Number("last-sequence-number"), 1);
}

}  // namespace
}  // namespace sluice
