#include "base/ascii.h"

#include <gtest/gtest.h>

#include <array>

namespace sluice {
namespace {

using Parts = std::vector<std::string_view>;

TEST(Ascii, CaseChangesTouchAsciiLettersOnly) {
  EXPECT_EQ("azaz09_\xC3\x84", ToLower("AZaz09_\xC3\x84"));
  EXPECT_EQ("AZAZ09_\xC3\xA4", ToUpper("AZaz09_\xC3\xA4"));
  EXPECT_EQ("@[`{", ToLower("@[`{"));
  EXPECT_EQ("@[`{", ToUpper("@[`{"));
}

TEST(Ascii, ComparisonWithoutCaseNeedsEqualLengths) {
  EXPECT_TRUE(EqualsIgnoreCase("SeLeCt", "sElEcT"));
  EXPECT_TRUE(EqualsIgnoreCase("", ""));
  EXPECT_FALSE(EqualsIgnoreCase("select", "selec"));
  EXPECT_FALSE(EqualsIgnoreCase("selec", "select"));
  EXPECT_FALSE(EqualsIgnoreCase("[", "{"));
}

TEST(Ascii, TrimTakesBlanksFromBothEndsOnly) {
  EXPECT_EQ("a b", Trim(" \t\r\na b\n\r\t "));
  EXPECT_EQ("", Trim(" \t "));
  EXPECT_EQ("", Trim(""));
  EXPECT_EQ("\v", Trim("\v"));
}

TEST(Ascii, SplitKeepsEmptyParts) {
  EXPECT_EQ((Parts{""}), Split("", ','));
  EXPECT_EQ((Parts{"a"}), Split("a", ','));
  EXPECT_EQ((Parts{"", "a", "", "b", ""}), Split(",a,,b,", ','));
}

TEST(Ascii, ClassesOfCharactersAreThoseOfAscii) {
  int digits = 0;
  int alphanumerics = 0;
  for (int code = 0; code < 256; ++code) {
    char c = static_cast<char>(code);
    digits += IsDigit(c) ? 1 : 0;
    alphanumerics += IsAlnum(c) ? 1 : 0;
  }
  EXPECT_EQ(10, digits);
  EXPECT_EQ(62, alphanumerics);
}

TEST(Ascii, HexadecimalIsLowerCaseAndTakesAnyByte) {
  EXPECT_EQ("", HexEncode(""));
  EXPECT_EQ("00ff7f80", HexEncode(std::string_view("\0\xFF\x7F\x80", 4)));
}

TEST(Ascii, Base64HasTheVectorsOfRfc4648) {
  EXPECT_EQ("", Base64Encode(""));
  EXPECT_EQ("Zg==", Base64Encode("f"));
  EXPECT_EQ("Zm8=", Base64Encode("fo"));
  EXPECT_EQ("Zm9v", Base64Encode("foo"));
  EXPECT_EQ("Zm9vYg==", Base64Encode("foob"));
  EXPECT_EQ("Zm9vYmE=", Base64Encode("fooba"));
  EXPECT_EQ("Zm9vYmFy", Base64Encode("foobar"));
  EXPECT_EQ("+/+/", Base64Encode("\xFB\xFF\xBF"));
}

TEST(Utf8, WellFormedSequencesOfEveryLengthAreValid) {
  constexpr std::array<std::string_view, 11> kValid = {
      "",
      "plain",
      "\x7F",
      "\xC2\x80",          // first of two bytes
      "\xDF\xBF",          // last of two
      "\xE0\xA0\x80",      // first of three
      "\xED\x9F\xBF",      // before the surrogates
      "\xEE\x80\x80",      // after them
      "\xEF\xBF\xBF",      // last of three
      "\xF0\x90\x80\x80",  // first of four
      "\xF4\x8F\xBF\xBF",  // last code point
  };
  for (std::string_view text : kValid) EXPECT_TRUE(IsValidUtf8(text)) << HexEncode(text);
  EXPECT_TRUE(IsValidUtf8(std::string_view("\0", 1)));
}

TEST(Utf8, MalformedSequencesAreRefused) {
  constexpr std::array<std::string_view, 15> kInvalid = {
      "\x80",              // continuation alone
      "\xC0\x80",          // overlong NUL
      "\xC1\xBF",          // overlong
      "\xC2",              // cut short
      "\xC2\x41",          // no continuation
      "\xE0\x9F\xBF",      // overlong
      "\xE2\x82",          // cut short
      "\xED\xA0\x80",      // first surrogate
      "\xED\xBF\xBF",      // last surrogate
      "\xF0\x8F\xBF\xBF",  // overlong
      "\xF0\x9F\x98",      // cut short
      "\xF4\x90\x80\x80",  // past the last code point
      "\xF5\x80\x80\x80",  // no lead byte
      "\xFF",              // never a byte of UTF-8
      "fine\xC2\xA9\xFE",  // bad after good
  };
  for (std::string_view text : kInvalid) EXPECT_FALSE(IsValidUtf8(text)) << HexEncode(text);
}

TEST(Utf8, LengthCountsCodePoints) {
  EXPECT_EQ(0u, Utf8Length(""));
  EXPECT_EQ(3u, Utf8Length("abc"));
  EXPECT_EQ(4u, Utf8Length("a\xC3\xA4\xE4\xBD\xA0\xF0\x9F\x98\x80"));
}

}  // namespace
}  // namespace sluice
