#include "http/signature.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/ascii.h"

namespace sluice::http {
namespace {

constexpr const char* kAk = "TESTACCESSKEY0000001";
constexpr const char* kSk = "TESTSECRETKEY0123456789abcdefghijklmnopqrst";
constexpr std::int64_t kJanuary2026Ms = 1'767'225'600'000;
constexpr std::int64_t kMinuteMs = 60'000;

Request MakeRequest(std::string method, std::string target, std::string body = {}) {
  Request request;
  request.method = std::move(method);
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (std::size_t mark = target.find('?'); mark != std::string::npos) {
    request.query = target.substr(mark + 1);
  }
  request.body = std::move(body);
  return request;
}

struct Vector {
  const char* method;
  const char* host;  ///< empty: not signed
  const char* target;
  const char* body;
  const char* date;
  std::int64_t date_ms;
  const char* signature;
};

constexpr std::int64_t k2020Ms = 1'591'583'940'000;
constexpr std::int64_t k2019Ms = 1'573'788'992'000 + 3'000;
constexpr std::int64_t k2006Ms = 1'136'214'245'000;

// contract/clients.md section 5, "Upstream vectors".
constexpr Vector kUpstream[] = {
    {"GET", "service.endpoint.myhuaweicloud.com", "/resources?size=1", "", "20200608T023900Z",
     k2020Ms, "cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842"},
    {"POST", "service.endpoint.myhuaweicloud.com", "/resources?size=1", R"({"name":"test","id":1})",
     "20200608T023900Z", k2020Ms,
     "436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f"},
    {"GET", "service.region.example.com",
     "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/"
     "vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
     "", "20191115T033655Z", k2019Ms,
     "fd95e7da6f695cfb4cabbb9d6b0968aec155bc576b064835282473539ae9ea1d"},
    {"POST", "service.region.example.com", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpc/123",
     R"({"key":"value"})", "20191115T033655Z", k2019Ms,
     "b5649aa774f6cac7437631662f08815fc65c70e40e486df6db2436ce68902771"},
    {"GET", "example.com", "/", "", "20191115T033655Z", k2019Ms,
     "919ad8b75d4ad49da0d377e63ee21c4a7a54b752f6bf2878b4adbe9c19927da6"},
    {"GET", "service.test-region-1.myhuaweicloud.com", "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs",
     "", "20191115T033655Z", k2019Ms,
     "fbfa53d70fa0dec48f511be2e9e522172f9dca6d56f8856d12d7e575b978d9be"},
    {"POST", "service.test-region-1.myhuaweicloud.com",
     "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpc/123", R"({"key":"value"})", "20191115T033655Z",
     k2019Ms, "f65c535f8f86d95e963fbd795d6d41dbf59e675a8b4ae161356cf8cd93f1ec4c"},
    {"GET", "", "/path?limit=1", "", "20060102T150405Z", k2006Ms,
     "5a2ce64c865e0e6046321c6f3d5a77ba8413eeaf355c3166c03d58d02ac79624"},
    {"POST", "", "/path?key=value", "{\"Name\":\"test\",\"Id\":1}\n", "20060102T150405Z", k2006Ms,
     "cecc2af119b18ab70b4d094c0750f3b42c02f254903179a0fc2cc72fc9db4f59"},
};

TEST(VerifySignature, AcceptsEveryUpstreamVector) {
  for (const Vector& vector : kUpstream) {
    Request request = MakeRequest(vector.method, vector.target, vector.body);
    request.headers = {{"TEST_UNDERSCORE", "x"}, {"X-Sdk-Date", vector.date}};
    std::string list = "x-sdk-date";
    if (*vector.host != '\0') {
      request.headers.emplace_back("Host", vector.host);
      list = "host;x-sdk-date";
    }
    Result<SignatureParts> parts =
        ParseAuthorization("SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=" + list +
                           ", Signature=" + vector.signature);
    ASSERT_TRUE(parts);
    Result<void> verified = VerifySignature(request, *parts, "SecretKey", vector.date_ms);
    EXPECT_TRUE(verified) << vector.target << ": " << verified.error().message;
  }
}

Request VectorA() {
  Request request = MakeRequest("POST", "/v1.0/0123456789abcdef0123456789abcdef/jobs/submit-job",
                                R"({"sql":"select 1","currentdb":"db1","queue_name":"q1"})");
  request.headers = {{"Content-Type", "application/json"},
                     {"Host", "127.0.0.1:8080"},
                     {"User-Agent", "vector/1.0"},
                     {"X-Project-Id", "0123456789abcdef0123456789abcdef"}};
  return request;
}

Result<void> Verify(const Request& request, std::int64_t now_ms = kJanuary2026Ms,
                    const char* secret = kSk) {
  Result<SignatureParts> parts = ParseAuthorization(*request.FindHeader("authorization"));
  if (!parts) return Fail(parts.error());
  return VerifySignature(request, *parts, secret, now_ms);
}

std::string& HeaderRef(Request* request, std::string_view name) {
  for (auto& [key, value] : request->headers) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return request->headers.emplace_back(name, "").second;
}

TEST(SignRequest, MakesVectorA) {
  Request request = VectorA();
  SignRequest(&request, kAk, kSk, kJanuary2026Ms);
  EXPECT_EQ(*request.FindHeader("Authorization"),
            "SDK-HMAC-SHA256 Access=TESTACCESSKEY0000001, "
            "SignedHeaders=content-type;host;user-agent;x-project-id;x-sdk-date, "
            "Signature=635fdcea5e7409c022a49f2794c2b464f0521ced4d7c503e168207344137d593");
  EXPECT_TRUE(Verify(request));
}

TEST(SignRequest, MakesVectorB) {
  Request request =
      MakeRequest("GET",
                  "/v1.0/0123456789abcdef0123456789abcdef/"
                  "jobs?page-size=10&current-page=2&tags=k1%3Dv1&sql_pattern=select%20%2A");
  request.headers = {{"Host", "127.0.0.1:8080"}};
  SignRequest(&request, kAk, kSk, kJanuary2026Ms);
  EXPECT_NE(request.FindHeader("Authorization")
                ->find("78b9b9f44b9e6514db4e0d26d95c672298776fdb3b5a9a4c39459647d6d58f29"),
            std::string::npos);
}

TEST(VerifySignature, CanonicalizesTheUpstreamQuery) {
  // The same pairs in another order and spelling have the same signature.
  std::string canonical =
      "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123&"
      "test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29";
  Request request = MakeRequest("GET", "/path?" + canonical);
  SignRequest(&request, kAk, kSk, kJanuary2026Ms);
  request.query =
      "limit=1&test=%e4%b8%80%20(%26=?!%23%25.*)&multi=3&multi=1&multi=2&path=/tmp/123&enable=true";
  EXPECT_TRUE(Verify(request));
}

TEST(VerifySignature, TakesAPlusOfTheQueryForABlankOrItself) {
  for (const char* signed_query : {"sql_pattern=select%201", "sql_pattern=select%2B1"}) {
    Request request = MakeRequest("GET", std::string("/path?") + signed_query);
    SignRequest(&request, kAk, kSk, kJanuary2026Ms);
    request.query = "sql_pattern=select+1";
    EXPECT_TRUE(Verify(request)) << signed_query;
    request.query = "sql_pattern=select+2";
    EXPECT_FALSE(Verify(request)) << signed_query;
  }
}

TEST(VerifySignature, RefusesAnyOtherRequest) {
  Request good = VectorA();
  SignRequest(&good, kAk, kSk, kJanuary2026Ms);
  ASSERT_TRUE(Verify(good));
  EXPECT_FALSE(Verify(good, kJanuary2026Ms, "other"));
  for (auto change : std::initializer_list<void (*)(Request*)>{
           [](Request* r) { r->method = "PUT"; }, [](Request* r) { r->path += "x"; },
           [](Request* r) { r->query = "a=1"; }, [](Request* r) { r->body += "\n"; },
           [](Request* r) { HeaderRef(r, "host") = "127.0.0.1:8081"; },
           [](Request* r) { HeaderRef(r, "user-agent") += "x"; },
           [](Request* r) { HeaderRef(r, "x-sdk-date") = "20260101T000001Z"; },
           [](Request* r) { r->headers.erase(r->headers.begin()); }}) {
    Request changed = good;
    change(&changed);
    Result<void> verified = Verify(changed);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::kUnauthenticated);
  }
}

TEST(VerifySignature, LetsTheClockBeFifteenMinutesOff) {
  Request request = VectorA();
  SignRequest(&request, kAk, kSk, kJanuary2026Ms);
  for (int sign : {-1, 1}) {
    EXPECT_TRUE(Verify(request, kJanuary2026Ms + sign * 15 * kMinuteMs));
    EXPECT_FALSE(Verify(request, kJanuary2026Ms + sign * 15 * kMinuteMs + sign));
  }
}

TEST(VerifySignature, RefusesDatesOfAnotherForm) {
  for (const char* date :
       {"", "yesterday", "2026-01-01T00:00:00Z", "20260101T000000", "20261301T000000Z",
        "20260230T000000Z", "20260101T250000Z", "2026010aT000000Z"}) {
    Request request = VectorA();
    SignRequest(&request, kAk, kSk, kJanuary2026Ms);
    HeaderRef(&request, "x-sdk-date") = date;
    EXPECT_FALSE(Verify(request)) << date;
  }
}

TEST(VerifySignature, RequiresTheDateToBeSigned) {
  Request request = MakeRequest("GET", "/path");
  request.headers = {{"Host", "h"}, {"X-Sdk-Date", "20260101T000000Z"}};
  SignatureParts parts{kAk, {"host"}, std::string(64, '0')};
  EXPECT_FALSE(VerifySignature(request, parts, kSk, kJanuary2026Ms));
}

TEST(VerifySignature, TakesADeclaredBodyHashOnlyWhenItIsTrue) {
  for (const char* hash :
       {"UNSIGNED-PAYLOAD", "8c5c06012a32cf40836eeb0cb5fde9bd3afafa31018ed565c478085a0462b482"}) {
    Request request = VectorA();
    request.headers.emplace_back("X-Sdk-Content-Sha256", hash);
    SignatureParts parts;
    // The signer signs the body's own hash, so a true hash verifies and UNSIGNED-PAYLOAD, being
    // another text, does not.
    SignRequest(&request, kAk, kSk, kJanuary2026Ms);
    EXPECT_EQ(Verify(request).has_value(), std::string_view(hash) != "UNSIGNED-PAYLOAD");
  }
  Request request = VectorA();
  request.headers.emplace_back("X-Sdk-Content-Sha256", std::string(64, '0'));
  SignRequest(&request, kAk, kSk, kJanuary2026Ms);
  EXPECT_FALSE(Verify(request));
}

TEST(VerifySignature, AcceptsThePathEncodedOnceOrTwice) {
  Request once = MakeRequest("GET", "/databases/no%20such%20db/tables");
  SignRequest(&once, kAk, kSk, kJanuary2026Ms);
  EXPECT_TRUE(Verify(once));
  Request twice = MakeRequest("GET", "/databases/no%2520such%2520db/tables");
  SignRequest(&twice, kAk, kSk, kJanuary2026Ms);
  twice.path = "/databases/no%20such%20db/tables";
  EXPECT_TRUE(Verify(twice));
}

TEST(ParseAuthorization, RefusesWhatIsMalformed) {
  const std::string signature = std::string(64, 'a');
  for (const std::string& value : std::vector<std::string>{
           "", "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 Access=A", "Basic dXNlcjpwYXNz",
           "SDK-HMAC-SHA256 Access=A, SignedHeaders=, Signature=",
           "SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date, Signature=zz",
           "SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=" + signature,
           "SDK-HMAC-SHA256 Access=A, SignedHeaders=a;;b, Signature=" + signature,
           "SDK-HMAC-SHA256 Access=A, Access=B, SignedHeaders=a, Signature=" + signature,
           "SDK-HMAC-SHA256 Access=A, SignedHeaders=a, Signature=" + signature + ", X=y",
           "SDK-HMAC-SHA256Access=A, SignedHeaders=a, Signature=" + signature,
           "V11-HMAC-SHA256 Credential=A, SignedHeaders=a, Signature=" + signature}) {
    Result<SignatureParts> parts = ParseAuthorization(value);
    ASSERT_FALSE(parts) << value;
    EXPECT_EQ(parts.error().code, ErrorCode::kUnauthenticated);
  }
}

TEST(ParseAuthorization, TakesACommaAloneBetweenParts) {
  Result<SignatureParts> parts = ParseAuthorization(
      "SDK-HMAC-SHA256 Access=A,SignedHeaders=Host;x-sdk-date,Signature=" + std::string(64, 'a'));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->signed_headers, (std::vector<std::string>{"host", "x-sdk-date"}));
}

TEST(VerifySignature, IsQuick) {
  constexpr int kRequests = 10'000;
  std::vector<Request> requests;
  for (int i = 0; i < 100; ++i) {
    Request request = VectorA();
    request.path += std::to_string(i);
    SignRequest(&request, kAk, kSk, kJanuary2026Ms);
    requests.push_back(std::move(request));
  }
  auto begin = std::chrono::steady_clock::now();
  int verified = 0;
  for (int i = 0; i < kRequests; ++i) {
    verified += Verify(requests[static_cast<std::size_t>(i) % requests.size()]).has_value();
  }
  auto spent = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(verified, kRequests);
  RecordProperty("nanoseconds_each", static_cast<int>(spent.count() / kRequests));
  std::printf("verified in %ld ns each\n", static_cast<long>(spent.count() / kRequests));
}

}  // namespace
}  // namespace sluice::http
