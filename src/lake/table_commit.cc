#include "lake/table_commit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/check.h"
#include "lake/json_access.h"
#include "lake/metadata_update.h"
#include "lake/requirement.h"
#include "lake/schema_change.h"

namespace sluice {
namespace {

constexpr char kNamespaceSeparator = '\x1f';

tl::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, "The request is malformed: {}", what);
}

/// A total of the summary and the two numbers that change it.
struct Total {
  const char* total;
  const char* added;
  const char* removed;
};
constexpr std::array<Total, 3> kTotals = {{
    {"total-records", "added-records", "deleted-records"},
    {"total-data-files", "added-data-files", "deleted-data-files"},
    {"total-files-size", "added-files-size", "removed-files-size"},
}};

json::string NumberText(std::int64_t number) { return JsonText(fmt::format("{}", number)); }

/// Writers may leave totals out; they follow from the base.
void FillTotals(json::object* snapshot, const TableMetadata& metadata) {
  json::object& summary = snapshot->at("summary").get_object();
  std::optional<std::int64_t> parent = FindInt(*snapshot, "parent-snapshot-id");
  const json::object* before = parent ? metadata.FindSnapshot(*parent) : nullptr;
  for (const Total& total : kTotals) {
    if (summary.contains(total.total)) continue;
    std::int64_t old = before == nullptr ? 0 : SummaryNumber(*before, total.total).value_or(0);
    summary[total.total] = NumberText(old + SummaryNumber(*snapshot, total.added).value_or(0) -
                                      SummaryNumber(*snapshot, total.removed).value_or(0));
  }
}

AddedData CountAdded(const json::object& snapshot) {
  return {FindInt(snapshot, "snapshot-id").value_or(0),
          SummaryNumber(snapshot, "added-records").value_or(0),
          SummaryNumber(snapshot, "added-data-files").value_or(0),
          SummaryNumber(snapshot, "added-files-size").value_or(0)};
}

}  // namespace

Result<CommittedTable> ApplyTableCommit(const TableCommit& commit, TableMetadata base,
                                        std::int64_t now_ms) {
  for (const json::value& item : *commit.requirements) {
    const json::object& requirement = item.get_object();
    if (!IsCreateRequirement(requirement)) TRY_VOID(CheckRequirement(requirement, base));
  }
  const std::int64_t old_schema_id = base.Number("current-schema-id");
  const json::object old_schema = base.CurrentSchema();
  CommittedTable result{std::move(base), {}};
  MetadataUpdater updater(&result.metadata);
  for (const json::value& update : *commit.updates) {
    TRY_VOID(updater.Apply(update.get_object()));
  }
  const bool has_other_schema = result.metadata.Number("current-schema-id") != old_schema_id;
  if (has_other_schema && !old_schema.empty() && result.metadata.current_snapshot_id()) {
    TRY_VOID(CheckSchemaChange(old_schema, result.metadata.CurrentSchema()));
  }
  if (const json::object* added = updater.added_snapshot()) {
    json::object* snapshot =
        result.metadata.FindSnapshot(FindInt(*added, "snapshot-id").value_or(0));
    CHECK(snapshot != nullptr);
    FillTotals(snapshot, result.metadata);
    result.added = CountAdded(*snapshot);
  }
  result.metadata.Touch(now_ms);
  result.metadata.ExpireSnapshots();
  return result;
}

bool TableCommit::creates_table() const {
  return std::any_of(requirements->begin(), requirements->end(), [](const json::value& item) {
    return IsCreateRequirement(item.get_object());
  });
}

Result<TableCommit> ParseTableCommit(const json::object& request) {
  TableCommit commit;
  commit.requirements = FindArray(request, "requirements");
  commit.updates = FindArray(request, "updates");
  if (commit.requirements == nullptr || commit.updates == nullptr) return Malformed("commit");
  for (const json::array* part : {commit.requirements, commit.updates}) {
    for (const json::value& item : *part) {
      if (!item.is_object()) return Malformed("commit");
    }
  }
  const json::object* identifier = FindObject(request, "identifier");
  if (identifier == nullptr) return commit;
  const json::array* levels = FindArray(*identifier, "namespace");
  if (levels == nullptr || levels->empty()) return Malformed("identifier");
  for (const json::value& level : *levels) {
    if (!level.is_string()) return Malformed("identifier");
    if (!commit.database.empty()) commit.database += kNamespaceSeparator;
    commit.database += ToLower(std::string_view(level.get_string()));
  }
  commit.table = ToLower(FindText(*identifier, "name"));
  return commit;
}

bool LacksFileSizes(const CommittedTable& committed) {
  if (committed.added.snapshot_id == 0 || committed.added.files == 0) return false;
  const json::object* snapshot = committed.metadata.FindSnapshot(committed.added.snapshot_id);
  return snapshot != nullptr && !SummaryNumber(*snapshot, "added-files-size");
}

void SetAddedBytes(std::int64_t bytes, CommittedTable* committed) {
  json::object* snapshot = committed->metadata.FindSnapshot(committed->added.snapshot_id);
  CHECK(snapshot != nullptr);
  json::object& summary = snapshot->at("summary").get_object();
  std::int64_t total = SummaryNumber(*snapshot, "total-files-size").value_or(0);
  summary["added-files-size"] = NumberText(bytes);
  summary["total-files-size"] = NumberText(total + bytes);
  committed->added.bytes = bytes;
}

}  // namespace sluice
