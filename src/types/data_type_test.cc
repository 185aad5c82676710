#include "types/data_type.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(DataType, TextFormsReadBackToTheSameType) {
  for (std::string_view name : {"void",
                                "boolean",
                                "tinyint",
                                "smallint",
                                "int",
                                "bigint",
                                "float",
                                "double",
                                "string",
                                "binary",
                                "date",
                                "timestamp",
                                "timestamp_ntz",
                                "interval",
                                "decimal(10,2)",
                                "char(3)",
                                "varchar(9)",
                                "interval year to month",
                                "interval day",
                                "interval hour to second",
                                "array<int>",
                                "map<string,array<bigint>>",
                                "struct<a:int,b:decimal(38,18)>",
                                "array<struct<x:map<int,string>>>"}) {
    Result<DataType> type = ParseDataType(name);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(type->SqlName(), name);
  }
}

TEST(DataType, SynonymsAndCaseAreAccepted) {
  EXPECT_EQ(ParseDataType("LONG")->SqlName(), "bigint");
  EXPECT_EQ(ParseDataType(" Dec ( 5 , 2 ) ")->SqlName(), "decimal(5,2)");
  EXPECT_EQ(ParseDataType("NUMERIC")->SqlName(), "decimal(10,0)");
  EXPECT_EQ(ParseDataType("real")->SqlName(), "float");
  EXPECT_EQ(ParseDataType("TIMESTAMP_LTZ")->SqlName(), "timestamp");
  EXPECT_EQ(ParseDataType("STRUCT<`a b`: INT NOT NULL, c STRING>")->UpperName(),
            "STRUCT<`a b`: INT NOT NULL, c: STRING>");
}

TEST(DataType, WhatIsNoTypeIsNamed) {
  for (std::string_view text :
       {"", "text", "decimal(39,2)", "decimal(2,3)", "decimal(-1)", "char", "varchar(0)", "array",
        "array<int", "map<int>", "struct<a>", "int int", "interval second to day",
        "interval year to second", "decimal(99999999999999)"}) {
    Result<DataType> type = ParseDataType(text);
    ASSERT_FALSE(type) << text;
    EXPECT_EQ(type.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(DataType, NestingHasALimit) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "array<";
  EXPECT_FALSE(ParseDataType(deep));
}

TEST(DataType, JsonFormsAreSparks) {
  EXPECT_EQ(DataType(TypeId::kInt).SchemaJson(), "\"integer\"");
  EXPECT_EQ(DataType::Decimal(10, 2).SchemaJson(), "\"decimal(10,2)\"");
  EXPECT_EQ(DataType::Array(TypeId::kBigInt).SchemaJson(),
            R"({"type":"array","elementType":"long","containsNull":true})");
  EXPECT_EQ(DataType::Map(TypeId::kString, TypeId::kDate).SchemaJson(),
            R"({"type":"map","keyType":"string","valueType":"date","valueContainsNull":true})");
  EXPECT_EQ(SchemaJson({{"a b", TypeId::kBoolean, false, "comment"}}),
            R"({"type":"struct","fields":[{"name":"a b","type":"boolean","nullable":true,)"
            R"("metadata":{}}]})");
  EXPECT_EQ(SchemaJson(Schema{}), R"({"type":"struct","fields":[]})");
}

TEST(DataType, EqualityLooksIntoChildren) {
  EXPECT_EQ(DataType::Array(TypeId::kInt), DataType::Array(TypeId::kInt));
  EXPECT_FALSE(DataType::Array(TypeId::kInt) == DataType::Array(TypeId::kBigInt));
  EXPECT_FALSE(DataType::Decimal(10, 2) == DataType::Decimal(10, 3));
  EXPECT_FALSE(DataType(TypeId::kInt) == DataType(TypeId::kDate));
}

}  // namespace
}  // namespace sluice
