#include "lake/iceberg_types.h"

#include <gtest/gtest.h>

#include "lake/json_access.h"

namespace sluice {
namespace {

Schema AllTypes() {
  return {{"b", TypeId::kBoolean, true, ""},
          {"i", TypeId::kInt, false, "a key"},
          {"l", TypeId::kBigInt, true, ""},
          {"f", TypeId::kFloat, true, ""},
          {"d", TypeId::kDouble, true, ""},
          {"n", DataType::Decimal(12, 3), true, ""},
          {"s", TypeId::kString, true, ""},
          {"y", TypeId::kBinary, true, ""},
          {"t", TypeId::kDate, true, ""},
          {"z", TypeId::kTimestamp, true, ""},
          {"w", TypeId::kTimestampNtz, true, ""},
          {"a", DataType::Array(TypeId::kInt), true, ""},
          {"m", DataType::Map(TypeId::kString, DataType::Array(TypeId::kDate)), true, ""},
          {"r", DataType::Struct({{"x y", TypeId::kInt, true, ""}}), true, ""}};
}

json::object ParseObject(std::string_view text) { return ParseJson(text)->as_object(); }

TEST(IcebergTypes, SparkTypesSurviveTheWayThroughIceberg) {
  auto schema = ToIcebergSchema(AllTypes());
  ASSERT_TRUE(schema);
  auto back = FromIcebergSchema(*schema);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, AllTypes());
}

TEST(IcebergTypes, TypesIcebergLacksBecomeTheirNeighbours) {
  Schema columns{{"a", TypeId::kTinyInt, true, ""},
                 {"b", TypeId::kSmallInt, true, ""},
                 {"c", DataType::Char(3), true, ""},
                 {"d", DataType::Varchar(9), true, ""}};
  auto back = FromIcebergSchema(*ToIcebergSchema(columns));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->at(0).type, DataType(TypeId::kInt));
  EXPECT_EQ(back->at(1).type, DataType(TypeId::kInt));
  EXPECT_EQ(back->at(2).type, DataType(TypeId::kString));
  EXPECT_EQ(back->at(3).type, DataType(TypeId::kString));
}

TEST(IcebergTypes, IdsAreGivenALevelBeforeItsChildren) {
  Schema columns{{"a", DataType::Struct({{"x", TypeId::kInt, true, ""}}), true, ""},
                 {"b", DataType::Map(TypeId::kInt, DataType::Array(TypeId::kInt)), true, ""}};
  json::object schema = *ToIcebergSchema(columns);
  const json::array& fields = schema.at("fields").as_array();
  EXPECT_EQ(fields.at(0).at("id"), 1);
  EXPECT_EQ(fields.at(1).at("id"), 2);
  EXPECT_EQ(fields.at(0).at("type").at("fields").at(0).at("id"), 3);
  EXPECT_EQ(fields.at(1).at("type").at("key-id"), 4);
  EXPECT_EQ(fields.at(1).at("type").at("value-id"), 5);
  EXPECT_EQ(fields.at(1).at("type").at("value").at("element-id"), 6);
  EXPECT_EQ(MaxFieldId(schema), 6);
}

TEST(IcebergTypes, ClientsIdsAreReplacedAndTold) {
  auto fresh = AssignFreshIds(ParseObject(
      R"({"type":"struct","identifier-field-ids":[7],"fields":[
          {"id":0,"name":"a","required":false,"type":"int"},
          {"id":7,"name":"b","required":true,"type":"long"}]})"));
  ASSERT_TRUE(fresh);
  EXPECT_EQ(fresh->new_ids.at(0), 1);
  EXPECT_EQ(fresh->new_ids.at(7), 2);
  EXPECT_EQ(fresh->schema.at("identifier-field-ids"), json::array({2}));
  EXPECT_EQ(fresh->last_column_id, 2);
}

TEST(IcebergTypes, TypesSparkCannotReadAreRefused) {
  for (const char* type : {"time", "timestamp_ns", "timestamptz_ns", "uuid", "variant", "int32"}) {
    json::object schema{
        {"type", "struct"},
        {"fields", {{{"id", 1}, {"name", "a"}, {"required", false}, {"type", type}}}}};
    auto columns = FromIcebergSchema(schema);
    ASSERT_FALSE(columns) << type;
    EXPECT_EQ(columns.error().code, ErrorCode::kUnsupported) << type;
  }
}

