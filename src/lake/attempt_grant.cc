#include "lake/attempt_grant.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/random.h"
#include "lake/table_rewrite.h"

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

bool AttemptGrants::HasWriter(const ProjectId& project, std::string_view database,
                              std::string_view table) const {
  MutexLock lock(mutex_);
  return std::any_of(by_token_.begin(), by_token_.end(), [&](const auto& entry) {
    const AttemptGrant& grant = *entry.second;
    if (grant.project != project) return false;
    if (grant.rewrite) {
      return grant.rewrite->record.database == database && grant.rewrite->record.name == table;
    }
    return grant.target && grant.target->database == database && grant.target->table == table;
  });
}

}  // namespace sluice
