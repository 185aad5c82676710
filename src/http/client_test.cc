#include "http/client.h"

#include <cstdlib>
#include <filesystem>

#include "base/random.h"
#include "http/transport_fixture.h"

namespace sluice::http {
namespace {

constexpr int kPatienceMs = 20'000;

Request MakeRequest(std::string method, std::string target, std::string body = {}) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

class ClientTest : public TransportTest {
 protected:
  std::unique_ptr<Client> Connect(const std::string& scheme = "http") {
    Result<std::unique_ptr<Client>> client =
        Client::Create(scheme + "://localhost:" + std::to_string(server_->port()));
    EXPECT_TRUE(client);
    return std::move(*client);
  }
};

using ClientSends = ClientTest;

TEST_F(ClientSends, RequestsOverOneConnection) {
  options_.host = "localhost";
  Start();
  auto client = Connect();
  for (int i = 0; i < 3; ++i) {
    Result<Response> response = client->Send(MakeRequest("GET", "/ping"), kPatienceMs);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "pong");
    EXPECT_EQ(response->content_type, "application/json;charset=utf-8");
  }
  std::string large(1'000'000, 'x');
  EXPECT_EQ(client->Send(MakeRequest("POST", "/pool/echo", large), kPatienceMs)->body, large);
  EXPECT_EQ(client->Send(MakeRequest("HEAD", "/ping"), kPatienceMs)->body, "");
  EXPECT_EQ(client->Send(MakeRequest("GET", "/nowhere"), kPatienceMs)->status, 404);
  EXPECT_EQ(Metric("sluice_http_connections_total"), 1);
}

TEST_F(ClientSends, OverANewConnectionWhenTheServerClosedTheOldOne) {
  options_.host = "localhost";
  Start();
  auto client = Connect();
  Request request = MakeRequest("GET", "/ping");
  request.headers.emplace_back("Connection", "close");
  EXPECT_EQ(client->Send(request, kPatienceMs)->body, "pong");
  EXPECT_EQ(client->Send(request, kPatienceMs)->body, "pong");
  EXPECT_EQ(Metric("sluice_http_connections_total"), 2);
}

TEST_F(ClientSends, NothingWhereNobodyListens) {
  options_.host = "localhost";
  Start();
  auto client = Connect();
  server_.reset();
  Result<Response> response = client->Send(MakeRequest("GET", "/ping"), kPatienceMs);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
}

TEST_F(ClientSends, AndGivesUpAfterItsTime) {
  options_.host = "localhost";
  std::vector<Responder> kept;
  router_->Add("GET", "/never", RunOn::kIoThread,
               [&](const Request&, Responder responder) { kept.push_back(responder); });
  Start();
  Result<Response> response = Connect()->Send(MakeRequest("GET", "/never"), 50);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kTimeout);
  server_.reset();  // joins the thread that filled `kept`
}

TEST(ClientCreate, RefusesWhatIsNoEndpoint) {
  for (const char* endpoint : {"", "localhost:80", "ftp://localhost", "http://", "http://:80",
                               "http://h:0", "http://h:99999", "http://h:x", "http://h/path"}) {
    EXPECT_FALSE(Client::Create(endpoint)) << endpoint;
  }
  EXPECT_EQ((*Client::Create("http://[::1]:8080/"))->host(), "[::1]:8080");
}

/// A certificate for localhost that signs itself.
class TlsTest : public ClientTest {
 protected:
  TlsTest() : folder_(std::filesystem::temp_directory_path() / ("sluice-tls-" + MakeUuidV4())) {
    std::filesystem::create_directories(folder_);
    options_.host = "localhost";
    options_.tls_certificate_file = folder_ / "cert.pem";
    options_.tls_key_file = folder_ / "key.pem";
    std::string command =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=DNS:localhost -keyout " +
        options_.tls_key_file + " -out " + options_.tls_certificate_file + " 2>/dev/null";
    made_ = std::system(command.c_str()) == 0;
    ::setenv("SSL_CERT_FILE", options_.tls_certificate_file.c_str(), 1);
  }
  ~TlsTest() override {
    ::unsetenv("SSL_CERT_FILE");
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path folder_;
  bool made_ = false;
};

using ServerSpeaksTls = TlsTest;

TEST_F(ServerSpeaksTls, WithAClientThatTrustsIt) {
  ASSERT_TRUE(made_);
  Start();
  auto client = Connect("https");
  for (int i = 0; i < 3; ++i) {
    Result<Response> response = client->Send(MakeRequest("GET", "/ping"), kPatienceMs);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "pong");
  }
  std::string large(3'000'000, 'x');
  EXPECT_EQ(client->Send(MakeRequest("POST", "/pool/echo", large), kPatienceMs)->body, large);
  EXPECT_EQ(client->Send(MakeRequest("GET", "/large/5000000"), kPatienceMs)->body.size(),
            5'000'000u);
}

TEST_F(ServerSpeaksTls, WithNobodyWhoDoesNot) {
  ASSERT_TRUE(made_);
  Start();
  ::setenv("SSL_CERT_FILE", "/dev/null", 1);
  EXPECT_FALSE(Connect("https")->Send(MakeRequest("GET", "/ping"), kPatienceMs));
  EXPECT_FALSE(Connect("http")->Send(MakeRequest("GET", "/ping"), kPatienceMs));
}

TEST_F(ServerSpeaksTls, OnlyWithACertificateAndItsKey) {
  ASSERT_TRUE(made_);
  options_.router = router_;
  options_.tls_key_file = folder_ / "none.pem";
  Result<std::unique_ptr<Server>> server = Server::Start(options_);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::http
