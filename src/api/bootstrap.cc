#include "api/bootstrap.h"

#include <algorithm>
#include <charconv>

#include "api/password.h"
#include "base/ascii.h"
#include "base/random.h"

namespace sluice::api {

namespace {

constexpr std::string_view kDefaultRegion = "local-1";
constexpr std::string_view kDefaultDomain = "sluice";
constexpr std::string_view kDefaultUser = "admin";
/// The setting that names the first key until it is known to be shown.
constexpr std::string_view kUnshownKey = "unshown_access_key";
constexpr std::string_view kOwnerSetting = "first_user";
constexpr std::string_view kCreatedSetting = "first_start_ms";
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kAccessKeyBytes = 10;
constexpr std::size_t kSecretKeyBytes = 20;
constexpr std::size_t kLengthMax = 64;
constexpr std::size_t kKeyLengthMax = 128;

enum class Role { kAdmin, kUser };

std::string OrDefault(const std::string& value, std::string_view fallback) {
  return value.empty() ? std::string(fallback) : value;
}

std::string RandomId() { return HexEncode(SecureRandomBytes(kIdBytes)); }

/// Letters and digits; with `extra` more characters.
Result<void> RequireText(std::string_view variable, const std::string& value,
                         std::size_t length_max, std::string_view extra) {
  bool good = !value.empty() && value.size() <= length_max;
  for (char c : value) good = good && (IsAlnum(c) || extra.find(c) != std::string_view::npos);
  if (good) return {};
  return Fail(ErrorCode::kInvalidArgument, "{} must have 1 to {} letters and digits{}{}", variable,
              length_max, extra.empty() ? "" : " or one of ", extra);
}

Result<FirstStart> Complete(const FirstStart& given) {
  FirstStart values = given;
  values.project_id = OrDefault(given.project_id, RandomId());
  values.region = OrDefault(given.region, kDefaultRegion);
  values.domain = OrDefault(given.domain, kDefaultDomain);
  values.user = OrDefault(given.user, kDefaultUser);
  if (given.access_key.empty() != given.secret_key.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "SLUICE_AK and SLUICE_SK must be given together");
  }
  TRY_VOID(RequireText("SLUICE_PROJECT_ID", values.project_id, kLengthMax, ""));
  TRY_VOID(RequireText("SLUICE_REGION", values.region, kLengthMax, "-_"));
  TRY_VOID(RequireText("SLUICE_DOMAIN", values.domain, kLengthMax, "-_."));
  return values;
}

Result<UserRecord> MakeUser(const Clock& clock, const std::string& name,
                            const std::string& password, Role role) {
  TRY_VOID(RequireText("A user name", name, kLengthMax, "-_.@"));
  UserRecord user;
  user.id = RandomId();
  user.name = name;
  user.is_admin = role == Role::kAdmin;
  user.created_ms = clock.WallMs();
  if (!password.empty()) user.password_hash = TRY(HashPassword(password));
  return user;
}

Result<AccessKeyRecord> AddKey(IdentityStore* store, const UserRecord& user,
                               const FirstStart& values) {
  AccessKeyRecord key;
  key.access_key =
      OrDefault(values.access_key, ToUpper(HexEncode(SecureRandomBytes(kAccessKeyBytes))));
  key.secret_key = OrDefault(values.secret_key, HexEncode(SecureRandomBytes(kSecretKeyBytes)));
  key.user_id = user.id;
  TRY_VOID(RequireText("SLUICE_AK", key.access_key, kKeyLengthMax, "-_"));
  if (key.secret_key.size() > kKeyLengthMax) {
    return Fail(ErrorCode::kInvalidArgument, "SLUICE_SK must have at most {} bytes", kKeyLengthMax);
  }
  // It stands in a TOML file.
  if (!IsValidUtf8(key.secret_key)) {
    return Fail(ErrorCode::kInvalidArgument, "SLUICE_SK must be UTF-8 text");
  }
  TRY_VOID(store->AddAccessKey(key));
  return key;
}

/// The admin; one that an interrupted first start left behind is used again.
Result<UserRecord> GetOrAddAdmin(IdentityStore* store, const Clock& clock,
                                 const FirstStart& values) {
  std::optional<UserRecord> user = TRY(store->FindUserByName(values.user));
  if (user) return *std::move(user);
  UserRecord made = TRY(MakeUser(clock, values.user, values.password, Role::kAdmin));
  TRY_VOID(store->AddUser(made));
  return made;
}

Result<AccessKeyRecord> GetOrAddKey(IdentityStore* store, const UserRecord& user,
                                    const FirstStart& values) {
  if (!values.access_key.empty()) {
    std::optional<AccessKeyRecord> key = TRY(store->FindAccessKey(values.access_key));
    if (key) return *std::move(key);
  }
  return AddKey(store, user, values);
}

/// Fills an empty store. The project comes last: a store that has one is complete.
Result<Bootstrapped> FillStore(IdentityStore* store, const Clock& clock, const FirstStart& given) {
  FirstStart values = TRY(Complete(given));
  Bootstrapped done;
  done.is_first_start = true;
  UserRecord user = TRY(GetOrAddAdmin(store, clock, values));
  done.user_name = user.name;
  done.created_ms = clock.WallMs();
  TRY_VOID(store->SetSetting(kOwnerSetting, done.user_name));
  TRY_VOID(store->SetSetting(kCreatedSetting, std::to_string(done.created_ms)));
  done.key = TRY(GetOrAddKey(store, user, values));
  TRY_VOID(store->SetSetting(kUnshownKey, done.key.access_key));
  done.project = ProjectRecord{.id = ProjectId(values.project_id),
                               .name = values.region,
                               .domain_id = RandomId(),
                               .domain_name = values.domain};
  TRY_VOID(store->AddProject(done.project));
  return done;
}

/// Names of the given values that the store knows otherwise. Passwords are not compared.
Result<std::vector<std::string>> FindIgnored(const IdentityStore& store, const FirstStart& given,
                                             const ProjectRecord& project) {
  std::vector<std::string> ignored;
  auto compare = [&ignored](std::string_view name, const std::string& value,
                            const std::string& stored) {
    if (!value.empty() && value != stored) ignored.emplace_back(name);
  };
  compare("SLUICE_PROJECT_ID", given.project_id, project.id.value());
  compare("SLUICE_REGION", given.region, project.name);
  compare("SLUICE_DOMAIN", given.domain, project.domain_name);
  if (!given.user.empty() && !TRY(store.FindUserByName(given.user))) {
    ignored.emplace_back("SLUICE_USER");
  }
  if (!given.access_key.empty()) {
    std::optional<AccessKeyRecord> key = TRY(store.FindAccessKey(given.access_key));
    if (!key) ignored.emplace_back("SLUICE_AK");
    compare("SLUICE_SK", given.secret_key, key ? key->secret_key : "");
  }
  return ignored;
}

/// A first start that ended before its key was shown is gone through again.
Result<void> TakeUnshownKey(const IdentityStore& store, Bootstrapped* known) {
  const std::string access_key = TRY(store.GetSetting(kUnshownKey)).value_or("");
  if (access_key.empty()) return {};
  std::optional<AccessKeyRecord> key = TRY(store.FindAccessKey(access_key));
  if (!key) return {};
  std::optional<UserRecord> user = TRY(store.FindUserById(key->user_id));
  if (!user) return {};
  known->is_first_start = true;
  known->user_name = user->name;
  known->key = *std::move(key);
  return {};
}

}  // namespace

