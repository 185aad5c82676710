#include "lake/table_write.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr std::int64_t kMib = std::int64_t{1} << 20;

TableWrite MakeWrite(const std::string& properties = "{}") {
  TableWrite write;
  write.folder = "/w/p/t/data/j-1";
  write.schema_json = R"json({"schema-id":0,"type":"struct","fields":[
      {"id":1,"name":"i","required":false,"type":"int"},
      {"id":2,"name":"m","required":false,"type":"decimal(38, 2)"
},
      {"id":3,"name":"st","required":false,"type":{"type":"struct","fields":[
        {"id":4,"name":"x","required":false,"type":"string"}]}},
      {"id":5,"name":"l","required":false,"type":
        {"type":"list","element-id":6,"element":"long","element-required":false}},
      {"id":7,"name":"mp","required":false,"type":
        {"type":"map","key-id":8,"key":"string","value-id":9,"value":"double",
         "value-required":false}}]
})json";
  write.spec_json = R"({"spec-id":0,"fields":[]})";
  write.properties_json = properties;
  return write;
}

WritePlan PlanOf(const std::string& properties) {
  Result<WritePlan> plan = ReadTableWrite(MakeWrite(properties));
  EXPECT_TRUE(plan) << properties;
  return plan.value_or(WritePlan());
}

TEST(TableWriteOrder, LeavesAreThoseOfTheSchema) {
  const WritePlan plan = PlanOf("{}");
  ASSERT_EQ(plan.leaves.size(), 6u);
  EXPECT_EQ(plan.modes.size(), 6u);
  const char* const names[] = {"i", "m", "st.x", "l.element", "mp.key", "mp.value"};
  const std::int32_t ids[] = {1, 2, 4, 6, 8, 9};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(plan.leaves[i].name, names[i]);
    EXPECT_EQ(plan.leaves[i].id, ids[i]);
    EXPECT_EQ(plan.leaves[i].is_repeated, i >= 3);
  }
  EXPECT_EQ(FindLeaf(plan.leaves, 4), &plan.leaves[2]);
  EXPECT_EQ(FindLeaf(plan.leaves, 3), nullptr) << "a struct is no leaf";
}

TEST(TableWriteOrder, WithoutPropertiesTheDefaultsCount) {
  const WritePlan plan = PlanOf("{}");
  EXPECT_EQ(plan.codec, "zstd");
  EXPECT_EQ(plan.target_file_bytes, 512 * kMib);
  EXPECT_EQ(plan.row_group_rows, 122'880);
}

TEST(TableWriteOrder, PropertiesAreHonoured) {
  const WritePlan plan = PlanOf(R"({"write.target-file-size-bytes":"1048576",
      "write.parquet.row-group-size-bytes":"1048576",
      "write.parquet.compression-codec":"SNAPPY","write.metadata.metrics.default":"none"})");
  EXPECT_EQ(plan.target_file_bytes, kMib);
  EXPECT_EQ(plan.codec, "snappy");
  EXPECT_LT(plan.row_group_rows, 122'880);
  EXPECT_EQ(plan.row_group_rows % 2'048, 0);
  EXPECT_EQ(plan.modes.front().kind, MetricsMode::Kind::kNone);
  EXPECT_EQ(PlanOf(R"({"write.parquet.compression-codec":"lz4"})").codec, "lz4_raw");
  EXPECT_EQ(PlanOf(R"({"write.parquet.compression-codec":"uncompressed"})").codec, "uncompressed");
  EXPECT_EQ(PlanOf(R"({"write.parquet.row-group-size-bytes":"65536"})").row_group_rows, 2'048);
}

TEST(TableWriteOrder, ValuesThatMakeNoSenseAreTheDefaults) {
  for (const char* value :
       {"", "0", "-1", "1", "x", "1e9", "1048576 ", "99999999999999999999999"}) {
    const WritePlan plan = PlanOf(fmt::format(
        R"({{"write.target-file-size-bytes":"{0}","write.parquet.row-group-size-bytes":"{0}",
            "write.parquet.compression-codec":"{0}"}})",
        value));
    EXPECT_EQ(plan.target_file_bytes, 512 * kMib) << value;
    EXPECT_EQ(plan.row_group_rows, 122'880) << value;
    EXPECT_EQ(plan.codec, "zstd") << value;
  }
  const WritePlan plan = PlanOf(R"({"write.target-file-size-bytes":5,
      "write.parquet.compression-codec":"zstd'); DROP TABLE t"})");
  EXPECT_EQ(plan.codec, "zstd");
  EXPECT_EQ(plan.target_file_bytes, 512 * kMib);
}

TEST(TableWriteOrder, WhatIsNoOrderIsRefused) {
  for (std::string TableWrite::*member :
       {&TableWrite::schema_json, &TableWrite::spec_json, &TableWrite::properties_json}) {
    for (const char* text : {"", "{", "[]", "1"}) {
      TableWrite write = MakeWrite();
      write.*member = text;
      EXPECT_FALSE(ReadTableWrite(write)) << text;
    }
  }
  TableWrite write = MakeWrite();
  write.spec_json =
      R"({"fields":[{"source-id":1,"field-id":1000,"name":"p","transform":"zorder"}]})";
  Result<WritePlan> plan = ReadTableWrite(write);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace sluice
