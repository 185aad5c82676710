#include "sql/json_document.h"

#include <gtest/gtest.h>

namespace sluice::sql {
namespace {

std::string Copied(std::string_view text, const JsonReading& reading = {}) {
  JsonDocument document;
  switch (ReadJson(text, reading, &document)) {
    case JsonVerdict::kEmpty:
      return "empty";
    case JsonVerdict::kMalformed:
      return "malformed";
    case JsonVerdict::kRead:
      break;
  }
  std::string out;
  WriteJson(document, &out);
  return out;
}

TEST(JsonDocument, IsCopiedAsJacksonCopiesIt) {
  EXPECT_EQ(Copied(R"( {"a" : [1, 2.50, -0, 1e2, "x\u00e9\n", null, true], "a":{}} tail)"),
            "{\"a\":[1,2.5,0,100.0,\"x\xC3\xA9\\n\",null,true],\"a\":{}}");
  EXPECT_EQ(Copied("12345678901234567890123"), "12345678901234567890123");
  EXPECT_EQ(Copied(R"("\ud83d\ude00\ud83d")"), "\"\xF0\x9F\x98\x80?\"");
  EXPECT_EQ(Copied(" \t\r\n"), "empty");
}

TEST(JsonDocument, WhatTheStandardForbidsIsMalformedUnlessAllowed) {
  for (std::string_view text :
       {"{", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "+1", "\"a", "\"\\q\"", "\"\\u12\"", "tru",
        "nullx", "{a:1}", "NaN", "\"\x01\"", "1/**/", "{\"a\" 1}", "'"}) {
    EXPECT_EQ(Copied(text), "malformed") << text;
  }
  EXPECT_EQ(Copied("{a:1}", {.unquoted_names = true}), "{\"a\":1}");
  EXPECT_EQ(Copied("-007", {.leading_zeros = true}), "-7");
  EXPECT_EQ(Copied("-INF", {.not_numbers = true}), "\"-Infinity\"");
  EXPECT_EQ(Copied("\"\\q\"", {.any_escape = true}), "\"q\"");
  EXPECT_EQ(Copied("\"\x01\"", {.control_characters = true}), "\"\\u0001\"");
  EXPECT_EQ(Copied("/* x */[1//y\n]", {.comments = true}), "[1]");
  EXPECT_EQ(Copied("'a'"), "\"a\"");
  EXPECT_EQ(Copied("'a'", {.single_quotes = false}), "malformed");
}

TEST(JsonDocument, NestingAndNumbersHaveALimit) {
  const auto nested = [](int depth) {
    const auto count = static_cast<std::size_t>(depth);
    return std::string(count, '[') + std::string(count, ']');
  };
  EXPECT_EQ(Copied(nested(kJsonNestingMax)), nested(kJsonNestingMax));
  EXPECT_EQ(Copied(nested(kJsonNestingMax + 1)), "malformed");
  EXPECT_EQ(Copied(std::string(100'000, '[')), "malformed");
  EXPECT_EQ(Copied(std::string(kJsonNumberMax + 1, '7')), "malformed");
}

}  // namespace
}  // namespace sluice::sql
