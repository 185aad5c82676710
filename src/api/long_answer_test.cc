#include "api/long_answer.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace sluice::api {
namespace {

class LongAnswerTest : public testing::Test {
 protected:
  LongAnswerTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-answer-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LongAnswerTest() override { std::filesystem::remove_all(folder_); }

  /// An answer of so many elements of 1000 bytes.
  static Result<http::Response> Make(const std::filesystem::path& folder, int elements) {
    LongAnswer answer(std::make_shared<Spool>(folder, std::uint64_t{1} << 30));
    for (int i = 0; i < elements; ++i) {
      answer.text()->append(1'000, static_cast<char>('a' + i % 26));
      TRY_VOID(answer.Spill());
      EXPECT_LT(answer.text()->size(), 5u << 20u) << "it does not grow without an end";
    }
    return std::move(answer).Finish();
  }
  static std::string BodyOf(http::Response response) {
    if (response.source == nullptr) return response.body;
    std::string text;
    EXPECT_TRUE(ReadExactly(response.source.get(), response.BodyBytes(), &text));
    return text;
  }
  static std::string Expected(int elements) {
    std::string text;
    for (int i = 0; i < elements; ++i) text.append(1'000, static_cast<char>('a' + i % 26));
    return text;
  }

  std::filesystem::path folder_;
};

TEST_F(LongAnswerTest, IsWhatWasWrittenWhateverItsLength) {
  for (int elements : {0, 1, 127, 131, 132, 3'000, 20'000}) {
    Result<http::Response> response = Make(folder_, elements);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->source != nullptr, elements > 131) << elements;
    EXPECT_TRUE(BodyOf(*std::move(response)) == Expected(elements)) << elements;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(LongAnswerTest, StaysInMemoryWithoutADiskUntilThatIsTooMuch) {
  Result<http::Response> response = Make(folder_ / "missing", 4'000);
  ASSERT_TRUE(response);
  EXPECT_TRUE(BodyOf(*std::move(response)) == Expected(4'000));
  Result<http::Response> refused = Make(folder_ / "missing", 20'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace sluice::api
