#include "http/client.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/random.h"
#include "http/stream.h"
#include "http/transport_fixture.h"

namespace sluice::http {
namespace {

using testing::HasSubstr;

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

/// A server with a certificate for localhost that signs itself, and a client that trusts it.
class TlsTest : public ClientTest {
 protected:
  TlsTest() : folder_(std::filesystem::temp_directory_path() / ("sluice-tls-" + MakeUuidV4())) {
    std::filesystem::create_directories(folder_);
    options_.host = "localhost";
    Use("cert.pem", "key.pem");
    made_ = MakeCertificate("DNS:localhost");
    ::setenv("SSL_CERT_FILE", options_.tls_certificate_file.c_str(), 1);
  }
  ~TlsTest() override {
    ::unsetenv("SSL_CERT_FILE");
    std::filesystem::remove_all(folder_);
  }

  void Use(const char* certificate, const char* key) {
    options_.tls_certificate_file = folder_ / certificate;
    options_.tls_key_file = folder_ / key;
  }

  /// Writes the files that the options name.
  bool MakeCertificate(const std::string& name) const {
    return Run(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=" + name +
        " -keyout " + options_.tls_key_file + " -out " + options_.tls_certificate_file);
  }

  /// Signs the certificate again as one that ended yesterday.
  bool Expire() const {
    const std::string& file = options_.tls_certificate_file;
    return Run("x509 -days -1 -in " + file + " -signkey " + options_.tls_key_file + " -out " +
               file + ".new") &&
           std::rename((file + ".new").c_str(), file.c_str()) == 0;
  }

  static bool Run(const std::string& arguments) {
    return std::system(("openssl " + arguments + " 2>/dev/null").c_str()) == 0;
  }

  /// What the client says about a server that it does not talk to.
  Error ErrorOfPing(const std::string& scheme) {
    Result<Response> response = Connect(scheme)->Send(MakeRequest("GET", "/ping"), kPatienceMs);
    EXPECT_FALSE(response);
    return response ? Error{} : response.error();
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

TEST_F(ServerSpeaksTls, WithNobodyWhoDoesNotTrustIt) {
  ASSERT_TRUE(made_);
  Start();
  ::setenv("SSL_CERT_FILE", "/dev/null", 1);
  Error error = ErrorOfPing("https");
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("self-signed and not trusted"));
  ::setenv("SSL_CERT_FILE", (folder_ / "none.pem").c_str(), 1);
  EXPECT_THAT(ErrorOfPing("https").message, HasSubstr("SSL_CERT_FILE cannot be read"));
}

TEST_F(ServerSpeaksTls, WithNobodyWhoWantsAnotherName) {
  ASSERT_TRUE(MakeCertificate("DNS:example.org"));
  Start();
  EXPECT_THAT(ErrorOfPing("https").message, HasSubstr("for another name than localhost"));
}

TEST_F(ServerSpeaksTls, WithNobodyAfterItsCertificateHasExpired) {
  ASSERT_TRUE(made_ && Expire());
  Start();
  EXPECT_THAT(ErrorOfPing("https").message, HasSubstr("certificate has expired"));
}

TEST_F(ServerSpeaksTls, AndSaysSoToAClientThatDoesNot) {
  ASSERT_TRUE(made_);
  Start();
  Result<Response> response = Connect("http")->Send(MakeRequest("GET", "/ping"), kPatienceMs);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 400);
  EXPECT_THAT(response->body, HasSubstr("begins with https://"));
}

TEST_F(ServerSpeaksTls, AndItsClientNoticesAServerThatDoesNot) {
  options_.tls_certificate_file.clear();
  options_.tls_key_file.clear();
  Start();
  Error error = ErrorOfPing("https");
  EXPECT_EQ(error.code, ErrorCode::kFailedPrecondition);
  EXPECT_THAT(error.message, HasSubstr("does not speak TLS"));
}

TEST_F(ServerSpeaksTls, AndItsFilesAreAllLookedAt) {
  ASSERT_TRUE(made_);
  std::string certificate = options_.tls_certificate_file;
  std::string key = options_.tls_key_file;
  EXPECT_TRUE(TlsContext::FindFileFaults(certificate, key).empty());
  std::vector<Error> faults = TlsContext::FindFileFaults(folder_, folder_ / "none.pem");
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_THAT(faults[0].message, HasSubstr("it is a folder"));
  EXPECT_THAT(faults[1].message, HasSubstr("none.pem: No such file"));
  faults = TlsContext::FindFileFaults(key, certificate);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_THAT(faults[0].message, HasSubstr("no certificate in PEM"));
  EXPECT_THAT(faults[1].message, HasSubstr("no private key in PEM"));
  Use("other.pem", "other-key.pem");
  ASSERT_TRUE(MakeCertificate("DNS:localhost"));
  faults = TlsContext::FindFileFaults(certificate, options_.tls_key_file);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_THAT(faults[0].message, HasSubstr("belongs to another certificate"));
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
