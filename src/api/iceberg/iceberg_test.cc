#include "api/iceberg/iceberg.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/fake_clock.h"
#include "base/random.h"
#include "store/sqlite/sqlite_store.h"

namespace sluice::api {
namespace {

const ProjectId kProject("p1");

/// The handlers over a real catalog, without sockets.
class IcebergRest : public testing::Test {
 protected:
  IcebergRest() : folder_(std::filesystem::path(testing::TempDir()) / ("rest-" + MakeUuidV4())) {
    std::filesystem::create_directories(folder_);
    SqliteStore::Options options;
    options.file = folder_ / "store.db";
    options.clock = &clock_;
    store_ = *SqliteStore::Open(options);
    catalog_ = *LakeCatalog::Create(
        {&files_, &store_->catalog(), &clock_, folder_ / "warehouse", folder_ / "notes"});
    authenticator_ = *Authenticator::Create({&store_->identity(), &clock_});
    user_token_ = authenticator_->IssueToken({"u1", "me", kProject, false}).text;
    RegisterIceberg(&router_, catalog_.get(), authenticator_.get());
  }
  ~IcebergRest() override { std::filesystem::remove_all(folder_); }

  http::Response Send(const std::string& token, const std::string& method, const std::string& path,
                      const std::string& body) {
    http::Request request;
    request.method = method;
    request.target = "/iceberg/v1" + path;
    request.path = request.target.substr(0, request.target.find('?'));
    if (request.path.size() < request.target.size()) {
      request.query = request.target.substr(request.path.size() + 1);
    }
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    request.body = body;
    auto match = router_.Find(method, request.path);
    http::Response response;
    response.status = 0;
    if (match.route == nullptr) return response;
    request.path_parameters = match.path_parameters;
    match.route->handler(
        request, http::Responder([&](http::Response answer) { response = std::move(answer); }));
    return response;
  }
  http::Response User(const std::string& method, const std::string& path,
                      const std::string& body = {}) {
    return Send(user_token_, method, path, body);
  }
  static std::string ErrorType(const http::Response& response) {
    const json::value body = *ParseJson(response.body);
    const json::object& error = body.at("error").as_object();
    EXPECT_EQ(error.at("code"), response.status);
    return std::string(error.at("type").as_string());
  }
  void MakeNamespace(const std::string& name) {
    EXPECT_EQ(User("POST", "/p1/namespaces", R"({"namespace":[")" + name + R"("]})").status, 200);
  }
  void MakeTable(const std::string& name) {
    EXPECT_EQ(User("POST", "/p1/namespaces/db/tables", TableBody(name, "int")).status, 200);
  }
  static std::string TableBody(const std::string& name, const std::string& type) {
    return R"({"name":")" + name + R"(","schema":{"type":"struct","fields":[{"id":0,"name":"a",)" +
           R"("required":false,"type":")" + type + R"("}]}})";
  }

