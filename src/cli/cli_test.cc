#include "cli/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

#include "base/random.h"
#include "cli/api_client.h"
#include "cli/credentials.h"
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

/// A folder with a credentials.toml.
class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() : folder_(std::filesystem::path(testing::TempDir()) / MakeUuidV4()) {
    std::filesystem::create_directories(folder_);
    flags_.data = folder_;
  }
  ~CredentialsTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) { std::ofstream(folder_ / "credentials.toml") << text; }

  Result<Access> Resolve() {
    return ResolveAccess(flags_, [this](const std::string& name) -> std::optional<std::string> {
      auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    });
  }

  std::filesystem::path folder_;
  AccessFlags flags_;
  std::map<std::string, std::string> variables_ = {{"SLUICE_ENDPOINT", "http://env:1"},
                                                   {"SLUICE_PROJECT_ID", "env-project"},
                                                   {"SLUICE_AK", "env-ak"},
                                                   {"SLUICE_SK", "env-sk"}};
};

using ResolvedAccess = CredentialsTest;

TEST_F(ResolvedAccess, NamesWhatIsMissing) {
  flags_.data.clear();
  variables_.erase("SLUICE_SK");
  Result<Access> access = Resolve();
  ASSERT_FALSE(access);
  EXPECT_THAT(access.error().message, HasSubstr("SLUICE_SK"));
}

TEST_F(ResolvedAccess, PrefersFlagsToTheEnvironment) {
  flags_.data.clear();
  flags_.access.endpoint = "http://flag:1";
  Result<Access> access = Resolve();
  ASSERT_TRUE(access);
  EXPECT_EQ(access->endpoint, "http://flag:1");
  EXPECT_EQ(access->access_key, "env-ak");
}

TEST_F(ResolvedAccess, PrefersTheFolderThatAFlagNamesToTheEnvironment) {
  Write(RenderCredentials({"http://file:1", "file-project", "file-ak", "file-sk"}));
  Result<Access> access = Resolve();
  ASSERT_TRUE(access);
  EXPECT_EQ(access->endpoint, "http://file:1");
  EXPECT_EQ(access->project_id, "file-project");
  EXPECT_EQ(access->access_key, "file-ak");
  EXPECT_EQ(access->secret_key, "file-sk");
  flags_.access.endpoint = "http://flag:1";
  EXPECT_EQ(Resolve()->endpoint, "http://flag:1");
}

TEST_F(ResolvedAccess, NeverMixesTheHalvesOfTwoKeyPairs) {
  Write(RenderCredentials({"http://file:1", "file-project", "file-ak", "file-sk"}));
  flags_.access.access_key = "flag-ak";
  EXPECT_EQ(Resolve()->secret_key, "env-sk");
  flags_.access.access_key = "file-ak";
  EXPECT_EQ(Resolve()->secret_key, "file-sk");
  flags_.access.secret_key = "flag-sk";
  EXPECT_EQ(Resolve()->secret_key, "flag-sk");
}

TEST_F(ResolvedAccess, SaysWhyAFolderHasNone) {
  Result<Access> access = Resolve();
  ASSERT_FALSE(access);
  EXPECT_THAT(access.error().message, HasSubstr("No such file"));
  std::filesystem::create_directories(folder_ / "credentials.toml");
  EXPECT_THAT(Resolve().error().message, HasSubstr("Is a directory"));
}

using Credentials = CredentialsTest;

TEST_F(Credentials, AreReadAsTheyWereWritten) {
  const std::string secret = "a \"b\" \\ 'c' # = \t 北京";
  Write(RenderCredentials({"http://h:1", "p", "ak", secret}));
  EXPECT_EQ(ReadCredentials(folder_ / "credentials.toml")->secret_key, secret);
  Write("access_key='lit\\eral' # mine\nsecret_key = \"open\nproject_id_2 = \"x\"\n");
  Access access = *ReadCredentials(folder_ / "credentials.toml");
  EXPECT_EQ(access.access_key, "lit\\eral");
  EXPECT_EQ(access.secret_key, "");
  EXPECT_EQ(access.project_id, "");
}

