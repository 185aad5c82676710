#include "job/job.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/json.h"
#include "job/dli_error.h"

namespace sluice {
namespace {

JobState State(int value) { return static_cast<JobState>(value); }

TEST(JobState, FinalStatesHaveNoExits) {
  for (int from = 0; from < kJobStateCount; ++from) {
    for (int to = 0; to < kJobStateCount; ++to) {
      if (IsFinal(State(from))) {
        EXPECT_FALSE(CanTransition(State(from), State(to)));
      }
    }
  }
}

TEST(JobState, NothingGoesBackToLaunching) {
  for (int from = 0; from < kJobStateCount; ++from) {
    EXPECT_FALSE(CanTransition(State(from), JobState::kLaunching));
  }
  EXPECT_TRUE(CanTransition(JobState::kLaunching, JobState::kRunning));
  EXPECT_TRUE(CanTransition(JobState::kLaunching, JobState::kFailed));
  EXPECT_TRUE(CanTransition(JobState::kRunning, JobState::kCancelled));
}

TEST(JobState, NamesAreReadBack) {
  for (int value = 0; value < kJobStateCount; ++value) {
    EXPECT_EQ(ParseJobState(JobStateName(State(value))), State(value));
  }
  EXPECT_EQ(JobStateName(JobState::kCancelled), "CANCELLED");
  EXPECT_FALSE(ParseJobState("FINISH"));
}

TEST(JobType, NamesAreReadBack) {
  for (int value = 0; value < kJobTypeCount; ++value) {
    auto type = static_cast<JobType>(value);
    EXPECT_EQ(ParseJobType(JobTypeName(type)), type);
  }
  EXPECT_EQ(JobTypeName(JobType::kDataMigration), "DATA_MIGRATION");
  EXPECT_FALSE(ParseJobType("ALL")) << "a filter's word, no type";
}

TEST(DliErrors, EveryErrorCodeHasAStatusAndACode) {
  for (int value = 0; value < kErrorCodeCount; ++value) {
    DliError error = DliErrorFor(static_cast<ErrorCode>(value));
    EXPECT_GE(error.http_status, 400) << value;
    EXPECT_LT(error.http_status, 600) << value;
    EXPECT_TRUE(error.code.starts_with("DLI.") || error.code.starts_with("APIGW.")) << value;
  }
}

TEST(DliErrors, CodesAreTheDocumentedOnes) {
  EXPECT_EQ(DliErrorFor(ErrorCode::kNotFound).http_status, 400) << "Terraform: 400 is not found";
  EXPECT_EQ(DliErrorFor(ErrorCode::kNotFound).code, "DLI.0002");
  EXPECT_EQ(DliErrorFor(ErrorCode::kSyntax).code, "DLI.0004");
  EXPECT_EQ(DliErrorFor(ErrorCode::kTimeout).http_status, 408);
  EXPECT_EQ(DliErrorFor(ErrorCode::kUnavailable).http_status, 500);
}

TEST(FailureMessages, AreJsonWithCodeAndWords) {
  Error error{ErrorCode::kAnalysis, "no \"column\"\n`x`", "secret detail"};
  json::object message = ParseJson(FailureMessage(error)).value().as_object();
  EXPECT_EQ(*FindString(message, "error_code"), "DLI.0005");
  EXPECT_EQ(*FindString(message, "error_msg"), "no \"column\"\n`x`");
  EXPECT_EQ(FailureMessage(error).find("secret"), std::string::npos);
}

TEST(Names, FollowTheIdentifierRule) {
  for (const char* good : {"a", "A1", "db_1", "1a", "x_"}) EXPECT_TRUE(IsValidName(good)) << good;
  for (const char* bad : {"", "_a", "123", "a-b", "a b", "ä", "a.b", "a$b"}) {
    EXPECT_FALSE(IsValidName(bad)) << bad;
  }
  EXPECT_TRUE(IsValidName(std::string(128, 'x')));
  EXPECT_FALSE(IsValidName(std::string(129, 'x')));
  EXPECT_TRUE(IsValidTableName("a$b"));
}

std::vector<Tag> Tags(int count) {
  std::vector<Tag> tags;
  for (int i = 0; i < count; ++i) tags.push_back({"k" + std::to_string(i), "v"});
  return tags;
}

TEST(TagRules, AllowTwentyWithUniqueKeys) {
  EXPECT_TRUE(ValidateTags(Tags(20)));
  EXPECT_FALSE(ValidateTags(Tags(21)));
  EXPECT_FALSE(ValidateTags({{"k", "v"}, {"k", "w"}}));
}

TEST(TagRules, BoundKeysAndValues) {
  EXPECT_TRUE(ValidateTags({{"a b", ""}}));
  EXPECT_TRUE(ValidateTags({{"湖", std::string(255, 'v')}}));
  for (const Tag& bad : std::vector<Tag>{{"", "v"},
                                         {" k", "v"},
                                         {"k ", "v"},
                                         {"_sys_k", "v"},
                                         {std::string(129, 'k'), "v"},
                                         {"k", std::string(256, 'v')}}) {
    auto refused = ValidateTags({bad});
    ASSERT_FALSE(refused) << bad.key;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(ConfEntries, AreTrimmedRoundTheEqualsSign) {
  EXPECT_EQ(ParseConfEntry("  a.b   =  c=d  ").value(), ConfEntry("a.b", "c=d"));
  EXPECT_FALSE(ParseConfEntry("no equals sign"));
  EXPECT_FALSE(ParseConfEntry(" = value"));
}

TEST(ConfEntries, RefuseABadValueOfAKnownKey) {
  EXPECT_FALSE(ParseConfEntry("spark.sql.shuffle.partitions = many"));
  EXPECT_FALSE(ParseConfEntry("spark.sql.shuffle.partitions = 0"));
  EXPECT_TRUE(ParseConfEntry("spark.sql.shuffle.partitions = 10"));
  for (const char* zone : {"nonsense", "", "+05:30"}) {
    EXPECT_FALSE(ParseConfEntry(std::string("spark.sql.session.timeZone = ") + zone)) << zone;
  }
  EXPECT_TRUE(ParseConfEntry("spark.sql.session.timeZone = +08:00"));
  for (const char* path : {"", "/etc/x", "file:///x", "obs://", "obs:///x", "obs://b/../x",
                           "obs://b/%2E%2e/x", "obs://b/*", "obs://b\\x"}) {
    EXPECT_FALSE(ParseConfEntry(std::string("spark.sql.badRecordsPath = ") + path)) << path;
  }
  EXPECT_TRUE(ParseConfEntry("spark.sql.badRecordsPath = obs://bucket/bad"));
  EXPECT_TRUE(ParseConfEntry("some.unknown.key = many"));
}

}  // namespace
}  // namespace sluice
