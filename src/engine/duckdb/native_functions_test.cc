#include "engine/duckdb/native_functions.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engine/duckdb/engine_harness_test.h"

namespace sluice {
namespace {

class NativeFunctions : public ::testing::Test {
 protected:
  void SetUp() override { harness_.Start(); }

  /// The one value of a query, as the preview shows it, or the error.
  std::string ValueOf(const std::string& expression, const std::string& type) {
    const AttemptOutcome outcome = harness_.Run("SELECT " + expression + " AS c0", {{"c0", type}});
    if (!outcome.result) return outcome.error.message;
    return outcome.result->rows.empty() ? "no row" : outcome.result->rows.front();
  }

  EngineHarness harness_;
};

TEST(NativeFunctionTable, NamesAreOursAndUnique) {
  std::set<std::string> names;
  for (const auto family : NativeFunctionFamilies()) {
    for (const NativeFunction& function : family) {
      EXPECT_TRUE(std::string_view(function.name).starts_with("sluice_")) << function.name;
      EXPECT_TRUE(names.insert(function.name).second) << function.name;
    }
  }
}

TEST_F(NativeFunctions, IntegersWrap) {
  EXPECT_EQ(ValueOf("sluice_add32(2147483647, 1)", "int"), "[-2147483648]");
  EXPECT_EQ(ValueOf("sluice_multiply64(9223372036854775807, 2)", "bigint"), "[-2]");
  EXPECT_EQ(ValueOf("sluice_low64(sum(9223372036854775807)) FROM range(2)", "bigint"), "[-2]");
}

TEST_F(NativeFunctions, NullArgumentsGiveNull) {
  EXPECT_EQ(ValueOf("sluice_add32(NULL, 1)", "int"), "[null]");
  EXPECT_EQ(ValueOf("count(sluice_add64(CASE WHEN range % 3 > 0 THEN range END, range)) FROM "
                    "range(9000)",
                    "bigint"),
            "[6000]");
}

TEST_F(NativeFunctions, HashesAreSparks) {
  EXPECT_EQ(ValueOf("sluice_hash_bytes(encode('Spark'), 42)", "int"), "[228093765]");
  EXPECT_EQ(ValueOf("sluice_hash_int(NULL, 42)", "int"), "[42]");
  EXPECT_EQ(ValueOf("sluice_xxhash64_bytes(encode('Spark'), 42)", "bigint"),
            "[-4294468057691064905]");
  EXPECT_EQ(ValueOf("sluice_crc32(encode('ABC'))", "bigint"), "[2743272264]");
}

TEST_F(NativeFunctions, ConvReadsWhatItCan) {
  EXPECT_EQ(ValueOf("sluice_conv('-10', 16, -10)", "string"), "[\"-16\"]");
  EXPECT_EQ(ValueOf("sluice_conv('11abc', 10, 16)", "string"), "[\"B\"]");
  EXPECT_EQ(ValueOf("sluice_conv('1', 10, 37)", "string"), "[null]");
  EXPECT_EQ(ValueOf("sluice_luhn_check('79927398713')", "boolean"), "[true]");
}

TEST_F(NativeFunctions, DivisionByZeroIsNull) {
  EXPECT_EQ(ValueOf("sluice_divide64(1, 0)", "bigint"), "[null]");
  EXPECT_EQ(ValueOf("sluice_remainder32(-2147483648, -1)", "int"), "[0]");
}

}  // namespace
}  // namespace sluice