TEST_F(Credentials, KeepAllButTheAddress) {
  EXPECT_EQ(WithEndpoint("# mine\nendpoint = \"http://old:1\"\nsecret_key = \"s\"\n", "http://n:2"),
            "# mine\nendpoint = \"http://n:2\"\nsecret_key = \"s\"\n");
  EXPECT_EQ(WithEndpoint("secret_key = \"s\"", "http://n:2"),
            "endpoint = \"http://n:2\"\nsecret_key = \"s\"\n");
  EXPECT_EQ(WithEndpoint("", "http://n:2"), "endpoint = \"http://n:2\"\n");
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
    StartServer(0);
  }

  void StartServer(std::uint16_t port) {
    http::Server::Options options;
    options.port = port;
    options.router = router_;
    options.render_error = [](const Error&, int, const std::string&) { return http::Response(); };
    server_ = std::move(*http::Server::Start(std::move(options)));
    port_ = server_->port();
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
    const std::string* key = request.FindHeader("idempotency-key");
    if (key != nullptr) keys_.push_back(*key);
    auto& replies = replies_[route];
    http::Response reply = replies.front();
    if (replies.size() > 1) replies.erase(replies.begin());
    return reply;
  }

  /// The exit status of the command; what it prints is in out_ and err_.
  int Run(std::vector<std::string> words) {
    words.insert(words.end(), {"--endpoint", "http://127.0.0.1:" + std::to_string(port_),
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
  std::vector<std::string> keys_;
  std::uint16_t port_ = 0;
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
  server_->Stop(0);
  EXPECT_EQ(Run({"queues", "list", "--wait", "0"}), 2);
  EXPECT_THAT(err_, HasSubstr("cannot be reached: 127.0.0.1:" + std::to_string(port_)));
}

TEST_F(ClientCommand, SqlWaitsForAServerThatHasNoRoomAndSubmitsTheSame) {
  http::Response busy;
  busy.status = 503;
  busy.body = R"({"error_code":"DLI.0999","error_msg":"The server is busy"})";
  auto& submits = replies_["POST " + std::string(kJobs) + "/submit-job"];
  submits.insert(submits.begin(), 2, busy);
  auto& replies = replies_["GET " + std::string(kJobs) + "/{job_id}/status"];
  replies.insert(replies.begin(), 2, busy);
  EXPECT_EQ(Run({"sql", "SELECT 1"}), 0);
  EXPECT_EQ(out_, "one\n----\n1.50\n(1 row)\n");
  EXPECT_THAT(err_, HasSubstr("The server is busy; trying again for 60 s: job j1"));
  ASSERT_EQ(keys_.size(), 3u);
  EXPECT_EQ(std::set(keys_.begin(), keys_.end()).size(), 1u);
}

TEST_F(ClientCommand, SqlNamesTheJobOfAServerThatStaysAway) {
  http::Response away;
  away.status = 503;
  replies_["GET " + std::string(kJobs) + "/{job_id}/status"] = {away};
  EXPECT_EQ(Run({"sql", "SELECT 1", "--wait", "0"}), 2);
  EXPECT_THAT(err_, HasSubstr("HTTP status 503; the job is j1"));
}

TEST_F(ClientCommand, SqlGoesOnWithAJobWhoseServerStopsWhileItWaits) {
  const std::string id = "01234567-89ab-7def-8123-456789abcdef";
  On("POST", std::string(kJobs) + "/submit-job",
     R"({"error_code":"DLI.0019","error_msg":"The server stops, id: )" + id + R"("})", 408);
  EXPECT_EQ(Run({"sql", "SHOW TABLES"}), 0);
  EXPECT_EQ(received_.at(1), "GET /v1.0/p1/jobs/" + id + "/status?wait=1 ");
}

TEST_F(ClientCommand, ACancelThatWasSentTwiceMayHaveWorkedTheFirstTime) {
  On("GET", std::string(kJobs) + "/{job_id}/status", R"({"status":"CANCELLED"})");
  On("DELETE", std::string(kJobs) + "/{job_id}", R"({"error_code":"DLI.0007","error_msg":"no"})",
     400);
  EXPECT_EQ(Run({"jobs", "cancel", "j1"}), 1);
  http::Response lost;
  lost.status = 502;
  auto& replies = replies_["DELETE " + std::string(kJobs) + "/{job_id}"];
  replies.insert(replies.begin(), lost);
  EXPECT_EQ(Run({"jobs", "cancel", "j1"}), 0);
}

TEST_F(ClientCommand, SqlReadsItsStatementFromAFile) {
  std::filesystem::path file = std::filesystem::path(testing::TempDir()) / MakeUuidV4();
  std::ofstream(file) << "\xEF\xBB\xBFSELECT 1.5 AS one\n";
  EXPECT_EQ(Run({"sql", "-f", file.string()}), 0);
  EXPECT_EQ(received_.front(),
            "POST /v1.0/p1/jobs/submit-job "
            R"({"sql":"SELECT 1.5 AS one\n"})");
  std::ofstream(file) << "SELECT '\xFF'";
  EXPECT_EQ(Run({"sql", "-f", file.string()}), 2);
  EXPECT_THAT(err_, HasSubstr("is no UTF-8 text"));
  std::ofstream(file) << " \n";
  EXPECT_EQ(Run({"sql", "-f", file.string()}), 2);
  EXPECT_THAT(err_, HasSubstr("has no statement"));
  std::filesystem::remove(file);
  EXPECT_EQ(Run({"sql", "-f", file.string()}), 2);
  EXPECT_THAT(err_, HasSubstr("No such file"));
}

}  // namespace
}  // namespace sluice::cli
