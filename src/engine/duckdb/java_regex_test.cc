#include "engine/duckdb/java_regex.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/duckdb/engine_harness_test.h"

namespace sluice {
namespace {

using namespace std::string_literals;

std::string FirstMatch(std::string_view pattern, std::string_view subject) {
  Result<std::unique_ptr<JavaRegex>> regex = JavaRegex::Compile(pattern);
  if (!regex) return "refused: " + regex.error().message;
  switch ((*regex)->Find(subject, 0)) {
    case JavaRegex::Found::kYes:
      return std::string((*regex)->Group(0).value_or("unset"));
    case JavaRegex::Found::kNo:
      return "no match";
    case JavaRegex::Found::kTooHard:
      return "too hard";
  }
  return {};
}

ErrorCode Refusal(std::string_view pattern) {
  Result<std::unique_ptr<JavaRegex>> regex = JavaRegex::Compile(pattern);
  EXPECT_FALSE(regex) << pattern;
  return regex ? ErrorCode::kInternal : regex.error().code;
}

TEST(JavaPattern, DollarStandsBeforeALastTerminatorButNotInsideOne) {
  EXPECT_EQ(TranslateJavaPattern("a$")->text,
            R"(a(?:(?=(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z)(?<!\r(?=\n))))");
  EXPECT_EQ(FirstMatch("\r$", "\r\n"), "no match");
  EXPECT_EQ(FirstMatch("a$", "a\r\n"), "a");
}

TEST(JavaPattern, GroupsAreCountedAndNamed) {
  const Result<PcrePattern> pattern = TranslateJavaPattern("(a)(?:b)(?<year>c)(?=d)");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->groups, 2);
  EXPECT_EQ(pattern->names.at("year"), 2);
}

TEST(JavaRegex, ClassesNestAndIntersect) {
  EXPECT_EQ(FirstMatch("[a-z&&[^aeiou]]+", "aerxyo"), "rxy");
  EXPECT_EQ(FirstMatch("[a-c[x-z]]+", "mabzn"), "abz");
  EXPECT_EQ(FirstMatch("[^a-c[x-z]]+", "abmnz"), "mn");
}

TEST(JavaRegex, FlagsFoldAsciiOnly) {
  EXPECT_EQ(FirstMatch("(?i)ä", "Ä"), "no match");
  EXPECT_EQ(FirstMatch("(?iu)ä", "Ä"), "Ä");
  EXPECT_EQ(FirstMatch("(?i)[a-f]+", "xFaD"), "FaD");
}

TEST(JavaRegex, WordBoundariesKnowLettersOfAllScripts) {
  EXPECT_EQ(FirstMatch(R"(\ba)", "éa"), "no match");
  EXPECT_EQ(FirstMatch(R"(\w)", "é"), "no match");
}

TEST(JavaRegex, PatternsThatJavaRefusesAreInvalid) {
  for (const char* pattern :
       {"(", ")", "[", "[z-a]", "*", "a**", "{", "a{", "a{2,1}", "\\y", "\\p{Foo}", "(?<1>a)",
        "\\k<none>", "(?z)", "\\x", "\\u12", "(?<n>a)(?<n>b)", "\\"}) {
    EXPECT_EQ(Refusal(pattern), ErrorCode::kInvalidArgument) << pattern;
  }
}

TEST(JavaRegex, WhatOnlyJavaHasIsRefusedByName) {
  for (const char* pattern : {"\\N{WHITE SMILING FACE}", "\\b{g}", "(?U)a", "\\p{InAegeanNumbers}",
                              "(?<=a{1,3})b", "\\uD83D"}) {
    EXPECT_EQ(Refusal(pattern), ErrorCode::kUnsupported) << pattern;
  }
}

TEST(JavaRegex, DeepNestingIsAnAnswer) {
  const std::string deep(10'000, '(');
  EXPECT_EQ(Refusal(deep), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refusal(std::string(10'000, '[')), ErrorCode::kInvalidArgument);
}

TEST(JavaRegex, ACatastrophicPatternEnds) {
  EXPECT_EQ(FirstMatch("(a|a)*(a|aa)*(a|a)*[bc]", std::string(60, 'a')), "too hard");
}

TEST(JavaRegex, ALongSubjectNeedsNoMachineStack) {
  const std::string subject(50'000, 'a');
  EXPECT_TRUE(FirstMatch("(?:a|b)*c?", subject) == subject);
}

class RegexInWorker : public ::testing::Test {
 protected:
  void SetUp() override { harness_.Start(); }
  EngineHarness harness_;
};

TEST_F(RegexInWorker, TooManyStepsFailTheStatement) {
  const AttemptOutcome outcome =
      harness_.Run("SELECT sluice_regexp_matches(repeat('a', 60), '(a|a)*(a|aa)*(a|a)*[bc]') AS c0",
                   {{"c0", "boolean"}});
  EXPECT_EQ(outcome.kind, AttemptOutcome::Kind::kFailed);
  EXPECT_EQ(outcome.error.code, ErrorCode::kLimitExceeded);
}

TEST_F(RegexInWorker, AnInterruptEndsALongChunk) {
  // Each value takes a good part of a second and stays within the limit: without a look at the
  // interrupt inside the chunk this would take many minutes.
  const auto handle =
      harness_.Begin(harness_.Spec("SELECT count(*) FILTER (sluice_regexp_matches(repeat('a', 21) "
                                   "|| range, '(a|aa)*(a|aa)*[bc]')) AS c0 "
                                   "FROM range(100000)",
                                   {{"c0", "bigint"}}));
  handle.observer->WaitUntilStarted();
  handle.execution->Interrupt();
  EXPECT_EQ(handle.observer->WaitForEnd().kind, AttemptOutcome::Kind::kInterrupted);
}

}  // namespace
}  // namespace sluice
