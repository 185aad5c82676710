#include "lake/single_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace sluice {
namespace {

using namespace std::string_literals;

template <class Number>
std::string Bytes(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

TEST(SingleValue, TwosComplementsAreAsShortAsTheyCanBe) {
  EXPECT_EQ(MinimalTwosComplement(0), "\0"s);
  EXPECT_EQ(MinimalTwosComplement(1), "\1"s);
  EXPECT_EQ(MinimalTwosComplement(127), "\x7F"s);
  EXPECT_EQ(MinimalTwosComplement(128), "\x00\x80"s);
  EXPECT_EQ(MinimalTwosComplement(255), "\x00\xFF"s);
  EXPECT_EQ(MinimalTwosComplement(256), "\x01\x00"s);
  EXPECT_EQ(MinimalTwosComplement(-1), "\xFF"s);
  EXPECT_EQ(MinimalTwosComplement(-128), "\x80"s);
  EXPECT_EQ(MinimalTwosComplement(-129), "\xFF\x7F"s);
  EXPECT_EQ(MinimalTwosComplement(-256), "\xFF\x00"s);
  EXPECT_EQ(MinimalTwosComplement(INT64_MIN), "\x80\0\0\0\0\0\0\0"s);
  __int128 large = 1;
  for (int i = 0; i < 38; ++i) large *= 10;
  EXPECT_EQ(MinimalTwosComplement(large - 1).size(), 16u);
  EXPECT_EQ(MinimalTwosComplement(1 - large).size(), 16u);
}

TEST(SingleValue, DecimalsOfEveryPhysicalTypeAreTheSameBytes) {
  const std::string type = "decimal(9, 2)";
  EXPECT_EQ(SingleValueOf(type, ParquetType::kInt32, Bytes<std::int32_t>(-12345)), "\xCF\xC7"s);
  EXPECT_EQ(SingleValueOf(type, ParquetType::kInt64, Bytes<std::int64_t>(-12345)), "\xCF\xC7"s);
  EXPECT_EQ(SingleValueOf(type, ParquetType::kFixedLenByteArray, "\xFF\xFF\xFF\xCF\xC7"s),
            "\xCF\xC7"s);
  EXPECT_EQ(SingleValueOf(type, ParquetType::kByteArray, "\0\0\x30\x39"s), "\x30\x39"s);
  EXPECT_EQ(SingleValueOf("decimal(38, 0)", ParquetType::kFixedLenByteArray, std::string(16, '\0')),
            "\0"s);
  EXPECT_FALSE(SingleValueOf(type, ParquetType::kFixedLenByteArray, ""));
  EXPECT_FALSE(SingleValueOf(type, ParquetType::kFixedLenByteArray, std::string(17, '\1')));
  EXPECT_FALSE(SingleValueOf(type, ParquetType::kInt32, "abc"));
  EXPECT_FALSE(SingleValueOf(type, ParquetType::kDouble, Bytes(1.0)));
}

TEST(SingleValue, AValueOfAnotherFormIsNone) {
  EXPECT_EQ(SingleValueOf("int", ParquetType::kInt32, Bytes<std::int32_t>(7)),
            Bytes<std::int32_t>(7));
  EXPECT_EQ(SingleValueOf("boolean", ParquetType::kBoolean, "\1"s), "\1"s);
  EXPECT_EQ(SingleValueOf("timestamptz", ParquetType::kInt64, Bytes<std::int64_t>(-5)),
            Bytes<std::int64_t>(-5));
  // A column that was widened since its file was written.
  EXPECT_FALSE(SingleValueOf("long", ParquetType::kInt32, Bytes<std::int32_t>(7)));
  EXPECT_FALSE(SingleValueOf("double", ParquetType::kFloat, Bytes(1.0F)));
  EXPECT_FALSE(SingleValueOf("int", ParquetType::kInt32, "abc"));
  EXPECT_FALSE(SingleValueOf("timestamp", ParquetType::kInt96, std::string(12, '\0')));
  EXPECT_FALSE(SingleValueOf("string", ParquetType::kByteArray, "\xFF"));
  EXPECT_EQ(SingleValueOf("binary", ParquetType::kByteArray, "\xFF"), "\xFF");
  EXPECT_FALSE(SingleValueOf("uuid", ParquetType::kFixedLenByteArray, std::string(16, 'a')));
  EXPECT_FALSE(SingleValueOf("", ParquetType::kInt32, Bytes<std::int32_t>(7)));
}

TEST(SingleValue, NanIsNoBoundAndTheZeroesAreInOrder) {
  for (double nan : {std::nan(""), -std::nan(""), std::numeric_limits<double>::signaling_NaN()}) {
    EXPECT_FALSE(SingleValueOf("double", ParquetType::kDouble, Bytes(nan)));
    EXPECT_FALSE(SingleValueOf("float", ParquetType::kFloat, Bytes(static_cast<float>(nan))));
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(SingleValueOf("double", ParquetType::kDouble, Bytes(kInfinity)));
  EXPECT_LT(CompareSingleValues("double", Bytes(-0.0), Bytes(0.0)), 0);
  EXPECT_GT(CompareSingleValues("double", Bytes(0.0), Bytes(-0.0)), 0);
  EXPECT_EQ(CompareSingleValues("float", Bytes(-0.0F), Bytes(-0.0F)), 0);
  EXPECT_LT(CompareSingleValues("double", Bytes(-kInfinity), Bytes(-1e308)), 0);
  for (double zero : {0.0, -0.0}) {
    EXPECT_EQ(WidenZero("double", Bytes(zero), true), Bytes(-0.0));
    EXPECT_EQ(WidenZero("double", Bytes(zero), false), Bytes(0.0));
    EXPECT_EQ(WidenZero("float", Bytes(static_cast<float>(zero)), true), Bytes(-0.0F));
  }
  EXPECT_EQ(WidenZero("double", Bytes(2.0), true), Bytes(2.0));
  EXPECT_EQ(WidenZero("long", Bytes<std::int64_t>(0), true), Bytes<std::int64_t>(0));
}

TEST(SingleValue, ValuesAreInTheirTypesOrder) {
  EXPECT_LT(CompareSingleValues("int", Bytes<std::int32_t>(-1), Bytes<std::int32_t>(1)), 0);
  EXPECT_LT(CompareSingleValues("date", Bytes<std::int32_t>(255), Bytes<std::int32_t>(256)), 0);
  EXPECT_GT(CompareSingleValues("long", Bytes<std::int64_t>(0), Bytes<std::int64_t>(INT64_MIN)), 0);
  EXPECT_LT(
      CompareSingleValues("decimal(5, 0)", MinimalTwosComplement(-300), MinimalTwosComplement(-2)),
      0);
  EXPECT_LT(
      CompareSingleValues("decimal(5, 0)", MinimalTwosComplement(2), MinimalTwosComplement(300)),
      0);
  EXPECT_LT(CompareSingleValues("boolean", "\0"s, "\1"s), 0);
  EXPECT_LT(CompareSingleValues("binary", "\x7F", "\x80"), 0) << "bytes have no sign";
  EXPECT_LT(CompareSingleValues("binary", "", "\0"s), 0);
  EXPECT_LT(CompareSingleValues("string", "z", "é"), 0);
  EXPECT_LT(CompareSingleValues("string", "\xEF\xBF\xBF", "\xF0\x90\x80\x80"), 0);
}

TEST(SingleValue, TextsAreCutBetweenCharacters) {
  EXPECT_EQ(CutLowerBound("string", "", 1), "");
  EXPECT_EQ(CutLowerBound("string", "abcd", 2), "ab");
  EXPECT_EQ(CutLowerBound("string", "ab", 2), "ab");
  EXPECT_EQ(CutLowerBound("string", "北京市", 2), "北京");
  EXPECT_EQ(CutLowerBound("string", "a😀é", 2), "a😀");
  EXPECT_EQ(CutLowerBound("binary", "\xE5\x8C\x97", 2), "\xE5\x8C");
  EXPECT_EQ(CutLowerBound("int", "abcd", 2), "abcd") << "other types stay whole";
  EXPECT_EQ(CutUpperBound("int", "abcd", 2), "abcd");
}

TEST(SingleValue, AnUpperBoundIsAboveAllThatBeginsAsItDoes) {
  EXPECT_EQ(CutUpperBound("string", "", 3), "");
  EXPECT_EQ(CutUpperBound("string", "abc", 3), "abc") << "nothing was cut";
  EXPECT_EQ(CutUpperBound("string", "abcd", 3), "abd");
  EXPECT_EQ(CutUpperBound("string",
                          "ab\x7F"
                          "d",
                          3),
            "ab\u0080");
  EXPECT_EQ(CutUpperBound("string", "\u07FFx", 1), "\u0800");
  EXPECT_EQ(CutUpperBound("string", "北京市", 2), "北亭") << "U+4EAC and one more is U+4EAD";
  EXPECT_EQ(CutUpperBound("string", "a\uD7FFx", 2), "a\uE000") << "surrogates are no characters";
  EXPECT_EQ(CutUpperBound("string", "\uFFFFx", 1), "\U00010000");
  EXPECT_EQ(CutUpperBound("string", "a\U0010FFFFx", 2), "b") << "nothing is above the last one";
  EXPECT_EQ(CutUpperBound("string", "\U0010FFFF\U0010FFFFx", 2), std::nullopt);
  EXPECT_EQ(CutUpperBound("string", "😀😀", 1), "😁");
  EXPECT_EQ(CutUpperBound("binary",
                          "a\xFF"
                          "b",
                          2),
            "b");
  EXPECT_EQ(CutUpperBound("binary", "\xFF\xFF\xFF", 2), std::nullopt);
  EXPECT_EQ(CutUpperBound("binary", "\xFF\xFF", 2), "\xFF\xFF");
  EXPECT_EQ(CutUpperBound("binary", "\x00\x00\x01"s, 2), "\x00\x01"s);
}

TEST(SingleValue, EveryCutIsABoundOfItsValue) {
  const std::vector<std::string> texts = {"a",          "é",          "ß",      "北",     "ก",
                                          "😀",         "\u07FF",     "\uD7FF", "\uE000", "\uFFFF",
                                          "\U00010000", "\U0010FFFF", "\x7F"};
  for (const std::string& first : texts) {
    for (const std::string& second : texts) {
      for (const std::string& type : {std::string("string"), std::string("binary")}) {
        const std::string value = first + second + first;
        for (std::size_t length = 1; length < value.size() + 2; ++length) {
          const std::string lower = CutLowerBound(type, value, length);
          EXPECT_TRUE(IsSingleValue(type, lower));
          EXPECT_LE(CompareSingleValues(type, lower, value), 0);
          const std::optional<std::string> upper = CutUpperBound(type, value, length);
          if (!upper) continue;
          EXPECT_TRUE(IsSingleValue(type, *upper)) << value << " " << length;
          EXPECT_GE(CompareSingleValues(type, *upper, value), 0) << value << " " << length;
        }
      }
    }
  }
}

TEST(SingleValue, DecimalsSayTheirNumbers) {
  EXPECT_TRUE(IsDecimal("decimal(9, 2)"));
  EXPECT_FALSE(IsDecimal("decimal"));
  EXPECT_FALSE(IsDecimal("string"));
  EXPECT_EQ(DecimalPrecision("decimal(38, 18)"), 38);
  EXPECT_EQ(DecimalScale("decimal(38, 18)"), 18);
  EXPECT_EQ(DecimalPrecision("decimal(9,2)"), 9);
  EXPECT_EQ(DecimalScale("decimal(9,2)"), 2);
  EXPECT_EQ(DecimalScale("decimal( 9 , 2 )"), 2);
  EXPECT_EQ(DecimalPrecision("decimal()"), 0);
  EXPECT_EQ(DecimalPrecision("long"), 0);
}

}  // namespace
}  // namespace sluice
