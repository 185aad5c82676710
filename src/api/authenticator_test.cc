#include "api/authenticator.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "api/testing/test_api.h"

namespace sluice::api {
namespace {

constexpr const char* kQueues = "/v1.0/{project}/queues";

TEST(Authenticator, ASignedRequestPasses) {
  TestApi api;
  EXPECT_EQ(api.Send(api.MakeSigned("GET", kQueues)).status, 200);
}

TEST(Authenticator, AStrangerIsRefusedWithTheRequestId) {
  TestApi api;
  http::Request request = api.Make("GET", kQueues);
  request.headers.pop_back();
  http::Response response = api.Send(request);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(ErrorCodeOf(response), "APIGW.0301");
  EXPECT_NE(response.body.find(R"("request_id":"request-1")"), std::string::npos);
}

TEST(Authenticator, AnAuthorizationHeaderDecidesEvenBesideAGoodToken) {
  TestApi api;
  http::Request request = api.MakeSigned("GET", kQueues, "wrong");
  request.headers.emplace_back("X-Auth-Token", api.token);
  EXPECT_EQ(api.Send(request).status, 401);
  request = api.Make("GET", kQueues);
  request.headers.emplace_back("Authorization", "Basic dXNlcjpwYXNz");
  EXPECT_EQ(api.Send(request).status, 401);
}

TEST(Authenticator, AnUnknownKeyIsRefused) {
  TestApi api;
  http::Request request = api.Make("GET", kQueues);
  request.headers.pop_back();
  request.path = request.target;
  http::SignRequest(&request, "NOSUCHKEY", "secret", api.clock.WallMs());
  EXPECT_EQ(api.Send(request).status, 401);
}

TEST(Authenticator, TheProjectOfSomebodyElseIsForbidden) {
  TestApi api;
  std::string target = "/v1.0/ffffffffffffffffffffffffffffffff/queues";
  for (const http::Request& request : {api.Make("GET", target), api.MakeSigned("GET", target)}) {
    http::Response response = api.Send(request);
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(ErrorCodeOf(response), "APIGW.0302");
  }
}

TEST(Authenticator, AKeyIsReadOnceAndAgainWhenItIsOld) {
  TestApi api;
  api.Send(api.MakeSigned("GET", kQueues));
  int reads = api.identities.reads;
  api.Send(api.MakeSigned("GET", kQueues));
  EXPECT_EQ(api.identities.reads, reads);
  api.clock.Advance(Authenticator::kKeyAgeMaxMs + 1);
  api.Send(api.MakeSigned("GET", kQueues));
  EXPECT_GT(api.identities.reads, reads);
}

TEST(Authenticator, AKeyAddedLaterIsKnownAtOnce) {
  TestApi api;
  http::Request request = api.Make("GET", kQueues);
  request.headers.pop_back();
  request.path = request.target;
  http::Request refused = request;
  http::SignRequest(&refused, "NEWKEY", "newsecret", api.clock.WallMs());
  EXPECT_EQ(api.Send(refused).status, 401);
  std::string user_id = api.identities.FindUserByName("ann")->value().id;
  ASSERT_TRUE(api.identities.AddAccessKey({"NEWKEY", "newsecret", user_id}));
  EXPECT_EQ(api.Send(refused).status, 200);
}

TEST(Authenticator, AStoreThatFailsIsNoReasonToLetAnybodyIn) {
  TestApi api;
  api.identities.failure = Error{ErrorCode::kUnavailable, "The store cannot be read", "EIO"};
  http::Response response = api.Send(api.MakeSigned("GET", kQueues));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(ErrorCodeOf(response), "DLI.0999");
  EXPECT_EQ(response.body.find("EIO"), std::string::npos);
}

TEST(Authenticator, FiveBadSignaturesInARowLockTheKeyForThatAddress) {
  TestApi api;
  for (int i = 0; i < LockOut::kFailuresMax; ++i) {
    EXPECT_EQ(api.Send(api.MakeSigned("GET", kQueues, "wrong")).status, 401);
  }
  EXPECT_EQ(api.Send(api.MakeSigned("GET", kQueues)).status, 401);
  http::Request elsewhere = api.MakeSigned("GET", kQueues);
  elsewhere.remote_address = "10.0.0.2";
  EXPECT_EQ(api.Send(elsewhere).status, 200);
  api.clock.Advance(LockOut::kLockedMs);
  EXPECT_EQ(api.Send(api.MakeSigned("GET", kQueues)).status, 200);
}

TEST(Authenticator, AGoodSignatureForgivesTheBadOnesBeforeIt) {
  TestApi api;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < LockOut::kFailuresMax - 1; ++i) {
      api.Send(api.MakeSigned("GET", kQueues, "wrong"));
    }
    EXPECT_EQ(api.Send(api.MakeSigned("GET", kQueues)).status, 200);
  }
}

