#include "lake/metadata_update.h"

#include <gtest/gtest.h>

#include <string>

#include "lake/json_access.h"

namespace sluice {
namespace {

json::object ParseObject(std::string_view text) { return ParseJson(text)->as_object(); }

class MetadataUpdate : public testing::Test {
 protected:
  MetadataUpdate() : metadata_(Make()), updater_(&metadata_) {}

  static TableMetadata Make() {
    DeclaredTable table;
    table.columns = {{"id", TypeId::kInt, true, ""}, {"name", TypeId::kString, true, ""}};
    return *TableMetadata::Make("u1", "file:///w/u1", table, {{"k", "v"}}, 1000);
  }

  Result<void> Apply(std::string_view text) { return updater_.Apply(ParseObject(text)); }
  ErrorCode CodeOf(std::string_view text) {
    auto applied = Apply(text);
    EXPECT_FALSE(applied) << text;
    return applied ? ErrorCode::kInternal : applied.error().code;
  }
  Result<void> AddSnapshot(int id, int sequence, std::int64_t time_ms = 2000) {
    return Apply(fmt::format(
        R"({{"action":"add-snapshot","snapshot":{{"snapshot-id":{},"sequence-number":{},
            "timestamp-ms":{},"manifest-list":"file:///w/u1/metadata/s{}.avro",
            "summary":{{"operation":"append"}}}}}})",
        id, sequence, time_ms, id));
  }
  Result<void> SetMain(int id) {
    return Apply(fmt::format(R"({{"action":"set-snapshot-ref","ref-name":"main","type":"branch",
                                 "snapshot-id":{}}})",
                             id));
  }

  TableMetadata metadata_;
  MetadataUpdater updater_;
};

TEST_F(MetadataUpdate, AUuidIsAssignedOnceOnly) {
  EXPECT_TRUE(Apply(R"({"action":"assign-uuid","uuid":"u1"})"));
  EXPECT_EQ(CodeOf(R"({"action":"assign-uuid","uuid":"u2"})"), ErrorCode::kInvalidArgument);
  TableMetadata empty = TableMetadata::Empty(0);
  MetadataUpdater updater(&empty);
  EXPECT_TRUE(updater.Apply(ParseObject(R"({"action":"assign-uuid","uuid":"u2"})")));
  EXPECT_EQ(empty.uuid(), "u2");
}

TEST_F(MetadataUpdate, StatisticsLieInTheTablesFolder) {
  for (const char* path : {"file:///etc/passwd", "file:///w/u1/../u2/x", "file:///w/u10/x", ""}) {
    EXPECT_EQ(CodeOf(fmt::format(R"({{"action":"set-statistics","statistics":{{"snapshot-id":1,
                                     "statistics-path":"{}"}}}})",
                                 path)),
              ErrorCode::kInvalidArgument)
        << path;
  }
}

TEST_F(MetadataUpdate, AnAbsurdSnapshotIsRefused) {
  constexpr const char* kForm =
      R"({{"action":"add-snapshot","snapshot":{{"snapshot-id":7,"sequence-number":{},
          "timestamp-ms":{},"manifest-list":"{}","summary":{{}}{}}}}})";
  auto code_of = [&](const char* sequence, const char* time, const char* list, const char* more) {
    return CodeOf(fmt::format(kForm, sequence, time, list, more));
  };
  constexpr const char* kList = "file:///w/u1/metadata/a.avro";
  constexpr ErrorCode kRefused = ErrorCode::kInvalidArgument;
  EXPECT_EQ(code_of("1", "9223372036854775807", kList, ""), kRefused);
  EXPECT_EQ(code_of("1", "-1", kList, ""), kRefused);
  EXPECT_EQ(code_of("9223372036854775807", "1", kList, ""), kRefused);
  EXPECT_EQ(code_of("1", "1", "file:///w/u1/..", ""), kRefused);
  EXPECT_EQ(code_of("1", "1", "file:///w/u2/metadata/a.avro", ""), kRefused);
  EXPECT_EQ(code_of("1", "1", kList, R"(,"parent-snapshot-id":7)"), kRefused);
  EXPECT_EQ(code_of("1", "1", kList, R"(,"parent-snapshot-id":8)"), kRefused);
}

