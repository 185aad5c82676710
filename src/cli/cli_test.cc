#include "cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <map>
#include <mutex>
#include <set>

#include "cli/api_client.h"
#include "cli/raw_json.h"
#include "cli/table.h"
#include "http/server.h"
#include "http/signature.h"

namespace sluice::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(RawJson, KeepsTheDigitsOfNumbers) {
  std::string_view text =
      R"({"a": {"rows": 1}, "rows": [[12.50, "x,]\"", null], [1e3, [1, {"k": 2}], true]]})";
  std::vector<std::string_view> rows = RawElements(RawMember(text, "rows"));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(RawElements(rows[0]), ElementsAre("12.50", R"("x,]\"")", "null"));
  EXPECT_THAT(RawElements(rows[1]), ElementsAre("1e3", R"([1, {"k": 2}])", "true"));
  EXPECT_EQ(RawMember(text, "none"), "");
  EXPECT_THAT(RawElements("null"), ElementsAre());
  EXPECT_THAT(RawElements("[]"), ElementsAre());
}

ApiAnswer Answer(std::string text) {
  ApiAnswer answer;
  answer.object = ParseJson(text)->get_object();
  answer.text = std::move(text);
  return answer;
}

Table Sample() {
  return TableOfAnswer(Answer(R"({"schema":[{"id":"int"},{"name":"string"}],)"
                              R"("rows":[[1,"a"],[12.50,null],[-3,"杭州\n\u001b"]]})"));
}

TEST(Render, AlignsATableByWhatATerminalShows) {
  EXPECT_EQ(Render(Sample(), Format::kTable),
            "id    | name\n"
            "------+--------\n"
            "    1 | a\n"
            "12.50 | NULL\n"
            "   -3 | 杭州\\n?\n"
            "(3 rows)\n");
}

TEST(Render, WritesCsvThatTellsNullFromEmptyText) {
  Table table = TableOfAnswer(
      Answer(R"({"schema":[{"a":"string"},{"b":"string"}],"rows":[["",null],["x,y","q\"q"]]})"));
  EXPECT_EQ(Render(table, Format::kCsv), "a,b\r\n\"\",\r\n\"x,y\",\"q\"\"q\"\r\n");
}

TEST(Render, WritesJsonAsItCame) {
  EXPECT_EQ(Render(Sample(), Format::kJson),
            R"([{"id":1,"name":"a"},{"id":12.50,"name":null},{"id":-3,"name":"杭州\n\u001b"}])"
            "\n");
}

TEST(ResolveAccess, PrefersFlagsToTheEnvironment) {
  AccessFlags flags;
  flags.access.endpoint = "http://flag:1";
  std::map<std::string, std::string> variables = {
      {"SLUICE_ENDPOINT", "http://env:1"}, {"SLUICE_PROJECT_ID", "p"}, {"SLUICE_AK", "a"}};
  Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  Result<Access> access = ResolveAccess(flags, environment);
  ASSERT_FALSE(access);
  EXPECT_THAT(access.error().message, HasSubstr("SLUICE_SK"));
  variables["SLUICE_SK"] = "s";
  access = ResolveAccess(flags, environment);
  ASSERT_TRUE(access);
  EXPECT_EQ(access->endpoint, "http://flag:1");
  EXPECT_EQ(access->access_key, "a");
}

/// A server with the few answers that the commands need.
class ClientCommand : public testing::Test {
 protected:
  static constexpr const char* kJobs = "/v1.0/{project_id}/jobs";

  ClientCommand() : router_(std::make_shared<http::Router>()) {
    On("POST", std::string(kJobs) + "/submit-job", R"({"is_success":true,"job_id":"j1"})");
    On("GET", std::string(kJobs) + "/{job_id}/status",
       R"({"status":"FINISHED","job_type":"QUERY","result_count":1})");
    On("GET", std::string(kJobs) + "/{job_id}/preview",
       R"({"row_count":1,"schema":[{"one":"double"}],"rows":[[1.50]]})");
    On("DELETE", std::string(kJobs) + "/{job_id}", R"({"is_success":true,"message":""})");
    On("GET", kJobs, R"({"jobs":[{"job_id":"j1","status":"FAILED","duration":7}]})");
    On("GET", "/v1.0/{project_id}/queues", R"({"queues":[{"queue_name":"default"}]})");
    for (const std::string& route : routes_) {
      std::string method = route.substr(0, route.find(' '));
      router_->Add(method, route.substr(method.size() + 1), http::RunOn::kPool,
                   [this, route](const http::Request& request, const http::Responder& responder) {
                     responder.Send(Reply(route, request));
                   });
    }
    http::Server::Options options;
    options.router = router_;
    options.render_error = [](const Error&, int, const std::string&) { return http::Response(); };
    server_ = std::move(*http::Server::Start(std::move(options)));
  }