TEST(Authenticator, ServesManyThreadsAtOnce) {
  TestApi api;
  const std::string project = TestApi::kProject;
  const std::string target = "/v1.0/" + project + "/queues";
  const http::Request good = api.MakeSigned("GET", target);
  http::Request bad = api.MakeSigned("GET", target, "wrong");
  bad.remote_address = "10.0.0.9";
  const http::Request with_token = api.Make("GET", target);
  ASSERT_TRUE(api.authenticator->Authenticate(good, &project));
  const std::array<const http::Request*, 3> requests = {&good, &bad, &with_token};
  std::atomic<int> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          for (const http::Request* request : requests) {
            auto caller = api.authenticator->AuthenticateFromMemory(*request, &project);
            if (caller && *caller) ++passed;
          }
        }
      });
    }
  }
  EXPECT_EQ(passed, 4 * 50 * 2);
}

TEST(LockOut, StaysWithinItsTable) {
  FakeClock clock;
  LockOut table(&clock);
  for (int i = 0; i < LockOut::kFailuresMax; ++i) table.RecordFailure("AK", "first");
  clock.Advance(1);
  for (std::size_t i = 0; i < LockOut::kPairsMax; ++i) {
    table.RecordFailure("AK", std::to_string(i));
  }
  EXPECT_FALSE(table.IsLocked("AK", "first")) << "the quietest pair makes room";
}

TEST(Token, CarriesItsPrincipal) {
  FakeClock clock;
  Tokens tokens("key", &clock);
  Principal principal{.user_id = "id:1",
                      .user_name = "J\xC3\xBCrgen %",
                      .project = ProjectId("p"),
                      .is_admin = true};
  IssuedToken token = tokens.Issue(principal);
  Result<std::shared_ptr<const Principal>> verified = Tokens("key", &clock).Verify(token.text);
  ASSERT_TRUE(verified);
  EXPECT_EQ((*verified)->user_id, principal.user_id);
  EXPECT_EQ((*verified)->user_name, principal.user_name);
  EXPECT_EQ((*verified)->project, principal.project);
  EXPECT_TRUE((*verified)->is_admin);
}

TEST(Token, IsGoodForADay) {
  FakeClock clock;
  Tokens tokens("key", &clock);
  std::string token = tokens.Issue(Principal{}).text;
  clock.Advance(Tokens::kLifetimeMs - 1);
  EXPECT_TRUE(tokens.Verify(token));
  clock.Advance(1);
  EXPECT_EQ(tokens.Verify(token).error().code, ErrorCode::kUnauthenticated);
}

/// A ServedClock that a test moves by hand.
class HandServedClock final : public ServedClock {
 public:
  std::int64_t NowMs() override { return now_ms; }
  Result<void> Keep() override { return {}; }
  std::int64_t wall_gap_ms() const override { return 0; }

  std::int64_t now_ms = 5'000;
};

TEST(Token, OfAWallClockThatWasAheadLastsNoLonger) {
  constexpr std::int64_t kYearMs = 365LL * Tokens::kLifetimeMs;
  FakeClock clock;
  HandServedClock served;
  Tokens tokens("key", &clock, &served);
  clock.StepWall(20 * kYearMs);
  std::string token = tokens.Issue(Principal{}).text;
  clock.StepWall(-20 * kYearMs);
  served.now_ms += Tokens::kLifetimeMs - 1;
  EXPECT_TRUE(tokens.Verify(token));
  served.now_ms += 1;
  EXPECT_FALSE(tokens.Verify(token)) << "though its own date is far away";
  EXPECT_FALSE(Tokens("key", &clock, &served).Verify(token)) << "nor after a restart";
}

TEST(Token, OfAnotherKeyOrWithAChangedByteIsRefused) {
  FakeClock clock;
  std::string token = Tokens("key", &clock).Issue(Principal{}).text;
  EXPECT_FALSE(Tokens("other", &clock).Verify(token));
  Tokens tokens("key", &clock);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(tokens.Verify(changed)) << i;
  }
  for (const char* text : {"", ":", "none", "null"}) EXPECT_FALSE(tokens.Verify(text)) << text;
  EXPECT_FALSE(tokens.Verify(std::string(4'000, 'x')));
}

TEST(Password, IsVerifiedAgainstItsHashAlone) {
  Result<std::string> hash = HashPassword("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->find("correct"), std::string::npos);
  PasswordVerifier verifier;
  EXPECT_TRUE(*verifier.Verify("correct horse", *hash));
  EXPECT_FALSE(*verifier.Verify("wrong horse", *hash));
  EXPECT_FALSE(*verifier.Verify("", ""));
  EXPECT_FALSE(*verifier.Verify("x", "no hash at all"));
  EXPECT_FALSE(HashPassword("short"));
}

}  // namespace
}  // namespace sluice::api
