#include "lake/requirement.h"

#include <gtest/gtest.h>

#include "lake/metadata_update.h"

namespace sluice {
namespace {

json::object ParseObject(std::string_view text) { return ParseJson(text)->as_object(); }

TableMetadata MakeMetadata() {
  DeclaredTable table;
  table.columns = {{"id", TypeId::kInt, true, ""}, {"day", TypeId::kDate, true, ""}};
  table.partition_columns = {"day"};
  TableMetadata metadata = *TableMetadata::Make("u1", "file:///w/u1", table, {}, 1000);
  MetadataUpdater updater(&metadata);
  EXPECT_TRUE(updater.Apply(ParseObject(
      R"({"action":"add-snapshot","snapshot":{"snapshot-id":5,"sequence-number":1,
          "timestamp-ms":2000,"manifest-list":"file:///w/u1/metadata/s.avro","summary":{}}})")));
  EXPECT_TRUE(updater.Apply(ParseObject(
      R"({"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":5})")));
  return metadata;
}

Result<void> Check(std::string_view text) {
  return CheckRequirement(ParseObject(text), MakeMetadata());
}

struct Case {
  const char* holds;
  const char* fails;
};
constexpr Case kCases[] = {
    {R"({"type":"assert-table-uuid","uuid":"u1"})", R"({"type":"assert-table-uuid","uuid":"u2"})"},
    {R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":5})",
     R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":6})"},
    {R"({"type":"assert-ref-snapshot-id","ref":"other","snapshot-id":null})",
     R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null})"},
    {R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":2})",
     R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":3})"},
    {R"({"type":"assert-current-schema-id","current-schema-id":0})",
     R"({"type":"assert-current-schema-id","current-schema-id":1})"},
    {R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":1000})",
     R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":999})"},
    {R"({"type":"assert-default-spec-id","default-spec-id":0})",
     R"({"type":"assert-default-spec-id","default-spec-id":4})"},
    {R"({"type":"assert-default-sort-order-id","default-sort-order-id":0})",
     R"({"type":"assert-default-sort-order-id","default-sort-order-id":1})"},
};

TEST(Requirement, HoldsWhenTheTableIsAsTheClientSawIt) {
  for (const Case& c : kCases) EXPECT_TRUE(Check(c.holds)) << c.holds;
}

TEST(Requirement, IsAConflictWhenTheTableIsAnother) {
  for (const Case& c : kCases) {
    auto checked = Check(c.fails);
    ASSERT_FALSE(checked) << c.fails;
    EXPECT_EQ(checked.error().code, ErrorCode::kConflict) << c.fails;
  }
}

TEST(Requirement, MalformedAndUnknownOnesAreTheClientsFault) {
  for (const char* text :
       {R"({"type":"assert-ref-snapshot-id","snapshot-id":5})",
        R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":"5"})",
        R"({"type":"assert-current-schema-id"})", R"({"type":"assert-the-moon"})", R"({})"}) {
    auto checked = Check(text);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument) << text;
  }
}

TEST(Requirement, CreationIsTold) {
  EXPECT_TRUE(IsCreateRequirement(ParseObject(R"({"type":"assert-create"})")));
  EXPECT_FALSE(IsCreateRequirement(ParseObject(kCases[0].holds)));
}

}  // namespace
}  // namespace sluice
