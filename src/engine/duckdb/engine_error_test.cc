#include "engine/duckdb/engine_error.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

constexpr WorkerLimits kLimits = {.memory_bytes = std::uint64_t{100} << 20U,
                                  .temp_quota_bytes = std::uint64_t{7} << 20U};

EngineFailure Classify(duckdb_error_type type, const char* text) {
  return ClassifyEngineError(type, text, kLimits);
}

TEST(EngineError, LimitsAreNamedInPlainWords) {
  EngineFailure failure = Classify(DUCKDB_ERROR_OUT_OF_MEMORY, "Out of Memory Error: no block");
  EXPECT_EQ(failure.error.code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(failure.error.message, "The statement exceeded its memory limit of 100 MB");
  failure = Classify(DUCKDB_ERROR_OUT_OF_MEMORY,
                     "Out of Memory Error: failed to offload data block of size 256 KiB. This "
                     "limit was set by the 'max_temp_directory_size' setting");
  EXPECT_EQ(failure.error.message, "The statement exceeded its limit for temporary files of 7 MB");
}

TEST(EngineError, APlanThatIsTooDeepIsALimitAndNoFaultOfOurs) {
  constexpr const char* kText =
      "Binder Error: Max expression depth limit of 1000 exceeded. Use \"SET max_expression_depth "
      "TO "
      "x\" to increase the maximum expression depth.";
  constexpr const char* kTree =
      "Parser Error: Maximum tree depth of 1000 exceeded in logical planner";
  for (const EngineFailure& failure :
       {Classify(DUCKDB_ERROR_BINDER, kText), Classify(DUCKDB_ERROR_PARSER, kTree)}) {
    EXPECT_EQ(failure.verdict, EngineVerdict::kStatement);
    EXPECT_EQ(failure.error.code, ErrorCode::kLimitExceeded);
    EXPECT_TRUE(failure.error.message.starts_with("[LIMIT_EXCEEDED.PLAN_DEPTH]"));
  }
}

TEST(EngineError, OnlyTheTypeMakesAFailureFatal) {
  EXPECT_EQ(Classify(DUCKDB_ERROR_INTERNAL, "INTERNAL Error: x").verdict, EngineVerdict::kWorker);
  EXPECT_EQ(Classify(DUCKDB_ERROR_FATAL, "FATAL Error: x").verdict, EngineVerdict::kWorker);
  EXPECT_EQ(Classify(DUCKDB_ERROR_INVALID_INPUT, "Invalid Input Error: FATAL Error: x").verdict,
            EngineVerdict::kStatement);
}

TEST(EngineError, MessagesShowNoInternals) {
  for (int type = DUCKDB_ERROR_INVALID; type <= DUCKDB_INVALID_CONFIGURATION; ++type) {
    EngineFailure failure = Classify(static_cast<duckdb_error_type>(type),
                                     "Some Error: cannot open \"/data/warehouse/dli.x.parquet\"");
    EXPECT_EQ(failure.error.message.find("/data"), std::string::npos) << type;
    EXPECT_EQ(failure.error.message.find("dli."), std::string::npos) << type;
    EXPECT_FALSE(failure.error.message.empty()) << type;
    EXPECT_NE(failure.error.detail.find("/data"), std::string::npos) << "the log has it";
  }
}

TEST(EngineError, ConversionsNameValueAndType) {
  EXPECT_EQ(
      Classify(DUCKDB_ERROR_CONVERSION,
               "Conversion Error: Could not convert string 'it's' to INT32 when casting "
               "from source column x\n\nLINE 1: SELECT")
          .error.message,
      "[CAST_INVALID_INPUT] The value 'it's' of the type \"STRING\" cannot be cast to \"INT\" "
      "because it is malformed");
  EXPECT_EQ(Classify(DUCKDB_ERROR_CONVERSION, "Conversion Error: something else").error.code,
            ErrorCode::kConversion);
}

}  // namespace
}  // namespace sluice
