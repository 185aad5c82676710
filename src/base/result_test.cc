#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace sluice {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Fail(ErrorCode::kInvalidArgument, "Not an even number: {}", number);
  return number / 2;
}

Result<int> Quarter(int number) {
  int half = TRY(Half(number));
  return TRY(Half(half));
}

Result<void> RequireEven(int number) {
  if (number % 2 != 0) return Fail(ErrorCode::kFailedPrecondition, "Odd");
  return {};
}

Result<int> SumOfEven(int a, int b) {
  TRY_VOID(RequireEven(a));
  TRY_VOID(RequireEven(b));
  return a + b;
}

Result<std::unique_ptr<int>> MakeOwned(int number) { return std::make_unique<int>(number); }

TEST(Result, HoldsAValueOrAnError) {
  Result<int> value = Half(8);
  ASSERT_TRUE(value);
  EXPECT_EQ(4, *value);
  Result<int> error = Half(7);
  ASSERT_FALSE(error);
  EXPECT_EQ(ErrorCode::kInvalidArgument, error.error().code);
  EXPECT_EQ("Not an even number: 7", error.error().message);
  EXPECT_EQ("", error.error().detail);
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(3, Quarter(12).value());
  EXPECT_EQ("Not an even number: 13", Quarter(13).error().message);
  EXPECT_EQ("Not an even number: 7", Quarter(14).error().message);
}

TEST(Result, TryMovesAValueThatCannotBeCopied) {
  auto twice = []() -> Result<int> {
    std::unique_ptr<int> owned = TRY(MakeOwned(21));
    return *owned * 2;
  };
  EXPECT_EQ(42, twice().value());
}

TEST(Result, TryVoidStopsAtTheFirstError) {
  EXPECT_EQ(6, SumOfEven(2, 4).value());
  EXPECT_EQ(ErrorCode::kFailedPrecondition, SumOfEven(2, 3).error().code);
  EXPECT_EQ(ErrorCode::kFailedPrecondition, SumOfEven(1, 4).error().code);
}

TEST(Result, AFailureKeepsMessageAndDetailApart) {
  Result<int> result =
      FailWithDetail(ErrorCode::kUnavailable, "open /secret", "Storage: {}", "EIO");
  EXPECT_EQ("Storage: EIO", result.error().message);
  EXPECT_EQ("open /secret", result.error().detail);
}

TEST(Result, ContextGoesBeforeTheDetailAndLeavesTheMessage) {
  Result<int> result = Half(7).WithContext("job {}", "a1").WithContext("pass {}", 2);
  EXPECT_EQ("Not an even number: 7", result.error().message);
  EXPECT_EQ("pass 2: job a1", result.error().detail);
}

TEST(Result, ContextLeavesAValueAlone) {
  Result<int> result = Half(8).WithContext("job {}", "a1");
  EXPECT_EQ(4, result.value());
}

TEST(ErrorCode, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code < kErrorCodeCount; ++code) {
    std::string_view name = ErrorCodeName(static_cast<ErrorCode>(code));
    EXPECT_FALSE(name.empty()) << code;
    EXPECT_EQ(std::string_view::npos, name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_"))
        << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(ErrorCode, NamesStandInTheOrderOfTheCodes) {
  EXPECT_EQ("INVALID_ARGUMENT", ErrorCodeName(ErrorCode::kInvalidArgument));
  EXPECT_EQ("CONFLICT", ErrorCodeName(ErrorCode::kConflict));
  EXPECT_EQ("UNAUTHENTICATED", ErrorCodeName(ErrorCode::kUnauthenticated));
  EXPECT_EQ("INTERNAL", ErrorCodeName(ErrorCode::kInternal));
}

}  // namespace
}  // namespace sluice
