#include "lake/parquet_footer.h"

#include <gtest/gtest.h>

#include <functional>

#include "lake/recorded_footer.h"
#include "lake/thrift_compact.h"

namespace sluice {
namespace {

using namespace std::string_literals;
using Kind = ThriftValue::Kind;

/// The field of a struct, to change it.
ThriftValue& At(ThriftValue& value, std::int16_t id) {
  for (auto& [known, field] : value.fields) {
    if (known == id) return field;
  }
  value.fields.push_back({id, ThriftValue()});
  return value.fields.back().value;
}
ThriftValue& SchemaOf(ThriftValue& file) { return At(file, 2); }
ThriftValue& ColumnOf(ThriftValue& file, std::size_t group, std::size_t column) {
  return At(At(At(file, 4).items.at(group), 1).items.at(column), 3);
}
void Drop(ThriftValue& value, std::int16_t id) {
  std::erase_if(value.fields, [id](const auto& field) { return field.id == id; });
}

TEST(ParquetFooter, ARecordedOneIsReadWhole) {
  auto footer = ReadParquetFooter(RecordedFooter());
  ASSERT_TRUE(footer) << footer.error().message;
  EXPECT_EQ(footer->rows, 4000);
  EXPECT_EQ(footer->group_offsets, (std::vector<std::int64_t>{4, 83'595}));
  ASSERT_EQ(footer->leaves.size(), 6u);
  const std::int32_t ids[] = {1, 2, 3, 5, 7, 8};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(footer->leaves[i].field_id, ids[i]);
    EXPECT_EQ(footer->leaves[i].is_repeated, ids[i] == 7);
    ASSERT_EQ(footer->leaves[i].chunks.size(), 2u);
  }
  EXPECT_EQ(footer->leaves[0].type, ParquetType::kInt32);
  EXPECT_EQ(footer->leaves[1].type, ParquetType::kByteArray);
  EXPECT_EQ(footer->leaves[2].type, ParquetType::kDouble);
  EXPECT_EQ(footer->leaves[3].type, ParquetType::kInt64);
  const ParquetChunk& text = footer->leaves[1].chunks[0];
  EXPECT_EQ(text.bytes, 17'378);
  EXPECT_EQ(text.values, 2048);
  EXPECT_EQ(text.nulls, 1);
  EXPECT_EQ(text.min, "v0");
  EXPECT_EQ(text.max, "v999");
  EXPECT_EQ(footer->leaves[4].chunks[0].values, 4096);
  EXPECT_EQ(footer->leaves[0].chunks[1].min, "\x00\x08\x00\x00"s);
}

TEST(ParquetFooter, AFooterIsWrittenAgainByteForByte) {
  EXPECT_EQ(WriteThriftStruct(*ReadThriftStruct(RecordedFooter())), RecordedFooter());
}

TEST(ParquetFooter, AnnotationsOfPlainIntegersAreLeftOutAndNothingElse) {
  auto plain = WithoutIntegerAnnotations(RecordedFooter());
  ASSERT_TRUE(plain);
  const ThriftValue before = *ReadThriftStruct(RecordedFooter());
  const ThriftValue after = *ReadThriftStruct(*plain);
  const auto& old_schema = before.Find(2)->items;
  const auto& new_schema = after.Find(2)->items;
  ASSERT_EQ(new_schema.size(), old_schema.size());
  for (std::size_t i = 0; i < old_schema.size(); ++i) {
    const std::int64_t converted = old_schema[i].Number(6, -1);
    const bool is_integer = converted == 17 || converted == 18;
    EXPECT_EQ(new_schema[i].Number(6, -1), is_integer ? -1 : converted);
    EXPECT_EQ(new_schema[i].Find(10) != nullptr, !is_integer && old_schema[i].Find(10) != nullptr);
    EXPECT_EQ(new_schema[i].Number(9, -1), old_schema[i].Number(9, -1));
    EXPECT_EQ(new_schema[i].Number(1, -1), old_schema[i].Number(1, -1));
  }
  EXPECT_EQ(new_schema.back().Number(6, -1), 5) << "a decimal stays one";
  EXPECT_EQ(*WithoutIntegerAnnotations(*plain), *plain);
  auto footer = ReadParquetFooter(*plain);
  ASSERT_TRUE(footer);
  EXPECT_EQ(footer->rows, 4000);
  EXPECT_EQ(footer->leaves[1].chunks[0].max, "v999");
  EXPECT_FALSE(WithoutIntegerAnnotations("\x15"));
}

TEST(ParquetFooter, NoPartOfAFooterIsReadAsWhole) {
  const std::string footer = RecordedFooter();
  for (std::size_t size = 0; size < footer.size(); ++size) {
    EXPECT_FALSE(ReadParquetFooter(std::string_view(footer).substr(0, size))) << size;
    EXPECT_FALSE(WithoutIntegerAnnotations(std::string_view(footer).substr(0, size))) << size;
  }
}

TEST(ParquetFooter, EveryChangedByteIsReadOrRefused) {
  const std::string footer = RecordedFooter();
  for (std::size_t place = 0; place < footer.size(); ++place) {
    for (int change : {1, 0x40, 0x80, 0xFF}) {
      std::string changed = footer;
      changed[place] = static_cast<char>(changed[place] ^ change);
      auto read = ReadParquetFooter(changed);
      EXPECT_TRUE(read || read.error().code == ErrorCode::kInvalidArgument);
      (void)WithoutIntegerAnnotations(changed);
    }
  }
}

TEST(ParquetFooter, WhatStatisticsLeaveOutIsNotKnown) {
  ThriftValue file = *ReadThriftStruct(RecordedFooter());
  Drop(ColumnOf(file, 0, 0), 12);                           // no statistics at all
  Drop(At(ColumnOf(file, 0, 1), 12), 3);                    // no count of nulls
  Drop(At(ColumnOf(file, 0, 2), 12), 6);                    // no minimum
  At(At(ColumnOf(file, 0, 3), 12), 7).kind = Kind::kFalse;  // a maximum that was cut
  auto footer = ReadParquetFooter(WriteThriftStruct(file));
  ASSERT_TRUE(footer);
  EXPECT_FALSE(footer->leaves[0].chunks[0].nulls);
  EXPECT_FALSE(footer->leaves[0].chunks[0].min);
  EXPECT_FALSE(footer->leaves[0].chunks[0].max);
  EXPECT_EQ(footer->leaves[0].chunks[0].values, 2048);
  EXPECT_FALSE(footer->leaves[1].chunks[0].nulls);
  EXPECT_TRUE(footer->leaves[1].chunks[0].min);
  EXPECT_FALSE(footer->leaves[2].chunks[0].min);
  EXPECT_TRUE(footer->leaves[2].chunks[0].max);
  EXPECT_FALSE(footer->leaves[3].chunks[0].max);
  EXPECT_TRUE(footer->leaves[3].chunks[0].min);
  EXPECT_TRUE(footer->leaves[3].chunks[1].max);
}

TEST(ParquetFooter, ARowGroupBeginsAtItsDictionary) {
  ThriftValue file = *ReadThriftStruct(RecordedFooter());
  ThriftValue& column = ColumnOf(file, 1, 0);
  ThriftValue dictionary;
  dictionary.kind = Kind::kI64;
  dictionary.number = 83'000;
  column.fields.insert(column.fields.end() - 1, {std::int16_t{11}, dictionary});
  EXPECT_EQ(ReadParquetFooter(WriteThriftStruct(file))->group_offsets.at(1), 83'000);
}

TEST(ParquetFooter, ASchemaThatIsNoTreeIsRefused) {
  auto refused = [](const std::function<void(ThriftValue&)>& change) {
    ThriftValue file = *ReadThriftStruct(RecordedFooter());
    change(file);
    return !ReadParquetFooter(WriteThriftStruct(file));
  };
  EXPECT_TRUE(refused([](ThriftValue& file) { SchemaOf(file).items.clear(); }));
  EXPECT_TRUE(refused([](ThriftValue& file) { SchemaOf(file).items.pop_back(); }));
  EXPECT_TRUE(refused(
      [](ThriftValue& file) { SchemaOf(file).items.push_back(SchemaOf(file).items.back()); }));
  EXPECT_TRUE(refused([](ThriftValue& file) { At(SchemaOf(file).items.front(), 5).number = 1; }));
  EXPECT_TRUE(
      refused([](ThriftValue& file) { At(SchemaOf(file).items.front(), 5).number = INT32_MAX; }));
  EXPECT_TRUE(refused([](ThriftValue& file) { At(SchemaOf(file).items.back(), 1).number = 8; }));
  EXPECT_TRUE(refused([](ThriftValue& file) { Drop(SchemaOf(file).items.back(), 1); }));
  EXPECT_TRUE(refused([](ThriftValue& file) { At(At(file, 4).items.at(1), 1).items.pop_back(); }))
      << "a column without a chunk";
  EXPECT_TRUE(refused([](ThriftValue& file) { Drop(file, 4); }));
  EXPECT_FALSE(refused([](ThriftValue& file) { At(file, 4).items.clear(); })) << "no rows";
}

TEST(ParquetFooter, AnEndlesslyNestedSchemaIsRefused) {
  ThriftValue file = *ReadThriftStruct(RecordedFooter());
  ThriftValue group = SchemaOf(file).items.front();
  At(group, 5).number = 1;
  SchemaOf(file).items.assign(100'000, group);
  EXPECT_FALSE(ReadParquetFooter(WriteThriftStruct(file)));
}

}  // namespace
}  // namespace sluice