TEST_F(MetadataUpdate, TheHistoryOfSnapshotsHasNoCircle) {
  ASSERT_TRUE(AddSnapshot(1, 1));
  ASSERT_TRUE(Apply(R"({"action":"add-snapshot","snapshot":{"snapshot-id":2,"sequence-number":2,
                        "timestamp-ms":2000,"manifest-list":"file:///w/u1/metadata/s.avro",
                        "parent-snapshot-id":1,"summary":{}}})"));
  ASSERT_TRUE(Apply(R"({"action":"remove-snapshots","snapshot-ids":[1]})"));
  EXPECT_FALSE(AddSnapshot(1, 3));
  EXPECT_TRUE(AddSnapshot(3, 3));
}

TEST_F(MetadataUpdate, APartitionSpecNeedsKnownTransformsAndIdsOfItsOwn) {
  auto add = [&](const char* fields) {
    return Apply(fmt::format(R"({{"action":"add-spec","spec":{{"fields":[{}]}}}})", fields));
  };
  for (const char* transform : {"identity", "bucket[16]", "truncate[4]", "day"}) {
    EXPECT_TRUE(
        add(fmt::format(R"({{"source-id":1,"name":"a","transform":"{}"}})", transform).c_str()));
  }
  for (const char* transform :
       {"", "sum", "bucket", "bucket[0]", "bucket[99999999999]", "truncate[-1]", "identity "}) {
    EXPECT_FALSE(
        add(fmt::format(R"({{"source-id":1,"name":"a","transform":"{}"}})", transform).c_str()))
        << transform;
  }
  EXPECT_FALSE(add(R"({"source-id":1,"name":"a","transform":"identity","field-id":-4})"));
  EXPECT_FALSE(add(R"({"source-id":1,"name":"a","transform":"identity","field-id":99999999999})"));
  EXPECT_FALSE(add(R"({"source-id":1,"name":"a","transform":"identity","field-id":1000},
                      {"source-id":2,"name":"b","transform":"identity","field-id":1000})"));
}

TEST_F(MetadataUpdate, ALastColumnIdPastAllIdsIsRefused) {
  EXPECT_EQ(CodeOf(R"({"action":"add-schema","last-column-id":9223372036854775807,"schema":{
                       "type":"struct","fields":[
                         {"id":1,"name":"x","required":false,"type":"int"}]}})"),
            ErrorCode::kInvalidArgument);
}

TEST_F(MetadataUpdate, OnlyFormatVersionTwoIsTaken) {
  EXPECT_TRUE(Apply(R"({"action":"upgrade-format-version","format-version":2})"));
  EXPECT_EQ(CodeOf(R"({"action":"upgrade-format-version","format-version":3})"),
            ErrorCode::kUnsupported);
}

TEST_F(MetadataUpdate, AnAddedSchemaCanBecomeCurrentAsLastAdded) {
  ASSERT_TRUE(Apply(R"({"action":"add-schema","last-column-id":3,"schema":{"type":"struct",
      "fields":[{"id":1,"name":"id","required":false,"type":"long"},
                {"id":3,"name":"more","required":false,"type":"date"}]}})"));
  EXPECT_EQ(metadata_.Number("current-schema-id"), 0);
  ASSERT_TRUE(Apply(R"({"action":"set-current-schema","schema-id":-1})"));
  EXPECT_EQ(metadata_.Number("current-schema-id"), 1);
  EXPECT_EQ(metadata_.Number("last-column-id"), 3);
  ASSERT_TRUE(Apply(R"({"action":"remove-schemas","schema-ids":[0]})"));
  EXPECT_EQ(metadata_.FindSchema(0), nullptr);
  EXPECT_EQ(CodeOf(R"({"action":"remove-schemas","schema-ids":[1]})"), ErrorCode::kInvalidArgument);
}

