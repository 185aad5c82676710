#include "lake/attempt_grant.h"

#include <utility>

#include "base/ascii.h"
#include "base/random.h"

namespace sluice {
namespace {

constexpr std::size_t kTokenBytes = 32;

}  // namespace

std::string AttemptGrants::Issue(AttemptGrant grant) {
  std::string token = HexEncode(SecureRandomBytes(kTokenBytes));
  auto shared = std::make_shared<const AttemptGrant>(std::move(grant));
  MutexLock lock(mutex_);
  by_token_.emplace(token, std::move(shared));
  return token;
}

void AttemptGrants::Revoke(std::string_view token) {
  MutexLock lock(mutex_);
  by_token_.erase(std::string(token));
}

std::shared_ptr<const AttemptGrant> AttemptGrants::Find(std::string_view token) const {
  MutexLock lock(mutex_);
  auto found = by_token_.find(std::string(token));
  return found == by_token_.end() ? nullptr : found->second;
}

}  // namespace sluice
