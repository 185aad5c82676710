#include "base/json.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace sluice {
namespace {

std::string Nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

TEST(ParseJson, ReadsOneValueOfAnyKind) {
  EXPECT_TRUE(ParseJson("null")->is_null());
  EXPECT_EQ(-12, ParseJson(" -12 ")->as_int64());
  EXPECT_EQ("a\xC3\xA4\xF0\x9F\x98\x80", ParseJson(R"("aä\ud83d\ude00")")->as_string());
  EXPECT_EQ(2u, ParseJson(R"({"a":1,"b":[true,2.5]})")->as_object().size());
}

TEST(ParseJson, WhatIsNotJsonIsAnInvalidArgument) {
  constexpr std::array<std::string_view, 16> kBad = {
      "",      " ",       "{",        "[1,]", "{\"a\":1,}", "{a:1}",    "NaN",      "-Infinity",
      "[NaN]", "// x\n1", "/* x */1", "1 2",  "\"\xFF",     "\"a\nb\"", "'single'", "\"\\ud83d\""};
  for (std::string_view text : kBad) {
    Result<json::value> value = ParseJson(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(ErrorCode::kInvalidArgument, value.error().code);
    EXPECT_FALSE(value.error().detail.empty());
  }
}

TEST(ParseJson, TheErrorDoesNotRepeatTheText) {
  Result<json::value> value = ParseJson(R"({"password":"secret",)");
  ASSERT_FALSE(value);
  EXPECT_EQ(std::string::npos, value.error().message.find("secret"));
  EXPECT_EQ(std::string::npos, value.error().detail.find("secret"));
}

TEST(ParseJson, InvalidUtf8IsRefused) {
  EXPECT_FALSE(ParseJson("\"\xC0\x80\""));
  EXPECT_FALSE(ParseJson("\"\xED\xA0\x80\""));
}

TEST(ParseJson, NestingIsFollowedToItsLimitAndNoFurther) {
  EXPECT_TRUE(ParseJson(Nested(kJsonDepthMax)));
  EXPECT_FALSE(ParseJson(Nested(kJsonDepthMax + 1)));
  EXPECT_FALSE(ParseJson(std::string(1'000'000, '[')));
}

TEST(FindString, GivesStringsAndNothingElse) {
  json::value value = ParseJson(R"({"a":"x","b":1,"c":null})").value();
  const json::object& object = value.as_object();
  ASSERT_NE(nullptr, FindString(object, "a"));
  EXPECT_EQ("x", *FindString(object, "a"));
  EXPECT_EQ(nullptr, FindString(object, "b"));
  EXPECT_EQ(nullptr, FindString(object, "c"));
  EXPECT_EQ(nullptr, FindString(object, "d"));
}

TEST(ParseRequestJson, RefusesMoreValuesThanARequestNeeds) {
  std::string many = "[1";
  for (std::size_t i = 0; i < kRequestJsonValuesMax; ++i) many += ",1";
  Result<json::value> refused = ParseRequestJson(many + "]");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(ParseRequestJson("[\"\\\"" + std::string(2 * kRequestJsonValuesMax, ',') + "\"]"));
  EXPECT_FALSE(ParseRequestJson(std::string(2 * kRequestJsonValuesMax, '[')));
}

TEST(JsonWriter, PutsCommasBetweenMembersAndElements) {
  std::string out;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("a").Int(1).Key("b").BeginArray().Int(1).String("x").Null().EndArray();
  json.Key("c").BeginObject().EndObject().Key("d").Bool(false).Key("e").Raw("[0.5]");
  json.EndObject();
  EXPECT_EQ(R"({"a":1,"b":[1,"x",null],"c":{},"d":false,"e":[0.5]})", out);
}

TEST(JsonWriter, SeparatesObjectsOfAnArray) {
  std::string out;
  JsonWriter json(&out);
  json.BeginArray();
  for (int i = 0; i < 2; ++i) json.BeginObject().Key("i").Int(i).EndObject();
  json.BeginArray().EndArray().EndArray();
  EXPECT_EQ(R"([{"i":0},{"i":1},[]])", out);
}

TEST(JsonWriter, AppendsToWhatIsThere) {
  std::string out = "data: ";
  JsonWriter(&out).Bool(true);
  EXPECT_EQ("data: true", out);
}

TEST(JsonWriter, WritesTheWidestIntegers) {
  std::string out;
  JsonWriter json(&out);
  json.BeginArray();
  json.Int(std::numeric_limits<std::int64_t>::min());
  json.Int(std::numeric_limits<std::int64_t>::max());
  json.EndArray();
  EXPECT_EQ("[-9223372036854775808,9223372036854775807]", out);
}

TEST(AppendJsonString, EscapesWhatMustBeAndLeavesTheRest) {
  EXPECT_EQ(R"("")", Quoted(""));
  EXPECT_EQ(R"("a\"b\\c/")", Quoted("a\"b\\c/"));
  EXPECT_EQ(R"("\n\r\t\u0008\u000c\u001f")", Quoted("\n\r\t\b\f\x1F"));
  EXPECT_EQ(R"("\u0000x")", Quoted(std::string_view("\0x", 2)));
  EXPECT_EQ("\"\x7F\xC3\xA4\xE2\x80\xA8\"", Quoted("\x7F\xC3\xA4\xE2\x80\xA8"));
}

TEST(AppendJsonString, EveryByteOfAsciiComesBackFromTheParser) {
  std::string text;
  for (char c = 0; c >= 0; c = static_cast<char>(c + 1)) {
    text.push_back(c);
    if (c == 127) break;
  }
  Result<json::value> value = ParseJson(Quoted(text));
  ASSERT_TRUE(value);
  EXPECT_EQ(text, std::string_view(value->as_string()));
}

}  // namespace
}  // namespace sluice
