#include "job/job.h"

#include <algorithm>
#include <iterator>

#include "base/ascii.h"
#include "base/json.h"
#include "job/dli_error.h"
#include "types/object_name.h"

namespace sluice {

namespace {

constexpr std::array<std::string_view, kJobStateCount> kStateNames = {
    "LAUNCHING", "RUNNING", "SCALING", "FINISHED", "FAILED", "CANCELLED"};

constexpr std::array<std::string_view, kJobTypeCount> kTypeNames = {
    "QUERY",          "DDL",           "DCL",        "INSERT",
    "IMPORT",         "EXPORT",        "UPDATE",     "DELETE",
    "DATA_MIGRATION", "RESTART_QUEUE", "SCALE_QUEUE"};

template <class Enum, std::size_t kCount>
std::optional<Enum> ParseName(const std::array<std::string_view, kCount>& names,
                              std::string_view name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(std::distance(names.begin(), found));
}

}  // namespace

std::string_view JobStateName(JobState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

std::optional<JobState> ParseJobState(std::string_view name) {
  return ParseName<JobState>(kStateNames, name);
}

std::string_view JobTypeName(JobType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

std::optional<JobType> ParseJobType(std::string_view name) {
  return ParseName<JobType>(kTypeNames, name);
}

std::string_view JobModeName(JobMode mode) { return mode == JobMode::kSync ? "sync" : "async"; }

std::string FailureMessage(const Error& error) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject();
  json.Key("error_code").String(DliErrorFor(error.code).code);
  json.Key("error_msg").String(error.message);
  json.EndObject();
  return text;
}

bool IsValidName(std::string_view name) { return CheckDatabaseName(name).has_value(); }

bool IsValidTableName(std::string_view name) { return CheckTableName(name).has_value(); }

}  // namespace sluice
