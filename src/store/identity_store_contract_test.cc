// What every IdentityStore promises, written against the interface.

#include <gtest/gtest.h>

#include "store/identity_store.h"
#include "store/store_test_support.h"

namespace sluice {

namespace {

class IdentityStoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  IdentityStore& identity() { return store_->identity(); }
  std::unique_ptr<StoreUnderTest> store_ = GetParam()();
};

INSTANTIATE_TEST_SUITE_P(Sqlite, IdentityStoreContract, ::testing::Values(&MakeSqliteUnderTest));

TEST_P(IdentityStoreContract, ProjectsAreReadBack) {
  ASSERT_OK(identity().AddProject({kTestProject, "cn-north-1", "d1", "sluice"}));
  EXPECT_CODE(ErrorCode::kAlreadyExists,
              identity().AddProject({kTestProject, "another", "d1", "sluice"}));
  store_->Reopen();
  auto projects = identity().ListProjects();
  ASSERT_OK(projects);
  ASSERT_EQ(projects->size(), 1u);
  EXPECT_EQ(projects->front().id, kTestProject);
  EXPECT_EQ(projects->front().name, "cn-north-1");
  EXPECT_EQ(projects->front().domain_id, "d1");
  EXPECT_EQ(projects->front().domain_name, "sluice");
}

TEST_P(IdentityStoreContract, UsersAreFoundByNameAndById) {
  ASSERT_OK(identity().AddUser({"id1", "anna", "hash", true, 55}));
  store_->Reopen();
  for (const auto& found : {identity().FindUserByName("anna"), identity().FindUserById("id1")}) {
    ASSERT_OK(found);
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->id, "id1");
    EXPECT_EQ((*found)->name, "anna");
    EXPECT_EQ((*found)->password_hash, "hash");
    EXPECT_TRUE((*found)->is_admin);
    EXPECT_EQ((*found)->created_ms, 55);
  }
  EXPECT_FALSE(identity().FindUserByName("bert")->has_value());
  EXPECT_FALSE(identity().FindUserById("anna")->has_value());
}

TEST_P(IdentityStoreContract, ATakenUserNameIsRefused) {
  ASSERT_OK(identity().AddUser({"id1", "anna", "", false, 1}));
  Result<void> again = identity().AddUser({"id2", "anna", "", false, 1});
  EXPECT_CODE(ErrorCode::kAlreadyExists, again);
  EXPECT_EQ(again.error().message, "The user exists: anna");
}

TEST_P(IdentityStoreContract, APasswordIsReplaced) {
  ASSERT_OK(identity().AddUser({"id1", "anna", "", false, 1}));
  ASSERT_OK(identity().AddUser({"id2", "bert", "old", false, 1}));
  ASSERT_OK(identity().SetPasswordHash("anna", "new"));
  store_->Reopen();
  EXPECT_EQ((*identity().FindUserByName("anna"))->password_hash, "new");
  EXPECT_EQ((*identity().FindUserByName("bert"))->password_hash, "old");
  Result<void> unknown = identity().SetPasswordHash("carl", "new");
  EXPECT_CODE(ErrorCode::kNotFound, unknown);
  EXPECT_EQ(unknown.error().message, "There is no user named carl");
}

TEST_P(IdentityStoreContract, AccessKeysAreFound) {
  ASSERT_OK(identity().AddUser({"id1", "anna", "", false, 1}));
  ASSERT_OK(identity().AddAccessKey({"AK", "SK", "id1"}));
  EXPECT_EQ(identity().FindAccessKey("AK")->value().secret_key, "SK");
  EXPECT_EQ(identity().FindAccessKey("AK")->value().user_id, "id1");
  EXPECT_FALSE(identity().FindAccessKey("ak")->has_value());
}

TEST_P(IdentityStoreContract, ASettingKeepsItsLastValue) {
  EXPECT_FALSE(identity().GetSetting("folder")->has_value());
  ASSERT_OK(identity().SetSetting("folder", "a"));
  ASSERT_OK(identity().SetSetting("folder", "b"));
  store_->Reopen();
  EXPECT_EQ(identity().GetSetting("folder")->value(), "b");
}

}  // namespace

}  // namespace sluice
