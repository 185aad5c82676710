// Runs the scripts of tests/api: each is a conversation with the API, readable by everybody who
// knows HTTP and JSON. tests/api/README.md says how they are written.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "api/bootstrap.h"
#include "api/testing/test_api.h"
#include "base/ascii.h"

namespace sluice::api {
namespace {

constexpr std::string_view kAnything = "...";

/// Lines of a script up to a blank one.
struct Block {
  int line = 0;
  std::vector<std::string> lines;
};

std::vector<Block> ReadBlocks(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<Block> blocks;
  bool inside = false;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with('#')) continue;
    if (Trim(line).empty()) {
      inside = false;
      continue;
    }
    if (!inside) blocks.push_back(Block{number, {}});
    inside = true;
    blocks.back().lines.push_back(line);
  }
  return blocks;
}

/// One run of one script.
class Script {
 public:
  void Run(const std::filesystem::path& file) {
    for (const Block& block : ReadBlocks(file)) {
      SCOPED_TRACE(file.filename().string() + ":" + std::to_string(block.line));
      if (block.lines.front().starts_with('@')) {
        for (const std::string& line : block.lines) Direct(Substitute(line));
      } else {
        Talk(block);
      }
      if (::testing::Test::HasFailure()) return;
    }
  }

 private:
  /// `<name>` becomes what was captured under that name.
  std::string Substitute(std::string text) const {
    for (const auto& [name, value] : captured_) {
      std::string mark = "<" + name + ">";
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
        text.replace(at, mark.size(), value);
      }
    }
    return text;
  }

  /// `@ verb argument rest`: what happens behind the API.
  void Direct(const std::string& line) {
    std::istringstream in(line.substr(1));
    std::string verb;
    std::string argument;
    std::string rest;
    in >> verb >> argument;
    std::getline(in, rest);
    rest = std::string(Trim(rest));
    if (verb == "advance") return api_.clock.Advance(std::stoll(argument));
    if (verb == "run") return api_.jobs.Move(JobId(argument), JobState::kRunning);
    if (verb == "finish") return Finish(JobId(argument), rest);
    if (verb == "fail") return FailJob(JobId(argument), rest);
    if (verb == "user") {
      ASSERT_TRUE(AddUser(&api_.identities, api_.clock, argument, rest));
      return;
    }
    FAIL() << "unknown directive: " << verb;
  }

  /// The rest is JSON: {"columns": {name: type}, "rows": [[...]], "input_size": n, "table": name}.
  void Finish(const JobId& id, const std::string& json_text) {
    json::object result;
    if (!json_text.empty()) result = ParseJson(json_text)->get_object();
    Schema schema;
    if (const json::value* columns = result.if_contains("columns")) {
      for (const auto& [name, type] : columns->get_object()) {
        schema.push_back(Column(std::string(name), *ParseDataType(std::string(type.get_string()))));
      }
    }
    Job& job = api_.jobs.job(id);
    if (!schema.empty()) job.schema_json = SchemaJson(schema);
    std::vector<std::string> rows;
    if (const json::value* values = result.if_contains("rows")) {
      for (const json::value& row : values->get_array()) rows.push_back(json::serialize(row));
    }
    job.counts.result_count = static_cast<std::int64_t>(rows.size());
    if (const json::value* size = result.if_contains("input_size")) {
      job.counts.input_size_bytes = size->get_int64();
    }
    if (const json::string* table = FindString(result, "table")) job.table_name = *table;
    api_.jobs.SetRows(id, schema, rows);
    api_.jobs.Move(id, JobState::kFinished);
  }

  void FailJob(const JobId& id, const std::string& message) {
    Error error{ErrorCode::kAnalysis, message, {}};
    api_.jobs.job(id).message = FailureMessage(error);
    api_.jobs.Move(id, JobState::kFailed);
  }

  static bool IsHeader(const std::string& line) {
    std::size_t colon = line.find(':');
    return colon != std::string::npos && colon > 0 &&
           std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon),
                       [](char c) { return IsAlnum(c) || c == '-'; });
  }

  static std::pair<std::string, std::string> SplitHeader(const std::string& line) {
    std::size_t colon = line.find(':');
    return {line.substr(0, colon), std::string(Trim(line.substr(colon + 1)))};
  }

  void Talk(const Block& block) {
    auto line = block.lines.begin();
    std::istringstream first(Substitute(*line++));
    std::string method;
    std::string target;
    first >> method >> target;
    http::Request request = api_.Make(method, target);
    for (; line != block.lines.end() && IsHeader(*line); ++line) {
      auto header = SplitHeader(Substitute(*line));
      std::erase_if(request.headers,
                    [&](const auto& known) { return EqualsIgnoreCase(known.first, header.first); });
      if (!header.second.empty()) request.headers.push_back(header);
    }
    for (; line != block.lines.end() && !line->starts_with("----"); ++line) {
      request.body += Substitute(*line);
    }
    ASSERT_NE(line, block.lines.end()) << "a request has no expected answer";
    int status = std::stoi(line->substr(4));
    http::Response response = api_.Send(request);
    EXPECT_EQ(response.status, status) << response.body;
    std::vector<std::string> expected(line + 1, block.lines.end());
    Compare(response, expected);
  }

  void Compare(const http::Response& response, const std::vector<std::string>& expected) {
    auto line = expected.begin();
    for (; line != expected.end() && IsHeader(*line); ++line) {
      auto [name, value] = SplitHeader(*line);
      std::string actual = HeaderOf(response, name);
      EXPECT_FALSE(actual.empty()) << "header " << name << " is missing";
      EXPECT_EQ(MatchText(value, actual), "") << "header " << name;
    }
    std::string text;
    for (; line != expected.end(); ++line) text += *line;
    if (text.empty()) return;
    Result<json::value> wanted = ParseJson(text);
    ASSERT_TRUE(wanted) << "the expected answer is no JSON: " << wanted.error().detail;
    Result<json::value> actual = ParseJson(response.body);
    ASSERT_TRUE(actual) << response.body;
    EXPECT_EQ(Match(*wanted, *actual, "$"), "") << response.body;
  }

  /// "" when the text is the expected one; `...` is any, `<name>` captures or repeats.
  std::string MatchText(const std::string& wanted, const std::string& actual) {
    if (wanted == kAnything) return "";
    if (wanted.size() > 2 && wanted.front() == '<' && wanted.back() == '>') {
      auto [found, is_new] = captured_.emplace(wanted.substr(1, wanted.size() - 2), actual);
      return found->second == actual ? "" : "is " + actual + " and was " + found->second;
    }
    return wanted == actual ? "" : "is " + actual + " instead of " + wanted;
  }

  std::string Match(const json::value& wanted, const json::value& actual,
                    const std::string& place) {
    if (wanted.is_object() && actual.is_object()) {
      return MatchObject(wanted.get_object(), actual.get_object(), place);
    }
    if (wanted.is_array() && actual.is_array()) {
      return MatchArray(wanted.get_array(), actual.get_array(), place);
    }
    if (wanted.is_string()) {
      std::string text(wanted.get_string());
      if (text == kAnything) return "";
      if (!actual.is_string()) return place + " is no string";
      std::string difference = MatchText(text, std::string(actual.get_string()));
      return difference.empty() ? "" : place + " " + difference;
    }
    return wanted == actual ? "" : place + " is " + json::serialize(actual);
  }

  /// A member named `...` allows others than those listed.
  std::string MatchObject(const json::object& wanted, const json::object& actual,
                          const std::string& place) {
    for (const auto& [name, value] : wanted) {
      if (std::string_view(name) == kAnything) continue;
      std::string below = place + "." + std::string(name);
      const json::value* member = actual.if_contains(name);
      if (member == nullptr) return below + " is missing";
      std::string difference = Match(value, *member, below);
      if (!difference.empty()) return difference;
    }
    if (wanted.contains({kAnything.data(), kAnything.size()})) return "";
    for (const auto& [name, value] : actual) {
      if (!wanted.contains(name)) return place + "." + std::string(name) + " is not expected";
    }
    return "";
  }

  std::string MatchArray(const json::array& wanted, const json::array& actual,
                         const std::string& place) {
    if (wanted.size() != actual.size()) {
      return place + " has " + std::to_string(actual.size()) + " elements";
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      std::string difference = Match(wanted[i], actual[i], place + "[" + std::to_string(i) + "]");
      if (!difference.empty()) return difference;
    }
    return "";
  }

  TestApi api_;
  std::map<std::string, std::string> captured_;
};

std::vector<std::filesystem::path> FindScripts() {
  std::vector<std::filesystem::path> scripts;
  std::filesystem::path root = std::filesystem::path(SLUICE_SOURCE_DIR) / "tests" / "api";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".test") scripts.push_back(entry.path());
  }
  std::sort(scripts.begin(), scripts.end());
  return scripts;
}

class ApiScript : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(ApiScript, GoesAsItIsWritten) { Script().Run(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Tests, ApiScript, ::testing::ValuesIn(FindScripts()),
                         [](const auto& script) { return script.param.stem().string(); });

}  // namespace
}  // namespace sluice::api
