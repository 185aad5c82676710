#include "spark/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::spark {
namespace {

constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
constexpr std::size_t kBytes = 1'000;

bool Never() { return false; }
bool Always() { return true; }

TEST(Text, SubstringCountsCharactersFromBothEnds) {
  EXPECT_EQ(Substring("北京市朝阳区", 3, 2), "市朝");
  EXPECT_EQ(Substring("a😀b", 2, 1), "😀");
  EXPECT_EQ(Substring("abc", 0, 2), "ab");
  EXPECT_EQ(Substring("abc", -2, kMax), "bc");
  EXPECT_EQ(Substring("abc", -5, 3), "a");
  EXPECT_EQ(Substring("abc", -5, 1), "");
  EXPECT_EQ(Substring("abc", 4, 1), "");
  EXPECT_EQ(Substring("abc", kMax, kMax), "");
  EXPECT_EQ(Substring("abc", kMin, kMax), "ab");
  EXPECT_EQ(Substring("abc", 1, kMin), "");
  EXPECT_EQ(Right("北京", 1), "京");
  EXPECT_EQ(Right("北京", 9), "北京");
  EXPECT_EQ(Right("北京", -1), "");
}

TEST(Text, PlacesAreOfCharacters) {
  EXPECT_EQ(Locate("京", "北京北京", 1), 2);
  EXPECT_EQ(Locate("京", "北京北京", 3), 4);
  EXPECT_EQ(Locate("x", "北京", 1), 0);
  EXPECT_EQ(Locate("北", "北京", 0), 0);
  EXPECT_EQ(Locate("北", "北京", kMax), 0);
  EXPECT_EQ(FindInSet("b", "a,b,c"), 2);
  EXPECT_EQ(FindInSet("", "a,,c"), 2);
  EXPECT_EQ(FindInSet("", ""), 1);
  EXPECT_EQ(FindInSet("a,b", "a,b"), 0);
  EXPECT_EQ(FindInSet("c", "a,b,c"), 3);
}

TEST(Text, PartsAreCountedFromBothEnds) {
  EXPECT_EQ(SubstringIndex("www.a.org", ".", 2), "www.a");
  EXPECT_EQ(SubstringIndex("www.a.org", ".", -1), "org");
  EXPECT_EQ(SubstringIndex("www.a.org", ".", -9), "www.a.org");
  EXPECT_EQ(SubstringIndex("aaaa", "aa", 2), "a");
  EXPECT_EQ(SubstringIndex("aaaa", "aa", -2), "a");
  EXPECT_EQ(SubstringIndex("a", "", 1), "");
  EXPECT_EQ(SplitPart("a,b,,c", ",", 3), "");
  EXPECT_EQ(SplitPart("a,b,,c", ",", -1), "c");
  EXPECT_EQ(SplitPart("a,b", ",", 3), "");
  EXPECT_EQ(SplitPart("a,b", ",", -3), "");
  EXPECT_EQ(SplitPart("ab", "", 1), "ab");
}

TEST(Text, WhatIsMadeHasALimit) {
  EXPECT_EQ(Pad("京", 4, "ab", PadSide::kLeft, kBytes), "aba京");
  EXPECT_EQ(Pad("京", 4, "ab", PadSide::kRight, kBytes), "京aba");
  EXPECT_EQ(Pad("北京", 1, "x", PadSide::kLeft, kBytes), "北");
  EXPECT_EQ(Pad("北京", 9, "", PadSide::kLeft, kBytes), "北京");
  EXPECT_EQ(Pad("北京", -1, "x", PadSide::kLeft, kBytes), "");
  EXPECT_FALSE(Pad("", kMax, "x", PadSide::kRight, kBytes));
  EXPECT_EQ(Repeat("ab", 3, kBytes), "ababab");
  EXPECT_EQ(Repeat("ab", kMin, kBytes), "");
  EXPECT_FALSE(Repeat("ab", 501, kBytes));
  EXPECT_EQ(Replace("aXbX", "X", "yy", kBytes), "ayybyy");
  EXPECT_EQ(Replace("ab", "", "yy", kBytes), "ab");
  EXPECT_FALSE(Replace(std::string(600, 'a'), "a", "bb", kBytes));
}

TEST(Text, OverlayPutsAPartInPlace) {
  EXPECT_EQ(Overlay("Spark SQL", "_", 6, -1), "Spark_SQL");
  EXPECT_EQ(Overlay("Spark SQL", "ANSI ", 7, 0), "Spark ANSI SQL");
  EXPECT_EQ(Overlay("北京市", "上海", 1, 2), "上海市");
  EXPECT_EQ(Overlay("abc", "x", kMin, kMax), "abcxc");
  EXPECT_EQ(Overlay("abc", "x", 9, 9), "abcx");
}

TEST(Text, LevenshteinCountsCharacters) {
  EXPECT_EQ(Levenshtein("北京", "北海", &Never), 1);
  EXPECT_EQ(Levenshtein("kitten", "sitting", &Never), 3);
  EXPECT_EQ(Levenshtein("", "😀a", &Never), 2);
  EXPECT_EQ(Levenshtein("a", "", &Never), 1);
  (void)Levenshtein(std::string(100, 'a'), std::string(100, 'b'), &Always);
}

TEST(Text, TheFirstCodePointIsOfAnyPlane) {
  EXPECT_EQ(FirstCodePoint(""), 0);
  EXPECT_EQ(FirstCodePoint("a"), 'a');
  EXPECT_EQ(FirstCodePoint("é"), 0xE9);
  EXPECT_EQ(FirstCodePoint("京"), 0x4EAC);
  EXPECT_EQ(FirstCodePoint("😀"), 0x1F600);
}

}  // namespace
}  // namespace sluice::spark
