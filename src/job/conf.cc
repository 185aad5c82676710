#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/ascii.h"
#include "job/job.h"
#include "spark/time_zone.h"

namespace sluice {

namespace {

enum class ConfKind {
  kInteger,
  kPositive,
  kBytes,
  kBoolean,
  kTimeout,
  kPriority,
  kShareLevel,
  kPath,
  kTimeZone
};

struct KnownKey {
  std::string_view name;
  ConfKind kind;
};

/// The keys of contract/http-api.md 2.1 whose values have a rule; every other key is taken as it
/// is.
constexpr std::array kKnownKeys = {
    KnownKey{"spark.sql.files.maxRecordsPerFile", ConfKind::kInteger},
    KnownKey{"spark.sql.autoBroadcastJoinThreshold", ConfKind::kBytes},
    KnownKey{"spark.sql.shuffle.partitions", ConfKind::kPositive},
    KnownKey{"spark.sql.dynamicPartitionOverwrite.enabled", ConfKind::kBoolean},
    KnownKey{"spark.sql.files.maxPartitionBytes", ConfKind::kBytes},
    KnownKey{"spark.sql.badRecordsPath", ConfKind::kPath},
    KnownKey{"spark.sql.session.timeZone", ConfKind::kTimeZone},
    KnownKey{"spark.sql.legacy.correlated.scalar.query.enabled", ConfKind::kBoolean},
    KnownKey{"spark.sql.optimizer.dynamicPartitionPruning.enabled", ConfKind::kBoolean},
    KnownKey{"spark.sql.keep.distinct.expandThreshold", ConfKind::kInteger},
    KnownKey{"spark.sql.distinct.aggregator.enabled", ConfKind::kBoolean},
    KnownKey{"spark.sql.dli.job.shareLevel", ConfKind::kShareLevel},
    KnownKey{"spark.sql.dli.job.priority", ConfKind::kPriority},
    KnownKey{"spark.gluten.enabled", ConfKind::kBoolean},
    KnownKey{"dli.sql.sqlasync.enabled", ConfKind::kBoolean},
    KnownKey{"dli.sql.job.timeout", ConfKind::kTimeout},
    KnownKey{"dli.sql.dynamicPartitionOverwrite.enabled", ConfKind::kBoolean},
    KnownKey{"dli.sql.shuffle.partitions", ConfKind::kPositive},
    KnownKey{"dli.sql.files.maxPartitionBytes", ConfKind::kBytes},
    KnownKey{"dli.sql.join.preferSortMergeJoin", ConfKind::kBoolean},
    KnownKey{"dli.sql.autoBroadcastJoinThreshold", ConfKind::kBytes},
    KnownKey{"dli.sql.caseSensitive", ConfKind::kBoolean},
    KnownKey{"dli.sql.cbo.enabled", ConfKind::kBoolean},
    KnownKey{"dli.sql.cbo.joinReorder.enabled", ConfKind::kBoolean},
};

constexpr std::array<std::string_view, 4> kShareLevels = {"job", "user", "project", "queue"};
constexpr std::array<std::string_view, 12> kByteUnits = {"",  "b",  "k", "kb", "m", "mb",
                                                         "g", "gb", "t", "tb", "p", "pb"};
constexpr std::array<std::string_view, 3> kPathSchemes = {"obs://", "s3://", "s3a://"};
constexpr std::string_view kPathForbidden{"\\*?[]{}\0", 8};
constexpr std::int64_t kPriorityMin = 1;
constexpr std::int64_t kPriorityMax = 10;
/// Longest time-out in seconds whose milliseconds still fit.
constexpr std::int64_t kTimeoutMax = std::numeric_limits<std::int64_t>::max() / 1000;

/// The number that `text` starts with; what follows it goes to *rest.
std::optional<std::int64_t> LeadingInteger(std::string_view text, std::string_view* rest) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  *rest = std::string_view(stop, static_cast<std::size_t>(end - stop));
  return number;
}

bool IsIntegerWithin(std::string_view value, std::int64_t min, std::int64_t max) {
  std::string_view rest;
  std::optional<std::int64_t> number = LeadingInteger(value, &rest);
  return number && rest.empty() && *number >= min && *number <= max;
}

bool IsByteCount(std::string_view value) {
  std::string_view rest;
  if (!LeadingInteger(value, &rest)) return false;
  std::string unit = ToLower(Trim(rest));
  return std::find(kByteUnits.begin(), kByteUnits.end(), unit) != kByteUnits.end();
}

/// A path of the object store, by the rules for all paths: a bucket, and nothing that leads out of
/// it or that stands for several.
bool IsObjectPath(std::string_view value) {
  const auto* scheme = std::find_if(kPathSchemes.begin(), kPathSchemes.end(),
                                    [&](std::string_view s) { return value.starts_with(s); });
  if (scheme == kPathSchemes.end()) return false;
  value.remove_prefix(scheme->size());
  std::string lower = ToLower(value);
  bool is_plain = value.find_first_of(kPathForbidden) == std::string_view::npos;
  bool is_encoded =
      lower.find("%2e") != std::string::npos || lower.find("%2f") != std::string::npos;
  return !value.empty() && value[0] != '/' && is_plain && !is_encoded &&
         value.find("..") == std::string_view::npos;
}

bool IsGoodValue(ConfKind kind, std::string_view value) {
  switch (kind) {
    case ConfKind::kInteger:
      return IsIntegerWithin(value, std::numeric_limits<std::int32_t>::min(),
                             std::numeric_limits<std::int64_t>::max());
    case ConfKind::kPositive:
      return IsIntegerWithin(value, 1, std::numeric_limits<std::int32_t>::max());
    case ConfKind::kBytes:
      return IsByteCount(value);
    case ConfKind::kBoolean:
      return EqualsIgnoreCase(value, "true") || EqualsIgnoreCase(value, "false");
    case ConfKind::kTimeout:
      return IsIntegerWithin(value, 0, kTimeoutMax);
    case ConfKind::kPriority:
      return IsIntegerWithin(value, kPriorityMin, kPriorityMax);
    case ConfKind::kShareLevel:
      return std::find(kShareLevels.begin(), kShareLevels.end(), ToLower(value)) !=
             kShareLevels.end();
    case ConfKind::kPath:
      return IsObjectPath(value);
    case ConfKind::kTimeZone:
      return spark::ResolveTimeZone(value).has_value();
  }
  return false;
}

}  // namespace

Result<ConfEntry> ParseConfEntry(std::string_view text) {
  std::size_t equals = text.find('=');
  std::string_view key = Trim(text.substr(0, equals));
  if (equals == std::string_view::npos || key.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "A conf entry must have the form key=value: {}", text);
  }
  std::string_view value = Trim(text.substr(equals + 1));
  const auto* known = std::find_if(kKnownKeys.begin(), kKnownKeys.end(),
                                   [&](const KnownKey& entry) { return entry.name == key; });
  if (known != kKnownKeys.end() && !IsGoodValue(known->kind, value)) {
    return Fail(ErrorCode::kInvalidArgument, "The conf entry {} has a bad value: {}", key, value);
  }
  return ConfEntry{std::string(key), std::string(value)};
}

}  // namespace sluice