TEST_F(MetadataUpdate, AnEqualSchemaKeepsItsId) {
  json::object update{{"action", "add-schema"}, {"schema", metadata_.CurrentSchema()}};
  update["schema"].as_object()["schema-id"] = 9;
  ASSERT_TRUE(updater_.Apply(update));
  EXPECT_EQ(metadata_.Array("schemas").size(), 1U);
  ASSERT_TRUE(Apply(R"({"action":"set-current-schema","schema-id":-1})"));
  EXPECT_EQ(metadata_.Number("current-schema-id"), 0);
}

TEST_F(MetadataUpdate, SchemasSparkCannotReadAreRefused) {
  EXPECT_EQ(CodeOf(R"({"action":"add-schema","schema":{"type":"struct","fields":[
      {"id":1,"name":"t","required":false,"type":"time"}]}})"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(R"({"action":"set-current-schema","schema-id":-1})"),
            ErrorCode::kInvalidArgument);
}

TEST_F(MetadataUpdate, APartitionFieldGetsTheNextId) {
  ASSERT_TRUE(Apply(R"({"action":"add-spec","spec":{"fields":[
      {"source-id":2,"name":"name","transform":"identity"}]}})"));
  ASSERT_TRUE(Apply(R"({"action":"set-default-spec","spec-id":-1})"));
  EXPECT_EQ(metadata_.Number("default-spec-id"), 1);
  EXPECT_EQ(metadata_.Number("last-partition-id"), 1000);
  EXPECT_EQ(metadata_.DefaultSpec().at("fields").at(0).at("field-id"), 1000);
  ASSERT_TRUE(Apply(R"({"action":"remove-partition-specs","spec-ids":[0]})"));
  EXPECT_EQ(metadata_.Array("partition-specs").size(), 1U);
  EXPECT_EQ(CodeOf(R"({"action":"add-spec","spec":{"fields":[
      {"source-id":77,"name":"x","transform":"identity"}]}})"),
            ErrorCode::kInvalidArgument);
}

TEST_F(MetadataUpdate, TablesStayUnsorted) {
  EXPECT_TRUE(Apply(R"({"action":"add-sort-order","sort-order":{"order-id":0,"fields":[]}})"));
  EXPECT_TRUE(Apply(R"({"action":"set-default-sort-order","sort-order-id":-1})"));
  EXPECT_EQ(CodeOf(R"({"action":"add-sort-order","sort-order":{"order-id":1,"fields":[
      {"source-id":1,"transform":"identity","direction":"asc","null-order":"nulls-first"}]}})"),
            ErrorCode::kUnsupported);
}

TEST_F(MetadataUpdate, ASnapshotOnMainIsTheCurrentOne) {
  ASSERT_TRUE(AddSnapshot(11, 1));
  EXPECT_FALSE(metadata_.current_snapshot_id());
  ASSERT_TRUE(SetMain(11));
  EXPECT_EQ(metadata_.current_snapshot_id(), 11);
  EXPECT_EQ(metadata_.FindRef("main"), 11);
  EXPECT_EQ(metadata_.Number("last-sequence-number"), 1);
  EXPECT_EQ(metadata_.Array("snapshot-log").size(), 1U);
  EXPECT_EQ(updater_.added_snapshot()->at("schema-id"), 0);
}

TEST_F(MetadataUpdate, ASnapshotThatDoesNotFollowTheLastOneIsAConflict) {
  ASSERT_TRUE(AddSnapshot(11, 1));
  auto stale = AddSnapshot(12, 1);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, ErrorCode::kConflict);
  EXPECT_FALSE(AddSnapshot(11, 2));  // the id is taken
}

TEST_F(MetadataUpdate, ASnapshotOutsideTheTablesFolderIsRefused) {
  for (const char* list : {"file:///etc/s.avro", "/w/u1/metadata/s.avro", "file:///w/u12/s.avro",
                           "file:///w/u1/../u2/s.avro", "file:/w/u12/s.avro",
                           "file:/w/u1/../u2/s.avro", "file:w/u1/s.avro", ""}) {
    json::object snapshot{{"snapshot-id", 1},
                          {"sequence-number", 1},
                          {"timestamp-ms", 1},
                          {"manifest-list", list},
                          {"summary", json::object()}};
    EXPECT_FALSE(updater_.Apply({{"action", "add-snapshot"}, {"snapshot", snapshot}})) << list;
  }
}