  void On(const std::string& method, const std::string& pattern, std::string body,
          int status = 200) {
    std::lock_guard lock(mutex_);
    routes_.insert(method + " " + pattern);
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    replies_[method + " " + pattern] = {std::move(response)};
  }

  http::Response Reply(const std::string& route, const http::Request& request) {
    auto parts = http::ParseAuthorization(*request.FindHeader("authorization"));
    EXPECT_TRUE(parts && http::VerifySignature(request, *parts, "secret", SystemClock().WallMs()));
    std::lock_guard lock(mutex_);
    received_.push_back(request.method + " " + request.target + " " + request.body);
    auto& replies = replies_[route];
    http::Response reply = replies.front();
    if (replies.size() > 1) replies.erase(replies.begin());
    return reply;
  }

  /// The exit status of the command; what it prints is in out_ and err_.
  int Run(std::vector<std::string> words) {
    words.insert(words.end(), {"--endpoint", "http://127.0.0.1:" + std::to_string(server_->port()),
                               "--project-id", "p1", "--ak", "key", "--sk", "secret"});
    std::reverse(words.begin(), words.end());
    CLI::App app;
    int status = -1;
    AddClientCommands(&app, &status);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    app.parse(words);
    std::fflush(stdout);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return status;
  }

  std::mutex mutex_;
  std::set<std::string> routes_;
  std::map<std::string, std::vector<http::Response>> replies_;
  std::vector<std::string> received_;
  std::shared_ptr<http::Router> router_;
  std::unique_ptr<http::Server> server_;
  std::string out_;
  std::string err_;
};

TEST_F(ClientCommand, SqlPrintsTheRows) {
  EXPECT_EQ(Run({"sql", "SELECT 1.5 AS one", "-d", "db", "-q", "etl"}), 0);
  EXPECT_EQ(out_, "one\n----\n1.50\n(1 row)\n");
  EXPECT_EQ(received_.front(),
            "POST /v1.0/p1/jobs/submit-job "
            R"({"sql":"SELECT 1.5 AS one","currentdb":"db","queue_name":"etl"})");
  EXPECT_EQ(Run({"sql", "SELECT 1", "--format", "json"}), 0);
  EXPECT_EQ(out_, "[{\"one\":1.50}]\n");
}

TEST_F(ClientCommand, SqlSaysWhyAJobFailed) {
  On("GET", std::string(kJobs) + "/{job_id}/status",
     R"({"status":"FAILED","job_type":"QUERY",)"
     R"("message":"{\"error_code\":\"DLI.0005\",\"error_msg\":\"no table\"}"})");
  EXPECT_EQ(Run({"sql", "SELECT * FROM t"}), 1);
  EXPECT_EQ(out_, "");
  EXPECT_EQ(err_, "DLI.0005: no table\n");
}

TEST_F(ClientCommand, SqlSaysWhyAStatementWasRefused) {
  On("POST", std::string(kJobs) + "/submit-job",
     R"({"error_code":"DLI.0004","error_msg":"syntax"})", 400);
  EXPECT_EQ(Run({"sql", "SELEC"}), 1);
  EXPECT_EQ(err_, "sluice: DLI.0004: syntax\n");
}

TEST_F(ClientCommand, SqlWaitsUntilTheJobHasEnded) {
  http::Response running;
  running.body = R"({"status":"RUNNING","job_type":"QUERY"})";
  auto& replies = replies_["GET " + std::string(kJobs) + "/{job_id}/status"];
  replies.insert(replies.begin(), 3, running);
  EXPECT_EQ(Run({"sql", "SELECT 1"}), 0);
  EXPECT_EQ(received_.size(), 6u);
}

TEST_F(ClientCommand, JobsAndQueues) {
  EXPECT_EQ(Run({"jobs", "list", "--status", "FAILED"}), 0);
  EXPECT_THAT(out_, HasSubstr("j1     | FAILED"));
  EXPECT_EQ(Run({"jobs", "show", "j1"}), 0);
  EXPECT_THAT(out_, HasSubstr("result_count |"));
  EXPECT_EQ(Run({"jobs", "cancel", "j1"}), 0);
  EXPECT_EQ(received_.back(), "DELETE /v1.0/p1/jobs/j1 ");
  EXPECT_EQ(Run({"queues", "list"}), 0);
  EXPECT_THAT(out_, HasSubstr("default"));
}

TEST_F(ClientCommand, EndsWithTwoWhenThereIsNoServer) {
  std::uint16_t port = server_->port();
  server_->Stop(0);
  EXPECT_EQ(Run({"queues", "list"}), 2);
  EXPECT_THAT(err_, HasSubstr("cannot be reached: 127.0.0.1:" + std::to_string(port)));
}

}  // namespace
}  // namespace sluice::cli
