#include "lake/requirement.h"

#include <array>
#include <string>
#include <utility>

#include "lake/json_access.h"

namespace sluice {
namespace {

/// Requirements that compare one number of the metadata: type, member of the requirement, member
/// of the metadata.
struct NumberRequirement {
  std::string_view type;
  std::string_view given;
  std::string_view actual;
};
constexpr std::array<NumberRequirement, 5> kNumberRequirements = {{
    {"assert-last-assigned-field-id", "last-assigned-field-id", "last-column-id"},
    {"assert-current-schema-id", "current-schema-id", "current-schema-id"},
    {"assert-last-assigned-partition-id", "last-assigned-partition-id", "last-partition-id"},
    {"assert-default-spec-id", "default-spec-id", "default-spec-id"},
    {"assert-default-sort-order-id", "default-sort-order-id", "default-sort-order-id"},
}};

Result<void> Hold(bool holds, std::string_view type) {
  if (!holds) return Fail(ErrorCode::kConflict, "Requirement failed: {}", type);
  return {};
}

tl::unexpected<Error> Malformed(std::string_view type) {
  return Fail(ErrorCode::kInvalidArgument, "The requirement is malformed: {}", type);
}

Result<void> CheckRef(const json::object& requirement, const TableMetadata& metadata) {
  constexpr std::string_view kType = "assert-ref-snapshot-id";
  const std::string ref = FindText(requirement, "ref");
  const json::value* expected = FindMember(requirement, "snapshot-id");
  if (ref.empty()) return Malformed(kType);
  std::optional<std::int64_t> actual = metadata.FindRef(ref);
  if (expected == nullptr || expected->is_null()) return Hold(!actual, kType);
  if (!expected->is_int64()) return Malformed(kType);
  return Hold(actual == expected->get_int64(), kType);
}

}  // namespace

bool IsCreateRequirement(const json::object& requirement) {
  return FindText(requirement, "type") == "assert-create";
}

Result<void> CheckRequirement(const json::object& requirement, const TableMetadata& metadata) {
  const std::string type = FindText(requirement, "type");
  if (type == "assert-table-uuid") {
    return Hold(FindText(requirement, "uuid") == metadata.uuid(), type);
  }
  if (type == "assert-ref-snapshot-id") return CheckRef(requirement, metadata);
  for (const NumberRequirement& known : kNumberRequirements) {
    if (known.type != type) continue;
    std::optional<std::int64_t> expected = FindInt(requirement, known.given);
    if (!expected) return Malformed(type);
    return Hold(*expected == metadata.Number(known.actual), type);
  }
  return Fail(ErrorCode::kInvalidArgument, "The requirement is not known: {}", type);
}

}  // namespace sluice
