#include "api/authenticator.h"

#include "base/ascii.h"
#include "base/digest.h"
#include "base/random.h"

namespace sluice::api {

namespace {

constexpr std::string_view kTokenKeySetting = "token_key";
constexpr std::size_t kTokenKeyBytes = 32;

tl::unexpected<Error> RefuseAccess(const char* detail) {
  return FailWithDetail(ErrorCode::kUnauthenticated, detail,
                        "Incorrect IAM authentication information: the request could not be "
                        "verified with its access key");
}

tl::unexpected<Error> RefuseProject() {
  return Fail(ErrorCode::kPermissionDenied, "The project of the path is not the caller's");
}

Result<std::string> GetOrMakeTokenKey(IdentityStore* identities) {
  std::optional<std::string> key = TRY(identities->GetSetting(kTokenKeySetting));
  if (key) return *std::move(key);
  std::string made = SecureRandomBytes(kTokenKeyBytes);
  // Settings are text.
  made = HexEncode(made);
  TRY_VOID(identities->SetSetting(kTokenKeySetting, made));
  return made;
}

Principal MakePrincipal(const UserRecord& user, const ProjectRecord& project) {
  return Principal{
      .user_id = user.id, .user_name = user.name, .project = project.id, .is_admin = user.is_admin};
}

}  // namespace

Result<std::unique_ptr<Authenticator>> Authenticator::Create(Options options) {
  std::string key = TRY(GetOrMakeTokenKey(options.identities));
  return std::unique_ptr<Authenticator>(new Authenticator(options, std::move(key)));
}

Authenticator::Authenticator(Options options, std::string token_key)
    : identities_(options.identities),
      clock_(options.clock),
      tokens_(std::move(token_key), options.clock, options.served),
      lock_out_(options.clock) {}

std::optional<Result<Caller>> Authenticator::AuthenticateFromMemory(const http::Request& request,
                                                                    const std::string* project_id) {
  const std::string* authorization = request.FindHeader("Authorization");
  if (authorization == nullptr) return VerifyToken(request, project_id);
  Result<http::SignatureParts> parts = http::ParseAuthorization(*authorization);
  if (!parts) return Result<Caller>(Fail(parts.error()));
  std::shared_ptr<const Key> key = FindFreshKey(parts->access_key);
  if (key == nullptr) return std::nullopt;
  return VerifySigned(request, *parts, *key, project_id);
}

Result<Caller> Authenticator::Authenticate(const http::Request& request,
                                           const std::string* project_id) {
  const std::string* authorization = request.FindHeader("Authorization");
  if (authorization == nullptr) return VerifyToken(request, project_id);
  http::SignatureParts parts = TRY(http::ParseAuthorization(*authorization));
  std::shared_ptr<const Key> key = FindFreshKey(parts.access_key);
  if (key == nullptr) key = TRY(LoadKey(parts.access_key));
  return VerifySigned(request, parts, *key, project_id);
}

Result<UserRecord> Authenticator::AuthenticatePassword(const std::string& user_name,
                                                       const std::string& password) {
  std::optional<UserRecord> user = TRY(identities_->FindUserByName(user_name));
  bool matches = TRY(passwords_.Verify(password, user ? user->password_hash : std::string()));
  if (!matches) {
    return FailWithDetail(ErrorCode::kUnauthenticated, user ? "wrong password" : "unknown user",
                          "The user name or password is wrong");
  }
  return *std::move(user);
}

Result<Caller> Authenticator::AuthenticateKeyPair(const std::string& access_key,
                                                  const std::string& secret_key,
                                                  const std::string& remote_address) {
  std::shared_ptr<const Key> key = FindFreshKey(access_key);
  if (key == nullptr) key = TRY(LoadKey(access_key));
  if (lock_out_.IsLocked(access_key, remote_address)) {
    return RefuseAccess("locked out after too many wrong secrets");
  }
  if (!EqualsConstantTime(secret_key, key->secret)) {
    lock_out_.RecordFailure(access_key, remote_address);
    return RefuseAccess("wrong secret key");
  }
  lock_out_.RecordSuccess(access_key, remote_address);
  if (key->callers.empty()) return RefuseAccess("there is no project");
  return key->callers.front();
}

std::shared_ptr<const Authenticator::Key> Authenticator::FindFreshKey(
    const std::string& access_key) const {
  std::int64_t oldest_ms = clock_->MonotonicMs() - kKeyAgeMaxMs;
  MutexLock lock(mutex_);
  auto found = keys_.find(access_key);
  if (found == keys_.end() || found->second->read_ms < oldest_ms) return nullptr;
  return found->second;
}

Result<std::shared_ptr<const Authenticator::Key>> Authenticator::LoadKey(
    const std::string& access_key) {
  auto key = std::make_shared<Key>();
  key->read_ms = clock_->MonotonicMs();
  std::optional<AccessKeyRecord> record = TRY(identities_->FindAccessKey(access_key));
  if (!record) return RefuseAccess("unknown access key");
  std::optional<UserRecord> user = TRY(identities_->FindUserById(record->user_id));
  if (!user) return RefuseAccess("access key without a user");
  key->secret = std::move(record->secret_key);
  for (const ProjectRecord& project : TRY(identities_->ListProjects())) {
    key->callers.push_back(std::make_shared<const Principal>(MakePrincipal(*user, project)));
  }
  MutexLock lock(mutex_);
  if (keys_.size() >= kKeysMax) keys_.clear();
  keys_[access_key] = key;
  return std::shared_ptr<const Key>(std::move(key));
}

Result<Caller> Authenticator::VerifySigned(const http::Request& request,
                                           const http::SignatureParts& parts, const Key& key,
                                           const std::string* project_id) {
  if (lock_out_.IsLocked(parts.access_key, request.remote_address)) {
    return RefuseAccess("locked out after too many bad signatures");
  }
  Result<void> verified = http::VerifySignature(request, parts, key.secret, clock_->WallMs());
  if (!verified) {
    lock_out_.RecordFailure(parts.access_key, request.remote_address);
    return Fail(std::move(verified.error()));
  }
  lock_out_.RecordSuccess(parts.access_key, request.remote_address);
  for (const Caller& caller : key.callers) {
    if (project_id == nullptr || caller->project.value() == *project_id) return caller;
  }
  return RefuseProject();
}

Result<Caller> Authenticator::VerifyToken(const http::Request& request,
                                          const std::string* project_id) {
  const std::string* token = request.FindHeader("X-Auth-Token");
  if (token == nullptr) {
    return Fail(ErrorCode::kUnauthenticated,
                "Incorrect IAM authentication information: neither Authorization nor X-Auth-Token "
                "is given");
  }
  Caller caller = TRY(tokens_.Verify(*token));
  if (project_id != nullptr && caller->project.value() != *project_id) return RefuseProject();
  return caller;
}

}  // namespace sluice::api
