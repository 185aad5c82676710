#include "base/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "base/ascii.h"
#include "base/json.h"
#include "base/unique_fd.h"

namespace sluice {
namespace {

/// Standard error goes to a file while this lives.
class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), saved_(::dup(STDERR_FILENO)) {
    ::dup2(::fileno(file_), STDERR_FILENO);
    // As a log file is opened: writes of several threads append.
    ::fcntl(::fileno(file_), F_SETFL, O_APPEND);
  }
  ~CapturedStderr() {
    ::dup2(saved_.get(), STDERR_FILENO);
    std::fclose(file_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  std::string text() const {
    std::string text;
    char buffer[4096];
    off_t offset = 0;
    while (true) {
      ssize_t count = ::pread(::fileno(file_), buffer, sizeof buffer, offset);
      if (count <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(count));
      offset += count;
    }
  }
  /// The lines as JSON objects; none when one is no JSON object or the last has no end.
  std::vector<json::object> lines() const {
    std::vector<json::object> objects;
    std::string all = text();
    if (all.empty() || all.back() != '\n') return objects;
    all.pop_back();
    for (std::string_view line : Split(all, '\n')) {
      Result<json::value> value = ParseJson(line);
      if (!value || !value->is_object()) return {};
      objects.push_back(value->as_object());
    }
    return objects;
  }

 private:
  std::FILE* file_;
  UniqueFd saved_;
};

class LogTest : public testing::Test {
 protected:
  ~LogTest() override { SetLogLevel(LogLevel::kInfo); }
};

TEST_F(LogTest, AnEventIsOneLineOfJsonInAFixedOrder) {
  CapturedStderr captured;
  Log(LogLevel::kInfo, "job finished", {{"job_id", "a1"}, {"attempt", 2}});
  EXPECT_TRUE(std::regex_match(
      captured.text(),
      std::regex(R"re(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info",)re"
                 R"re("event":"job finished","job_id":"a1","attempt":2\}\n)re")))
      << captured.text();
}

TEST_F(LogTest, HostileValuesStayInsideTheirLine) {
  CapturedStderr captured;
  std::string hostile("\"}\n{\"level\":\"error\"\0\x1B[31m", 24);
  Log(LogLevel::kWarning, "odd", {{"queue", hostile}});
  std::vector<json::object> lines = captured.lines();
  ASSERT_EQ(1u, lines.size()) << captured.text();
  EXPECT_EQ("warning", lines[0].at("level").as_string());
  EXPECT_EQ(hostile, std::string_view(lines[0].at("queue").as_string()));
}

TEST_F(LogTest, NumbersAreWrittenAsNumbers) {
  CapturedStderr captured;
  Log(LogLevel::kInfo, "n",
      {{"a", std::numeric_limits<std::int64_t>::min()}, {"b", std::uint64_t{7}}, {"c", -1}});
  std::vector<json::object> lines = captured.lines();
  ASSERT_EQ(1u, lines.size());
  EXPECT_EQ(std::numeric_limits<std::int64_t>::min(), lines[0].at("a").as_int64());
  EXPECT_EQ(7, lines[0].at("b").as_int64());
  EXPECT_EQ(-1, lines[0].at("c").as_int64());
}

TEST_F(LogTest, AnErrorShowsItsNameMessageAndDetail) {
  CapturedStderr captured;
  LogError(LogLevel::kError, "write", Error{ErrorCode::kUnavailable, "Storage", "open f"},
           {{"job_id", "a1"}});
  LogError(LogLevel::kError, "write", Error{ErrorCode::kNotFound, "None", ""});
  std::vector<json::object> lines = captured.lines();
  ASSERT_EQ(2u, lines.size());
  EXPECT_EQ("a1", lines[0].at("job_id").as_string());
  EXPECT_EQ("UNAVAILABLE", lines[0].at("error").as_string());
  EXPECT_EQ("Storage", lines[0].at("message").as_string());
  EXPECT_EQ("open f", lines[0].at("detail").as_string());
  EXPECT_EQ("NOT_FOUND", lines[1].at("error").as_string());
  EXPECT_FALSE(lines[1].contains("detail"));
}

TEST_F(LogTest, LinesBelowTheLevelAreNotWritten) {
  CapturedStderr captured;
  Log(LogLevel::kDebug, "hidden by default");
  SetLogLevel(LogLevel::kWarning);
  Log(LogLevel::kInfo, "hidden");
  Log(LogLevel::kWarning, "shown");
  Log(LogLevel::kError, "shown");
  SetLogLevel(LogLevel::kDebug);
  Log(LogLevel::kDebug, "shown");
  std::vector<json::object> lines = captured.lines();
  ASSERT_EQ(3u, lines.size());
  EXPECT_EQ("warning", lines[0].at("level").as_string());
  EXPECT_EQ("error", lines[1].at("level").as_string());
  EXPECT_EQ("debug", lines[2].at("level").as_string());
}

TEST_F(LogTest, LinesOfManyThreadsDoNotMix) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  CapturedStderr captured;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([] {
        std::string filler(300, 'x');
        for (int n = 0; n < kLines; ++n) Log(LogLevel::kInfo, "line", {{"filler", filler}});
      });
    }
  }
  EXPECT_EQ(static_cast<std::size_t>(kThreads * kLines), captured.lines().size());
}

}  // namespace
}  // namespace sluice
