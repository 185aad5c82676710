#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/json.h"
#include "base/mutex.h"
#include "base/result.h"
#include "job/principal.h"
#include "store/catalog_store.h"

namespace sluice {

class TableRewrite;

enum class WriteMode { kAppend, kOverwrite, kCreate };

/// A table that exists for one attempt only, until its commit registers it.
struct StagedTable {
  TableRecord record;         ///< as it will be registered; metadata_location empty
  std::string metadata_json;  ///< Iceberg table metadata without a snapshot
};

/// The one table an attempt may write.
struct WriteTarget {
  std::string database;
  std::string table;
  WriteMode mode = WriteMode::kAppend;
  std::optional<StagedTable> staged;  ///< of kCreate
};

/// What a running attempt may do with the catalog: read its project's tables, write its target.
struct AttemptGrant {
  AttemptFence fence;
  ProjectId project;
  std::string user_name;
  std::optional<WriteTarget> target;
  /// Of maintenance, not of a job: all that the attempt sees, and where its commit goes.
  std::shared_ptr<TableRewrite> rewrite = nullptr;
};

/// Who calls the REST catalog.
using CatalogCaller = std::variant<Principal, std::shared_ptr<const AttemptGrant>>;

/// The bearer tokens of running attempts. A token is worth one attempt. Thread-safe.
class AttemptGrants {
 public:
  /// Makes a token nobody can guess; it is good until Revoke.
  std::string Issue(AttemptGrant grant) EXCLUDES(mutex_);
  void Revoke(std::string_view token) EXCLUDES(mutex_);
  /// Null for an unknown token.
  std::shared_ptr<const AttemptGrant> Find(std::string_view token) const EXCLUDES(mutex_);
  /// Whether a running attempt may write the table.
  bool HasWriter(const ProjectId& project, std::string_view database, std::string_view table) const
      EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const AttemptGrant>> by_token_ GUARDED_BY(mutex_);
};

}  // namespace sluice
