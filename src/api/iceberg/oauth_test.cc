#include "api/iceberg/oauth.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/testing/test_api.h"
#include "base/ascii.h"

namespace sluice::api {
namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kExchange =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";

/// Requests for tokens, over identities in memory.
class OAuth : public testing::Test {
 protected:
  OAuth() { RegisterOAuth(&api_.router, api_.authenticator.get(), &api_.clock); }

  http::Response Send(std::string body, const std::string& authorization = "",
                      const std::string& type = kForm) {
    http::Request request;
    request.method = "POST";
    request.target = "/iceberg/v1/oauth/tokens";
    request.headers = {{"Host", "127.0.0.1"}, {"Content-Type", type}};
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    request.body = std::move(body);
    request.remote_address = "10.0.0.1";
    return api_.Send(std::move(request));
  }

  static std::string Credentials(const std::string& secret = TestApi::kSecretKey) {
    return std::string("grant_type=client_credentials&client_id=") + TestApi::kAccessKey +
           "&client_secret=" + secret + "&scope=catalog";
  }
  static std::string Basic(const std::string& secret = TestApi::kSecretKey) {
    return "Basic " + Base64Encode(std::string(TestApi::kAccessKey) + ":" + secret);
  }

  static json::object BodyOf(const http::Response& response) {
    return ParseJson(response.body)->get_object();
  }
  static std::string TextOf(const http::Response& response, std::string_view name) {
    json::object body = BodyOf(response);
    const json::string* text = FindString(body, name);
    return text == nullptr ? "" : std::string(*text);
  }
  static std::string RefusalOf(const http::Response& response) {
    return std::to_string(response.status) + " " + TextOf(response, "error");
  }

  TestApi api_;
};

TEST_F(OAuth, AKeyPairBuysAToken) {
  http::Response response = Send(Credentials());
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(TextOf(response, "token_type"), "bearer");
  EXPECT_EQ(TextOf(response, "issued_token_type"), "urn:ietf:params:oauth:token-type:access_token");
  EXPECT_EQ(BodyOf(response).at("expires_in").as_int64(), 24 * 3600);
  EXPECT_EQ(HeaderOf(response, "Cache-Control"), "no-store");
  Result<Caller> caller = api_.authenticator->AuthenticateToken(TextOf(response, "access_token"));
  ASSERT_TRUE(caller);
  EXPECT_EQ((*caller)->user_name, "ann");
  EXPECT_EQ((*caller)->project.value(), TestApi::kProject);
}

TEST_F(OAuth, TheKeyPairMayStandInTheHeader) {
  EXPECT_EQ(Send("grant_type=client_credentials", Basic()).status, 200);
  EXPECT_EQ(Send(Credentials(), Basic()).status, 200);
  http::Response response = Send("grant_type=client_credentials", Basic("wrong"));
  EXPECT_EQ(RefusalOf(response), "401 invalid_client");
  EXPECT_EQ(HeaderOf(response, "WWW-Authenticate"), "Basic realm=\"sluice\"");
  EXPECT_EQ(RefusalOf(Send("grant_type=client_credentials", "Basic !")), "401 invalid_client");
  EXPECT_EQ(RefusalOf(Send(Credentials("other"), Basic())), "400 invalid_request");
}

TEST_F(OAuth, AHeaderMayBeWrittenAsAFormOrAsItIs) {
  std::string user_id = (*api_.identities.FindUserByName("ann"))->id;
  ASSERT_TRUE(api_.identities.AddAccessKey({"ODD", "a%41+b", user_id}));
  for (const char* written : {"ODD:a%41+b", "ODD:a%2541%2Bb"}) {
    EXPECT_EQ(Send("grant_type=client_credentials", "Basic " + Base64Encode(written)).status, 200);
  }
}

TEST_F(OAuth, RefusalsAreThoseOfOAuth) {
  EXPECT_EQ(RefusalOf(Send(Credentials("wrong"))), "401 invalid_client");
  EXPECT_EQ(RefusalOf(Send("grant_type=client_credentials")), "401 invalid_client");
  EXPECT_EQ(RefusalOf(Send("grant_type=client_credentials&client_id=no&client_secret=no")),
            "401 invalid_client");
  EXPECT_EQ(RefusalOf(Send("grant_type=password&username=a&password=b")),
            "400 unsupported_grant_type");
  EXPECT_EQ(RefusalOf(Send("client_id=a&client_secret=b")), "400 invalid_request");
  EXPECT_EQ(RefusalOf(Send(Credentials() + "&scope=again")), "400 invalid_request");
  EXPECT_EQ(RefusalOf(Send(Credentials(), "", "application/json")), "400 invalid_request");
  EXPECT_EQ(RefusalOf(Send(std::string(20'000, 'x'))), "400 invalid_request");
  EXPECT_EQ(RefusalOf(Send("grant_type=%FF")), "400 invalid_request");
}

TEST_F(OAuth, WrongSecretsLockTheKeyOutForThatAddress) {
  for (int i = 0; i < LockOut::kFailuresMax; ++i) Send(Credentials("wrong"));
  EXPECT_EQ(RefusalOf(Send(Credentials())), "401 invalid_client");
  api_.clock.Advance(LockOut::kLockedMs);
  EXPECT_EQ(Send(Credentials()).status, 200);
}

TEST_F(OAuth, AStoreThatFailsIsNoWrongSecret) {
  api_.identities.failure = Error{ErrorCode::kUnavailable, "The store cannot be read", "EIO"};
  http::Response response = Send(Credentials());
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body.find("EIO"), std::string::npos);
}

TEST_F(OAuth, ATokenIsExchangedForItselfAndLastsNoLonger) {
  std::string token = TextOf(Send(Credentials()), "access_token");
  api_.clock.Advance(3'600'000);
  std::string form = std::string(kExchange) + "&subject_token=" + http::PercentEncode(token);
  http::Response response = Send(form, "Bearer " + token);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(TextOf(response, "access_token"), token);
  EXPECT_EQ(BodyOf(response).at("expires_in").as_int64(), 23 * 3600);
  EXPECT_EQ(RefusalOf(Send(std::string(kExchange) + "&subject_token=x")), "400 invalid_grant");
  EXPECT_EQ(RefusalOf(Send(kExchange)), "400 invalid_request");
}

TEST_F(OAuth, AnExpiredTokenIsExchangedWithTheKeyPair) {
  std::string token = TextOf(Send(Credentials()), "access_token");
  api_.clock.Advance(25LL * 3600 * 1000);
  std::string form = std::string(kExchange) + "&subject_token=" + http::PercentEncode(token);
  EXPECT_EQ(RefusalOf(Send(form)), "400 invalid_grant");
  EXPECT_EQ(BodyOf(Send(form, Basic())).at("expires_in").as_int64(), 24 * 3600);
}

}  // namespace
}  // namespace sluice::api