Result<Bootstrapped> Bootstrap(IdentityStore* store, const Clock& clock, const FirstStart& values) {
  std::vector<ProjectRecord> projects = TRY(store->ListProjects());
  if (projects.empty()) return FillStore(store, clock, values);
  Bootstrapped known;
  known.project = projects.front();
  known.user_name = TRY(store->GetSetting(kOwnerSetting)).value_or("");
  std::string created = TRY(store->GetSetting(kCreatedSetting)).value_or("0");
  std::from_chars(created.data(), created.data() + created.size(), known.created_ms);
  known.ignored = TRY(FindIgnored(*store, values, known.project));
  TRY_VOID(TakeUnshownKey(*store, &known));
  return known;
}

Result<void> ConfirmFirstStart(IdentityStore* store) { return store->SetSetting(kUnshownKey, ""); }

Result<AccessKeyRecord> AddUser(IdentityStore* store, const Clock& clock, const std::string& name,
                                const std::string& password) {
  UserRecord user = TRY(MakeUser(clock, name, password, Role::kUser));
  TRY_VOID(store->AddUser(user));
  return AddKey(store, user, FirstStart{});
}

Result<void> SetPassword(IdentityStore* store, const std::string& name,
                         const std::string& password) {
  std::string hash = TRY(HashPassword(password));
  return store->SetPasswordHash(name, hash);
}

}  // namespace sluice::api
