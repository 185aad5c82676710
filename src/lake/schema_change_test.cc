#include "lake/schema_change.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

json::object Schema(const std::string& fields) {
  return ParseJson(R"({"type":"struct","fields":[)" + fields + "]}")->get_object();
}

std::string Column(const std::string& type, bool required = false, int id = 1) {
  return R"({"id":)" + std::to_string(id) + R"(,"name":"c","required":)" +
         (required ? "true" : "false") + R"(,"type":)" +
         (type[0] == '{' ? type : '"' + type + '"') + "}";
}

bool May(const std::string& from, const std::string& to) {
  return CheckSchemaChange(Schema(Column(from)), Schema(Column(to))).has_value();
}

TEST(SchemaChange, TypesMayGrowAndNothingElse) {
  EXPECT_TRUE(May("int", "long"));
  EXPECT_TRUE(May("float", "double"));
  EXPECT_TRUE(May("decimal(9, 2)", "decimal(12,2)"));
  EXPECT_TRUE(May("string", "string"));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"long", "int"},
                                                        {"long", "string"},
                                                        {"double", "long"},
                                                        {"double", "float"},
                                                        {"date", "timestamptz"},
                                                        {"string", "long"},
                                                        {"binary", "string"},
                                                        {"decimal(9,2)", "decimal(12,4)"},
                                                        {"decimal(9,2)", "decimal(5,2)"},
                                                        {"int", "decimal(10,0)"}}) {
    EXPECT_FALSE(May(from, to)) << from << " " << to;
  }
}

TEST(SchemaChange, WhatLiesInsideIsCheckedToo) {
  const auto list = [](const std::string& type) {
    return R"({"type":"list","element-id":2,"element-required":false,"element":")" + type + "\"}";
  };
  const auto inner = [](const std::string& type) {
    return R"({"type":"struct","fields":[{"id":2,"name":"x","required":false,"type":")" + type +
           "\"}]}";
  };
  EXPECT_TRUE(May(list("int"), list("long")));
  EXPECT_FALSE(May(list("int"), list("string")));
  EXPECT_TRUE(May(inner("float"), inner("double")));
  EXPECT_FALSE(May(inner("float"), inner("int")));
  EXPECT_FALSE(May(list("int"), inner("int")));
  EXPECT_FALSE(May("int", list("int")));
}

TEST(SchemaChange, RowsMayLackWhatIsNew) {
  const json::object before = Schema(Column("int"));
  EXPECT_TRUE(CheckSchemaChange(before, Schema(Column("int") + "," + Column("int", false, 2))));
  EXPECT_FALSE(CheckSchemaChange(before, Schema(Column("int") + "," + Column("int", true, 2))));
  EXPECT_FALSE(CheckSchemaChange(before, Schema(Column("int", true))));
  EXPECT_TRUE(CheckSchemaChange(Schema(Column("int", true)), before));
  EXPECT_TRUE(CheckSchemaChange(before, Schema(Column("string", false, 2))));
}

TEST(SchemaChange, ValuesOfColumnsOfTheirOwnAreFoundAtAnyDepth) {
  EXPECT_FALSE(HasDefaultValues(Schema(Column("int"))));
  EXPECT_FALSE(HasDefaultValues(*ParseJson(R"({"fields":[{"initial-default":null}]})")));
  EXPECT_TRUE(HasDefaultValues(*ParseJson(R"({"fields":[{"initial-default":0}]})")));
  EXPECT_TRUE(HasDefaultValues(
      *ParseJson(R"({"fields":[{"type":{"fields":[{"initial-default":"x"}]}}]})")));
}

TEST(SchemaChange, NameMappingsAreListsOfNames) {
  EXPECT_TRUE(IsNameMapping("[]"));
  EXPECT_TRUE(IsNameMapping(R"([{"field-id":1,"names":["a"],"fields":[{"names":[]}]}])"));
  for (const char* text : {"", "garbage", "{}", "[1]", R"([{"field-id":1}])", R"([{"names":[1]}])",
                           R"([{"names":[],"field-id":"1"}])", R"([{"names":[],"fields":[1]}])"}) {
    EXPECT_FALSE(IsNameMapping(text)) << text;
  }
}

}  // namespace
}  // namespace sluice
