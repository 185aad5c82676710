#include "types/object_name.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace sluice {
namespace {

StructField Field(std::string name, DataType type) {
  return {std::move(name), std::move(type), true, {}};
}

TEST(ObjectName, DatabasesAndTablesHaveIdentifiers) {
  for (const char* good : {"a", "A1", "db_1", "1a", "x_"}) {
    EXPECT_TRUE(CheckDatabaseName(good)) << good;
    EXPECT_TRUE(CheckTableName(good)) << good;
  }
  const std::string longest(kObjectNameLengthMax, 'x');
  for (const std::string& bad :
       {std::string(), std::string("_a"), std::string("12"), std::string("../x"), std::string(" "),
        std::string("a b"), std::string("\xe5\xba\x93"), std::string("a\0b", 3), longest + "x"}) {
    const auto database = CheckDatabaseName(bad);
    EXPECT_FALSE(database) << bad;
    EXPECT_EQ(database.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(CheckTableName(bad)) << bad;
  }
  EXPECT_TRUE(CheckDatabaseName(longest));
  EXPECT_TRUE(CheckTableName("a$b"));
  EXPECT_FALSE(CheckDatabaseName("a$b"));
}

TEST(ObjectName, ColumnsMayHaveAnyScriptAndNoControlCharacters) {
  for (const char* good : {"a", " ", "count(1)", "\xe5\xba\x93", "a`b", "\"", "..", "12"}) {
    EXPECT_TRUE(CheckColumnName(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("a\nb"), std::string("\x7f"), std::string("a\0", 2),
        std::string("\xff"), std::string(kColumnNameBytesMax + 1, 'x')}) {
    EXPECT_FALSE(CheckColumnName(bad)) << bad;
  }
  const DataType unnamed = DataType::Struct({Field("", TypeId::kInt)});
  const DataType tabbed = DataType::Struct({Field("\t", TypeId::kInt)});
  EXPECT_FALSE(CheckColumnNames({Field("a", unnamed)}));
  EXPECT_FALSE(CheckColumnNames({Field("a", DataType::Map(TypeId::kString, tabbed))}));
  EXPECT_FALSE(CheckColumnNames(Schema(kTableColumnsMax + 1, Field("a", TypeId::kInt))));
  EXPECT_TRUE(CheckColumnNames(Schema(kTableColumnsMax, Field("a", TypeId::kInt))));
}

}  // namespace
}  // namespace sluice