// Iceberg's HadoopFileIO, and so Spark, writes file:/w for file:///w.
TEST_F(MetadataUpdate, ASnapshotMayNameItsFileAsHadoopDoes) {
  const json::object snapshot{{"snapshot-id", 1},
                              {"sequence-number", 1},
                              {"timestamp-ms", 1},
                              {"manifest-list", "file:/w/u1/metadata/s.avro"},
                              {"summary", json::object()}};
  EXPECT_TRUE(updater_.Apply({{"action", "add-snapshot"}, {"snapshot", snapshot}}));
}

TEST_F(MetadataUpdate, TimeNeverRunsBackInTheHistory) {
  ASSERT_TRUE(AddSnapshot(11, 1, 5'000));
  ASSERT_TRUE(SetMain(11));
  ASSERT_TRUE(AddSnapshot(12, 2, 3'000));
  ASSERT_TRUE(SetMain(12));
  const json::array& log = metadata_.Array("snapshot-log");
  EXPECT_EQ(log.at(1).at("timestamp-ms"), 5'000);
  EXPECT_EQ(metadata_.Number("last-updated-ms"), 5'000);
}

TEST_F(MetadataUpdate, ReferencedSnapshotsStay) {
  ASSERT_TRUE(AddSnapshot(11, 1));
  ASSERT_TRUE(AddSnapshot(12, 2));
  ASSERT_TRUE(SetMain(12));
  EXPECT_FALSE(Apply(R"({"action":"remove-snapshots","snapshot-ids":[12]})"));
  EXPECT_TRUE(Apply(R"({"action":"remove-snapshots","snapshot-ids":[11]})"));
  EXPECT_EQ(metadata_.Array("snapshots").size(), 1U);
}

TEST_F(MetadataUpdate, RemovingMainEmptiesTheTable) {
  ASSERT_TRUE(AddSnapshot(11, 1));
  ASSERT_TRUE(SetMain(11));
  ASSERT_TRUE(Apply(R"({"action":"set-snapshot-ref","ref-name":"t1","type":"tag",
                        "snapshot-id":11})"));
  ASSERT_TRUE(Apply(R"({"action":"remove-snapshot-ref","ref-name":"main"})"));
  EXPECT_FALSE(metadata_.current_snapshot_id());
  EXPECT_FALSE(metadata_.document().contains("current-snapshot-id"));
  ASSERT_TRUE(Apply(R"({"action":"remove-snapshot-ref","ref-name":"t1"})"));
  EXPECT_TRUE(metadata_.Object("refs").empty());
}

TEST_F(MetadataUpdate, TheLocationIsNotTheClientsToChoose) {
  EXPECT_TRUE(Apply(R"({"action":"set-location","location":"file:///w/u1"})"));
  EXPECT_EQ(CodeOf(R"({"action":"set-location","location":"file:///w/u2"})"),
            ErrorCode::kUnsupported);
}

TEST_F(MetadataUpdate, PropertiesAreSetAndRemoved) {
  ASSERT_TRUE(Apply(R"({"action":"set-properties","updates":{"a":"1","b":"2"}})"));
  ASSERT_TRUE(Apply(R"({"action":"remove-properties","removals":["a","k","never"]})"));
  EXPECT_EQ(metadata_.Object("properties"), json::object({{"b", "2"}}));
  EXPECT_EQ(CodeOf(R"({"action":"set-properties","updates":{"write.format.default":"orc"}})"),
            ErrorCode::kUnsupported);
  EXPECT_EQ(CodeOf(R"({"action":"set-properties","updates":{"write.data.path":"/etc"}})"),
            ErrorCode::kUnsupported);
}

TEST_F(MetadataUpdate, StatisticsFollowTheirSnapshot) {
  ASSERT_TRUE(AddSnapshot(11, 1));
  ASSERT_TRUE(Apply(R"({"action":"set-statistics","snapshot-id":11,"statistics":{"snapshot-id":11,
                        "statistics-path":"file:///w/u1/metadata/x"}})"));
  ASSERT_TRUE(Apply(R"({"action":"set-partition-statistics","partition-statistics":{
                        "snapshot-id":11,"statistics-path":"file:///w/u1/metadata/y"}})"));
  EXPECT_EQ(metadata_.Array("statistics").size(), 1U);
  ASSERT_TRUE(Apply(R"({"action":"remove-partition-statistics","snapshot-id":11})"));
  EXPECT_TRUE(metadata_.Array("partition-statistics").empty());
  ASSERT_TRUE(Apply(R"({"action":"remove-statistics","snapshot-id":11})"));
  EXPECT_TRUE(metadata_.Array("statistics").empty());
}

TEST_F(MetadataUpdate, UnknownAndMalformedUpdatesAreRefused) {
  EXPECT_EQ(CodeOf(R"({"action":"fly"})"), ErrorCode::kUnsupported);
  for (const char* action :
       {"assign-uuid", "upgrade-format-version", "add-schema", "set-current-schema",
        "remove-schemas", "add-spec", "set-default-spec", "remove-partition-specs",
        "add-sort-order", "set-default-sort-order", "add-snapshot", "set-snapshot-ref",
        "remove-snapshots", "remove-snapshot-ref", "set-location", "set-properties",
        "remove-properties", "set-statistics", "set-partition-statistics"}) {
    EXPECT_EQ(CodeOf(fmt::format(R"({{"action":"{}"}})", action)), ErrorCode::kInvalidArgument)
        << action;
  }
}

TEST_F(MetadataUpdate, TheNewestHundredSnapshotsAreKept) {
  for (int i = 1; i <= 130; ++i) {
    ASSERT_TRUE(AddSnapshot(i, i));
    ASSERT_TRUE(SetMain(i));
    if (i == 3) {
      ASSERT_TRUE(Apply(R"({"action":"set-snapshot-ref","ref-name":"keep","type":"tag",
                            "snapshot-id":3})"));
    }
    metadata_.ExpireSnapshots();
  }
  EXPECT_EQ(metadata_.Array("snapshots").size(), kSnapshotsMax);
  EXPECT_NE(metadata_.FindSnapshot(3), nullptr);
  EXPECT_EQ(metadata_.FindSnapshot(31), nullptr);
  EXPECT_NE(metadata_.FindSnapshot(32), nullptr);
  const json::array& log = metadata_.Array("snapshot-log");
  EXPECT_EQ(log.front().at("snapshot-id"), 32);
  EXPECT_EQ(log.back().at("snapshot-id"), 130);
}

TEST_F(MetadataUpdate, TheCurrentViewShowsNoBranchButMain) {
  ASSERT_TRUE(AddSnapshot(1, 1));
  ASSERT_TRUE(SetMain(1));
  ASSERT_TRUE(updater_.Apply({{"action", "set-snapshot-ref"},
                              {"ref-name", "b1"},
                              {"type", "branch"},
                              {"snapshot-id", 1}}));
  EXPECT_EQ(metadata_.CurrentView().Object("refs").size(), 1U);
  ASSERT_TRUE(updater_.Apply({{"action", "remove-snapshot-ref"}, {"ref-name", "main"}}));
  TableMetadata view = metadata_.CurrentView();
  EXPECT_TRUE(view.Array("snapshots").empty());
  EXPECT_TRUE(view.Object("refs").empty());
}

TEST_F(MetadataUpdate, TheCurrentViewDoesNotGrowWithAge) {
  ASSERT_TRUE(AddSnapshot(1, 1));
  ASSERT_TRUE(SetMain(1));
  const std::size_t young = metadata_.CurrentView().Serialize().size();
  for (int i = 2; i <= 90; ++i) {
    ASSERT_TRUE(AddSnapshot(i, i));
    ASSERT_TRUE(SetMain(i));
    metadata_.LogPreviousFile("file:///w/u1/metadata/x.json", 0);
  }
  EXPECT_LT(metadata_.CurrentView().Serialize().size(), young + 50);
  EXPECT_EQ(metadata_.Array("metadata-log").size(), kOldMetadataFilesMax);
}

}  // namespace
}  // namespace sluice
