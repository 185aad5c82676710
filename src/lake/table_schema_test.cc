#include "lake/table_schema.h"

#include <gtest/gtest.h>

#include "lake/iceberg_types.h"

namespace sluice {
namespace {

TEST(DeclaredTable, SurvivesItsJsonText) {
  DeclaredTable table;
  table.columns = {
      {"a", DataType::Char(3), false, "first \"one\""},
      {"b", DataType::Map(DataType::Varchar(4), DataType::Array(TypeId::kTinyInt)), true, ""},
      {"c", DataType::Struct({{"odd, name:x>", DataType::Decimal(5, 2), true, "in"}}), true, ""}};
  table.partition_columns = {"a"};
  auto back = DecodeDeclaredTable(EncodeDeclaredTable(table));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->columns, table.columns);
  EXPECT_EQ(back->partition_columns, table.partition_columns);
}

TEST(DeclaredTable, DamagedTextIsOurFault) {
  for (const char* text :
       {"", "[]", "{}", R"({"columns":[1],"partition":[]})", R"({"columns":[],"partition":[3]})",
        R"({"columns":[{"name":"a","type":{"map":[1]}}],"partition":[]})"}) {
    auto table = DecodeDeclaredTable(text);
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().code, ErrorCode::kInternal) << text;
  }
}

TEST(DeclaredTable, DeclaredTypesOutliveARenameAndFallToAWidening) {
  DeclaredTable before;
  before.columns = {{"code", DataType::Char(3), true, ""}, {"n", TypeId::kSmallInt, true, ""}};
  json::object old_schema = *ToIcebergSchema(before.columns);
  json::object new_schema = old_schema;
  json::array& fields = new_schema["fields"].as_array();
  fields[0].as_object()["name"] = "zip";
  fields[1].as_object()["type"] = "long";
  fields.push_back({{"id", 3}, {"name", "extra"}, {"required", false}, {"type", "date"}});
  json::object spec{{"spec-id", 0},
                    {"fields",
                     {{{"source-id", 1}, {"name", "zip"}, {"transform", "identity"}},
                      {{"source-id", 3}, {"name", "extra_day"}, {"transform", "day"}}}}};
  auto after = EvolveDeclared(before, old_schema, new_schema, spec);
  ASSERT_TRUE(after);
  ASSERT_EQ(after->columns.size(), 3U);
  EXPECT_EQ(after->columns[0].name, "zip");
  EXPECT_EQ(after->columns[0].type, DataType::Char(3));
  EXPECT_EQ(after->columns[1].type, DataType(TypeId::kBigInt));
  EXPECT_EQ(after->columns[2].type, DataType(TypeId::kDate));
  EXPECT_EQ(after->partition_columns, std::vector<std::string>{"zip"});
}

}  // namespace
}  // namespace sluice