  FakeClock clock_;
  LocalFileSystem files_;
  std::filesystem::path folder_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<LakeCatalog> catalog_;
  std::unique_ptr<Authenticator> authenticator_;
  std::string user_token_;
  http::Router router_;
};

TEST_F(IcebergRest, TheConfigurationNamesTheProject) {
  const http::Response answer = User("GET", "/config?warehouse=x");
  EXPECT_EQ(answer.status, 200);
  const json::value config = *ParseJson(answer.body);
  EXPECT_EQ(config.at("overrides").at("prefix"), "p1");
  EXPECT_FALSE(config.at("endpoints").as_array().empty());
}

TEST_F(IcebergRest, WithoutATokenNothingIsTold) {
  for (const std::string& token : {std::string(), std::string("x"), user_token_ + "x"}) {
    http::Response answer = Send(token, "GET", "/p1/namespaces", "");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(ErrorType(answer), "NotAuthorizedException");
  }
}

TEST_F(IcebergRest, AnotherProjectsCatalogIsForbidden) {
  http::Response answer = User("GET", "/p2/namespaces");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(ErrorType(answer), "ForbiddenException");
}

TEST_F(IcebergRest, DatabasesAreNamespaces) {
  MakeNamespace("DB");
  EXPECT_EQ(User("GET", "/p1/namespaces").body, R"({"namespaces":[["db"],["default"]]})");
  EXPECT_EQ(User("GET", "/p1/namespaces?parent=db").body, R"({"namespaces":[]})");
  EXPECT_EQ(User("GET", "/p1/namespaces?parent=no").status, 404);
  EXPECT_EQ(User("GET", "/p1/namespaces/Db").status, 200);
  EXPECT_EQ(ErrorType(User("POST", "/p1/namespaces", R"({"namespace":["db"]})")),
            "AlreadyExistsException");
  EXPECT_EQ(User("POST", "/p1/namespaces", R"({"namespace":["a","b"]})").status, 400);
  EXPECT_EQ(User("POST", "/p1/namespaces", "[]").status, 400);
  EXPECT_EQ(User("POST", "/p1/namespaces/db/properties", R"({"removals":["x"]})").body,
            R"({"updated":[],"removed":[],"missing":["x"]})");
  EXPECT_EQ(User("POST", "/p1/namespaces/db/properties", R"({"updates":{"a":"b"}})").status, 406);
  MakeTable("t");
  EXPECT_EQ(ErrorType(User("DELETE", "/p1/namespaces/db")), "NamespaceNotEmptyException");
  EXPECT_EQ(User("DELETE", "/p1/namespaces/db/tables/t?purgeRequested=true").status, 204);
  EXPECT_EQ(User("DELETE", "/p1/namespaces/db").status, 204);
  EXPECT_EQ(ErrorType(User("GET", "/p1/namespaces/db")), "NoSuchNamespaceException");
}

TEST_F(IcebergRest, AMissingTableIsCalledSoEvenInAMissingDatabase) {
  MakeNamespace("db");
  for (const char* path : {"/p1/namespaces/db/tables/no", "/p1/namespaces/no/tables/snapshots",
                           "/p1/namespaces/db%1Ft/tables/snapshots"}) {
    http::Response answer = User("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(ErrorType(answer), "NoSuchTableException") << path;
  }
  EXPECT_EQ(ErrorType(User("GET", "/p1/namespaces/no/tables")), "NoSuchNamespaceException");
  EXPECT_EQ(ErrorType(User("GET", "/p1/namespaces/db/views/v")), "NoSuchViewException");
  EXPECT_EQ(User("GET", "/p1/namespaces/db/views").body, R"({"identifiers":[]})");
}

TEST_F(IcebergRest, TablesAreMadeListedRenamedAndDropped) {
  MakeNamespace("db");
  MakeTable("T");
  EXPECT_EQ(User("GET", "/p1/namespaces/db/tables").body,
            R"({"identifiers":[{"namespace":["db"],"name":"t"}]})");
  const json::value loaded = *ParseJson(User("GET", "/p1/namespaces/db/tables/T").body);
  EXPECT_TRUE(loaded.at("metadata-location").as_string().starts_with("file:///"));
  EXPECT_EQ(loaded.at("metadata").at("format-version"), 2);
  EXPECT_EQ(User("POST", "/p1/namespaces/db/tables/t/metrics", "{}").status, 204);
  EXPECT_EQ(User("POST", "/p1/tables/rename",
                 R"({"source":{"namespace":["db"],"name":"t"},
                     "destination":{"namespace":["db"],"name":"u"}})")
                .status,
            204);
  EXPECT_EQ(User("GET", "/p1/namespaces/db/tables/t").status, 404);
  EXPECT_EQ(User("DELETE", "/p1/namespaces/db/tables/u").status, 204);
}

TEST_F(IcebergRest, TypesSparkCannotReadAreRefused) {
  MakeNamespace("db");
  for (const char* type : {"time", "timestamp_ns", "uuid"}) {
    http::Response answer = User("POST", "/p1/namespaces/db/tables", TableBody("t", type));
    EXPECT_EQ(answer.status, 406) << type;
    EXPECT_EQ(ErrorType(answer), "UnsupportedOperationException");
  }
}

TEST_F(IcebergRest, ACommitThatDoesNotHoldIsFailed) {
  MakeNamespace("db");
  MakeTable("t");
  const std::string body =
      R"({"requirements":[{"type":"assert-current-schema-id","current-schema-id":7}],"updates":[]})";
  http::Response answer = User("POST", "/p1/namespaces/db/tables/t", body);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(ErrorType(answer), "CommitFailedException");
  EXPECT_EQ(User("POST", "/p1/transactions/commit", "{}").status, 400);
  EXPECT_EQ(User("POST", "/p1/transactions/commit",
                 R"({"table-changes":[{"identifier":{"namespace":["db"],"name":"t"},
                     "requirements":[],"updates":[{"action":"set-properties",
                                                   "updates":{"a":"b"}}]}]})")
                .status,
            204);
}

}  // namespace
}  // namespace sluice::api
