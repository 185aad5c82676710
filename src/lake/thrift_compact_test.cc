#include "lake/thrift_compact.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::string_literals;
using Kind = ThriftValue::Kind;

ThriftValue MakeValue(Kind kind, std::int64_t number = 0, std::string bytes = {}) {
  ThriftValue value;
  value.kind = kind;
  value.number = number;
  value.bytes = std::move(bytes);
  return value;
}

/// A struct with everything in it.
ThriftValue MakeSample() {
  ThriftValue value;
  auto add = [&value](std::int16_t id, ThriftValue field) {
    value.fields.push_back({id, std::move(field)});
  };
  add(1, MakeValue(Kind::kTrue));
  add(2, MakeValue(Kind::kFalse));
  add(17, MakeValue(Kind::kByte, 200));
  add(18, MakeValue(Kind::kI16, -1));
  add(34, MakeValue(Kind::kI32, INT32_MIN));  // 16 further: its id is written out
  add(35, MakeValue(Kind::kI64, INT64_MIN));
  add(36, MakeValue(Kind::kI64, INT64_MAX));
  add(37, MakeValue(Kind::kDouble, 0, "12345678"));
  add(38, MakeValue(Kind::kBinary, 0, std::string(300, '\xFF')));
  ThriftValue list = MakeValue(Kind::kList);
  list.element = Kind::kStruct;
  for (int i = 0; i < 20; ++i) list.items.push_back(MakeValue(Kind::kStruct));
  list.items[3].fields.push_back({std::int16_t{9}, MakeValue(Kind::kI32, 5)});
  add(39, list);
  ThriftValue flags = MakeValue(Kind::kSet);
  flags.element = Kind::kTrue;
  flags.items = {MakeValue(Kind::kTrue), MakeValue(Kind::kFalse)};
  add(3, flags);  // an id below the last one
  add(-4, MakeValue(Kind::kBinary));
  add(INT16_MAX, MakeValue(Kind::kStruct));
  return value;
}

TEST(ThriftCompact, EverythingIsWrittenAgainAsItWas) {
  const std::string bytes = WriteThriftStruct(MakeSample());
  auto read = ReadThriftStruct(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(WriteThriftStruct(*read), bytes);
  EXPECT_EQ(read->Find(1)->kind, Kind::kTrue);
  EXPECT_EQ(read->Find(2)->kind, Kind::kFalse);
  EXPECT_EQ(read->Number(17, 0), 200);
  EXPECT_EQ(read->Number(18, 0), -1);
  EXPECT_EQ(read->Number(34, 0), INT32_MIN);
  EXPECT_EQ(read->Number(35, 0), INT64_MIN);
  EXPECT_EQ(read->Number(36, 0), INT64_MAX);
  EXPECT_EQ(read->Find(37)->bytes, "12345678");
  EXPECT_EQ(read->Find(38)->bytes.size(), 300u);
  ASSERT_EQ(read->Find(39)->items.size(), 20u);
  EXPECT_EQ(read->Find(39)->items[3].Number(9, 0), 5);
  EXPECT_EQ(read->Find(3)->items[0].kind, Kind::kTrue);
  EXPECT_EQ(read->Find(3)->items[1].kind, Kind::kFalse);
  EXPECT_NE(read->Find(-4), nullptr);
  EXPECT_NE(read->Find(INT16_MAX), nullptr);
  EXPECT_EQ(read->Find(5), nullptr);
  EXPECT_EQ(read->Number(38, 42), 42) << "a text is no number";
  EXPECT_EQ(read->Number(5, 42), 42);
}

TEST(ThriftCompact, KnownBytesAreRead) {
  // {1: i32 1, 2: "ab", 4: [true, false]}
  auto read = ReadThriftStruct(
      "\x15\x02\x18\x02"
      "ab"
      "\x29\x21\x01\x02\x00"s);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->Number(1, 0), 1);
  EXPECT_EQ(read->Find(2)->bytes, "ab");
  EXPECT_EQ(read->Find(4)->items.at(1).kind, Kind::kFalse);
  EXPECT_TRUE(ReadThriftStruct("\0"s)) << "a struct without fields";
}

TEST(ThriftCompact, NoPartOfAStructIsReadAsWhole) {
  const std::string bytes = WriteThriftStruct(MakeSample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ReadThriftStruct(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(ReadThriftStruct(bytes + '\0')) << "nor is more than one";
}

TEST(ThriftCompact, HostileBytesAreRefused) {
  EXPECT_FALSE(ReadThriftStruct("\x1D\x00"s)) << "an unknown kind";
  EXPECT_FALSE(ReadThriftStruct("\x1B\x00\x00"s)) << "a map, which Parquet does not have";
  EXPECT_FALSE(ReadThriftStruct("\x18\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00"s));
  EXPECT_FALSE(ReadThriftStruct("\x19\xFC\xFF\xFF\xFF\xFF\x0F\x00"s)) << "a list past the end";
  EXPECT_FALSE(ReadThriftStruct("\x05\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x02\x00"s));
  EXPECT_FALSE(ReadThriftStruct("\x15\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00"s));
  EXPECT_FALSE(ReadThriftStruct(std::string(100'000, '\x1C'))) << "structs in structs";
  std::string lists = "\x19"s;
  for (int i = 0; i < 100'000; ++i) lists += '\x19';
  EXPECT_FALSE(ReadThriftStruct(lists)) << "lists in lists";
}

TEST(ThriftCompact, ListsThatClaimToBeLargeTakeNoMemoryForIt) {
  // Every level says that all bytes behind it are its items.
  std::string bytes = "\x19"s;
  for (int level = 0; level < kThriftDepthMax; ++level) bytes += "\xF9\xFF\xFF\x7F"s;
  bytes += std::string(3'000'000, '\x09');
  EXPECT_FALSE(ReadThriftStruct(bytes));
}

TEST(ThriftCompact, EveryChangedByteIsReadOrRefused) {
  const std::string bytes = WriteThriftStruct(MakeSample());
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (int change : {1, 0x10, 0x80, 0xFF}) {
      std::string changed = bytes;
      changed[place] = static_cast<char>(changed[place] ^ change);
      auto read = ReadThriftStruct(changed);
      EXPECT_TRUE(!read || ReadThriftStruct(WriteThriftStruct(*read))) << place;
    }
  }
}

}  // namespace
}  // namespace sluice