TEST(IcebergTypes, TypesATableCannotHoldAreRefused) {
  for (const DataType& type : {DataType(TypeId::kVoid), DataType(TypeId::kCalendarInterval),
                               DataType::Array(DataType::DayTimeInterval(0, 3))}) {
    auto schema = ToIcebergSchema({{"a", type, true, ""}});
    ASSERT_FALSE(schema);
    EXPECT_EQ(schema.error().code, ErrorCode::kUnsupported);
  }
}

TEST(IcebergTypes, ColumnsThatDifferInCaseOnlyAreRefused) {
  EXPECT_FALSE(ToIcebergSchema({{"id", TypeId::kInt, true, ""}, {"ID", TypeId::kInt, true, ""}}));
}

TEST(IcebergTypes, MembersThatAKindOfTypeDoesNotHaveAreNotFollowed) {
  for (const char* type : {R"({"type":"list","element-id":2,"element":"int","fields":7})",
                           R"({"type":"list","element-id":2,"element":"int","key":{"fields":[1]}})",
                           R"({"type":"map","key-id":2,"key":"int","value-id":3,"value":"int",
                               "element":{"fields":""},"fields":[[]]})"}) {
    const json::object schema = ParseObject(fmt::format(
        R"({{"type":"struct","fields":[{{"id":1,"name":"a","required":false,"type":{}}}]}})",
        type));
    ASSERT_TRUE(FromIcebergSchema(schema)) << type;
    EXPECT_LE(MaxFieldId(schema), 3);
    EXPECT_TRUE(AssignFreshIds(schema));
  }
}

TEST(IcebergTypes, IdsAreGivenOnceAndInTheirBounds) {
  auto is_taken = [](std::string_view first, std::string_view second) {
    return FromIcebergSchema(ParseObject(fmt::format(
                                 R"({{"type":"struct","fields":[
                                     {{"id":{},"name":"a","required":false,"type":"int"}},
                                     {{"id":{},"name":"b","required":false,"type":"int"}}]}})",
                                 first, second)))
        .has_value();
  };
  EXPECT_TRUE(is_taken("0", "1"));
  EXPECT_TRUE(is_taken("1", "2147483447"));
  EXPECT_FALSE(is_taken("1", "1"));
  EXPECT_FALSE(is_taken("1", "-1"));
  EXPECT_FALSE(is_taken("1", "2147483448"));
  EXPECT_FALSE(is_taken("1", "1.5"));
}

TEST(IcebergTypes, ATableHasNoMoreColumnsThanTheLimit) {
  Schema columns;
  for (std::size_t i = 0; i < kFieldsMax; ++i) {
    columns.push_back({fmt::format("c{}", i), TypeId::kInt, true, ""});
  }
  EXPECT_TRUE(ToIcebergSchema(columns));
  columns.push_back({"more", TypeId::kInt, true, ""});
  EXPECT_FALSE(ToIcebergSchema(columns));
}

TEST(IcebergTypes, MalformedSchemasAreRefused) {
  for (const char* text :
       {R"({"fields":[]})", R"({"type":"struct"})", R"({"type":"struct","fields":[1]})"}) {
    EXPECT_FALSE(FromIcebergSchema(ParseObject(text))) << text;
  }
  for (const char* field : {
           R"json("name":"a","required":false,"type":"int")json",
           R"json("id":1,"name":"a","type":"int")json",
           R"json("id":1,"name":"a","required":false)json",
           R"json("id":1,"name":"a","required":false,"type":{"type":"list"})json",
           R"json("id":1,"name":"a","required":false,"type":{"type":"map"})json",
           R"json("id":1,"name":"a","required":false,"type":"decimal(40,2)")json",
       }) {
    std::string text = fmt::format(R"json({{"type":"struct","fields":[{{{}}}]}})json", field);
    EXPECT_FALSE(FromIcebergSchema(ParseObject(text))) << text;
  }
}

}  // namespace
}  // namespace sluice
