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
  const std::string parent =
      seen == "null" ? std::string() : fmt::format(R"("parent-snapshot-id":{},)", seen);
  return ParseObject(fmt::format(
      R"json({{"identifier":{{"namespace":["DB"],"name":"T"}},
          "requirements":[{{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":{}}}],
          "updates":[{{"action":"add-snapshot","snapshot":{{{}"snapshot-id":{},
                      "sequence-number":{},"timestamp-ms":2000,
                      "manifest-list":"file:///w/u1/metadata/{}.avro",
                      "summary":{{"operation":"append","added-records":"{}",
                                  "added-data-files":"1"}}}}}},
                     {{"action":"set-snapshot-ref","ref-name":"main","type":"branch",
                       "snapshot-id":{}}}]}})json",
      seen, parent, id, sequence, id, rows, id));
}

Result<CommittedTable> Insert(const TableMetadata& base, int id, int sequence, int rows,
                              const std::string& seen) {
  const json::object request = MakeInsert(id, sequence, rows, seen);
  return ApplyTableCommit(*ParseTableCommit(request), base, 3000);
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
  auto first = Insert(MakeTable(), 1, 1, 5, "null");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->added.rows, 5);
  EXPECT_EQ(first->added.files, 1);
  EXPECT_EQ(first->added.snapshot_id, 1);
  EXPECT_EQ(first->metadata.Totals().rows, 5);
}

TEST(TableCommit, AStaleAppendIsAConflict) {
  auto first = Insert(MakeTable(), 1, 1, 5, "null");
  auto second = Insert(first->metadata, 2, 2, 5, "null");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST(TableCommit, FileSizesCanBeAddedLater) {
  auto first = Insert(MakeTable(), 1, 1, 5, "null");
  ASSERT_TRUE(LacksFileSizes(*first));
  SetAddedBytes(700, &*first);
  EXPECT_FALSE(LacksFileSizes(*first));
  EXPECT_EQ(first->metadata.Totals().bytes, 700);
  EXPECT_EQ(first->added.bytes, 700);
  auto second = Insert(first->metadata, 2, 2, 1, "1");
  SetAddedBytes(100, &*second);
  EXPECT_EQ(second->metadata.Totals().bytes, 800);
}

TEST(TableCommit, EveryUpdateIsApplied) {
  const json::object request = ParseObject(
      R"({"requirements":[],"updates":[{"action":"set-properties","updates":{"a":"b"}}]})");
  auto applied = ApplyTableCommit(*ParseTableCommit(request), MakeTable(), 1);
  ASSERT_TRUE(applied);
  EXPECT_EQ(FindText(applied->metadata.Object("properties"), "a"), "b");
}

}  // namespace
}  // namespace sluice
