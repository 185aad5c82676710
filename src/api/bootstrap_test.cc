#include "api/bootstrap.h"

#include <gtest/gtest.h>

#include "api/authenticator.h"
#include "api/testing/fake_identity_store.h"
#include "base/fake_clock.h"

namespace sluice::api {
namespace {

TEST(Bootstrap, MakesRandomIdentitiesInAnEmptyStore) {
  FakeIdentityStore store;
  FakeClock clock;
  Result<Bootstrapped> made = Bootstrap(&store, clock, {});
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->is_first_start);
  EXPECT_EQ(made->project.id.value().size(), 32u);
  EXPECT_EQ(made->project.domain_name, "sluice");
  EXPECT_EQ(made->user_name, "admin");
  EXPECT_EQ(made->key.secret_key.size(), 40u);
  EXPECT_TRUE(store.FindUserByName("admin")->value().is_admin);
  EXPECT_TRUE(store.FindUserByName("admin")->value().password_hash.empty());
}

TEST(Bootstrap, TakesGivenValuesOnTheFirstStartAlone) {
  FakeIdentityStore store;
  FakeClock clock;
  FirstStart values{.project_id = "p1",
                    .region = "here-1",
                    .domain = "house",
                    .user = "ann",
                    .password = "ann's password",
                    .access_key = "AK",
                    .secret_key = "SK"};
  Result<Bootstrapped> made = Bootstrap(&store, clock, values);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->project.name, "here-1");
  EXPECT_EQ(store.FindAccessKey("AK")->value().secret_key, "SK");
  ASSERT_TRUE(ConfirmFirstStart(&store));

  Result<Bootstrapped> again = Bootstrap(&store, clock, values);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->is_first_start);
  EXPECT_TRUE(again->ignored.empty());
  values.project_id = "p2";
  values.secret_key = "other";
  values.user = "bob";
  EXPECT_EQ(Bootstrap(&store, clock, values)->ignored,
            (std::vector<std::string>{"SLUICE_PROJECT_ID", "SLUICE_USER", "SLUICE_SK"}));
  EXPECT_EQ(store.ListProjects()->size(), 1u);
}

TEST(Bootstrap, AnswersTheFirstKeyUntilItIsKnownToBeShown) {
  FakeIdentityStore store;
  FakeClock clock;
  Result<Bootstrapped> made = Bootstrap(&store, clock, {});
  Result<Bootstrapped> again = Bootstrap(&store, clock, {});
  ASSERT_TRUE(made && again);
  EXPECT_TRUE(again->is_first_start);
  EXPECT_EQ(again->user_name, "admin");
  EXPECT_EQ(again->key.access_key, made->key.access_key);
  EXPECT_EQ(again->key.secret_key, made->key.secret_key);
  ASSERT_TRUE(ConfirmFirstStart(&store));
  again = Bootstrap(&store, clock, {});
  EXPECT_FALSE(again->is_first_start);
  EXPECT_TRUE(again->key.secret_key.empty());
}

TEST(Bootstrap, CompletesAnInterruptedFirstStart) {
  FakeIdentityStore store;
  FakeClock clock;
  UserRecord admin;
  admin.id = "1";
  admin.name = "admin";
  ASSERT_TRUE(store.AddUser(admin));
  Result<Bootstrapped> made = Bootstrap(&store, clock, {});
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->is_first_start);
  EXPECT_EQ(store.FindAccessKey(made->key.access_key)->value().user_id, "1");
}

TEST(Bootstrap, RemembersWhoStartedFirstAndWhen) {
  FakeIdentityStore store;
  FakeClock clock;
  Result<Bootstrapped> made = Bootstrap(&store, clock, {.user = "ann"});
  ASSERT_TRUE(made);
  clock.Advance(1'000);
  Result<Bootstrapped> known = Bootstrap(&store, clock, {.user = "bob"});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->user_name, "ann");
  EXPECT_EQ(known->created_ms, made->created_ms);
}

TEST(Bootstrap, NamesAValueThatBreaksItsRule) {
  FakeClock clock;
  for (const FirstStart& values :
       {FirstStart{.project_id = "a/b"}, FirstStart{.region = "a b"},
        FirstStart{.access_key = "a,b", .secret_key = "s"}, FirstStart{.access_key = "alone"},
        FirstStart{.access_key = "a", .secret_key = "\xFF"}, FirstStart{.user = "a:b"},
        FirstStart{.password = "short"}}) {
    FakeIdentityStore store;
    Result<Bootstrapped> made = Bootstrap(&store, clock, values);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(store.ListProjects()->empty());
  }
}

TEST(AddUser, GivesAKeyAndTakesANameOnce) {
  FakeIdentityStore store;
  FakeClock clock;
  ASSERT_TRUE(Bootstrap(&store, clock, {}));
  Result<AccessKeyRecord> key = AddUser(&store, clock, "bob", "bob's password");
  ASSERT_TRUE(key);
  EXPECT_FALSE(store.FindUserByName("bob")->value().is_admin);
  EXPECT_EQ(AddUser(&store, clock, "bob", "").error().code, ErrorCode::kAlreadyExists);
  auto authenticator = *Authenticator::Create({.identities = &store, .clock = &clock});
  EXPECT_TRUE(authenticator->AuthenticatePassword("bob", "bob's password"));
  EXPECT_EQ(authenticator->AuthenticatePassword("bob", "no").error().code,
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(authenticator->AuthenticatePassword("eve", "no").error().code,
            ErrorCode::kUnauthenticated);
  EXPECT_EQ(authenticator->AuthenticatePassword("admin", "").error().code,
            ErrorCode::kUnauthenticated);
}

TEST(SetPassword, TakesThePlaceOfTheOneBefore) {
  FakeIdentityStore store;
  FakeClock clock;
  ASSERT_TRUE(Bootstrap(&store, clock, {}));
  auto authenticator = *Authenticator::Create({.identities = &store, .clock = &clock});
  ASSERT_TRUE(SetPassword(&store, "admin", "first password"));
  EXPECT_TRUE(authenticator->AuthenticatePassword("admin", "first password"));
  ASSERT_TRUE(SetPassword(&store, "admin", "second password"));
  EXPECT_FALSE(authenticator->AuthenticatePassword("admin", "first password"));
  EXPECT_TRUE(authenticator->AuthenticatePassword("admin", "second password"));
  EXPECT_EQ(SetPassword(&store, "admin", "short").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(SetPassword(&store, "eve", "a good password").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(authenticator->AuthenticatePassword("admin", "second password"));
}

}  // namespace
}  // namespace sluice::api
