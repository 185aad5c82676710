#include "base/spool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace sluice {
namespace {

class SpoolFileTest : public testing::Test {
 protected:
  SpoolFileTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-spool-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SpoolFileTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
  std::shared_ptr<Spool> spool_ = std::make_shared<Spool>(folder_, 1 << 20);
};

TEST_F(SpoolFileTest, GivesBackWhatItWasGivenAndLeavesNothing) {
  Result<SpoolFile> file = spool_->Create();
  ASSERT_TRUE(file);
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    std::string piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(file->Append(piece));
    expected += piece;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_)) << "it has no name";
  std::shared_ptr<ByteSource> source = std::move(*file).Finish();
  ASSERT_EQ(source->size(), expected.size());
  std::string text;
  ASSERT_TRUE(ReadExactly(source.get(), expected.size(), &text));
  EXPECT_TRUE(text == expected);
  char more = 0;
  EXPECT_EQ(source->Read(&more, 1).value(), 0u);
}

TEST_F(SpoolFileTest, OfAFolderThatIsMissingIsAnError) {
  auto missing = std::make_shared<Spool>(folder_ / "missing", 1);
  EXPECT_EQ(missing->Create().error().code, ErrorCode::kUnavailable);
}

TEST_F(SpoolFileTest, WhatTheDiskDidNotTakeDoesNotCount) {
  Result<SpoolFile> file = spool_->Create();
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->Append("first "));
  // Past this length the system writes a part, then nothing, as a full disk does.
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 20;
  auto* handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  Result<void> refused = file->Append(std::string(100, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_FALSE(refused);
  ASSERT_TRUE(file->Append("second"));
  std::shared_ptr<ByteSource> source = std::move(*file).Finish();
  std::string text;
  ASSERT_TRUE(ReadExactly(source.get(), source->size(), &text));
  EXPECT_EQ(text.substr(0, 12), "first second");
  EXPECT_EQ(source->size(), 12u);
}

TEST_F(SpoolFileTest, TheFilesOfASpoolShareItsLimit) {
  Result<SpoolFile> first = spool_->Create();
  Result<SpoolFile> second = spool_->Create();
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(first->Append(std::string(700'000, 'a')));
  EXPECT_EQ(second->Append(std::string(400'000, 'b')).error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(second->Append(std::string(300'000, 'b')));
  std::shared_ptr<ByteSource> source = std::move(*first).Finish();
  EXPECT_FALSE(second->Append(std::string(400'000, 'b'))) << "it is not sent yet";
  source.reset();
  EXPECT_TRUE(second->Append(std::string(400'000, 'b')));
  EXPECT_EQ(spool_->bytes(), 700'000u);
}

TEST(Enclose, PutsOneBehindTheOther) {
  std::shared_ptr<ByteSource> source = Enclose("{", Enclose("", MakeTextSource("a"), "b"), "}");
  ASSERT_EQ(source->size(), 4u);
  std::string text;
  ASSERT_TRUE(ReadExactly(source.get(), 4, &text));
  EXPECT_EQ(text, "{ab}");
  EXPECT_FALSE(ReadExactly(source.get(), 1, &text)) << "it is at its end";
}

}  // namespace
}  // namespace sluice
