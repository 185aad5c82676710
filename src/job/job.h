#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strong_string.h"

namespace sluice {

using JobId = StrongString<struct JobIdTag>;          ///< UUIDv7, 36 characters
using ProjectId = StrongString<struct ProjectIdTag>;  ///< up to 64 letters and digits
using QueueName = StrongString<struct QueueNameTag>;  ///< folded to lower case

/// The wire's states (contract/http-api.md section 2).
enum class JobState : std::uint8_t {
  kLaunching,
  kRunning,
  kScaling,
  kFinished,
  kFailed,
  kCancelled
};
inline constexpr int kJobStateCount = 6;

std::string_view JobStateName(JobState state);
std::optional<JobState> ParseJobState(std::string_view name);
constexpr bool IsFinal(JobState state) { return state >= JobState::kFinished; }

/// Whether a job may go from one state to another: the only table of transitions.
constexpr bool CanTransition(JobState from, JobState to) {
  switch (from) {
    case JobState::kLaunching:
      return to == JobState::kRunning || IsFinal(to);
    case JobState::kScaling:
      return to == JobState::kFinished || to == JobState::kFailed;
    case JobState::kRunning:
      return IsFinal(to);
    case JobState::kFinished:
    case JobState::kFailed:
    case JobState::kCancelled:
      return false;
  }
  return false;
}
static_assert(!CanTransition(JobState::kFinished, JobState::kRunning));
static_assert(!CanTransition(JobState::kRunning, JobState::kLaunching));

enum class JobType : std::uint8_t {
  kQuery,
  kDdl,
  kDcl,
  kInsert,
  kImport,
  kExport,
  kUpdate,
  kDelete,
  kDataMigration,
  kRestartQueue,
  kScaleQueue,
};
inline constexpr int kJobTypeCount = 11;
std::string_view JobTypeName(JobType type);
std::optional<JobType> ParseJobType(std::string_view name);

enum class JobMode : std::uint8_t { kAsync, kSync };
std::string_view JobModeName(JobMode mode);

struct Tag {
  std::string key;
  std::string value;
  friend bool operator==(const Tag&, const Tag&) = default;
};

/// One `conf` entry, blanks round `=` trimmed.
using ConfEntry = std::pair<std::string, std::string>;

/// What a finished attempt counted. Absent counts are left out on the wire.
struct JobCounts {
  std::int64_t input_size_bytes = 0;  ///< data files read after pruning
  std::int64_t result_count = 0;      ///< rows of the result, or rows written
  std::optional<std::int64_t> input_row_count;
  std::optional<std::int64_t> bad_row_count;
  std::int64_t output_bytes = 0;
  std::int64_t cpu_ms = 0;
};

/// The durable unit a client submits: one SQL text on one queue.
struct Job {
  // Fixed at submission.
  JobId id;
  ProjectId project;
  std::int64_t seq =
      0;  ///< given by the store; submission order (UUIDv7 loses it when clocks step)
  QueueName queue;
  std::string owner;  ///< user name of the submitter
  JobType type = JobType::kQuery;
  JobMode mode = JobMode::kAsync;
  std::string statement;
  std::string current_database;
  std::string engine_type = "spark";
  std::vector<ConfEntry> conf;
  std::vector<Tag> tags;
  std::int64_t start_time_ms = 0;  ///< wall clock when it was accepted
  std::string database_name;       ///< first table written, else first read, else currentdb
  std::string table_name;
  std::int64_t timeout_ms = 0;  ///< dli.sql.job.timeout; 0 = the queue's limit

  // Changes.
  JobState state = JobState::kLaunching;
  int attempt = 0;               ///< number of claims so far; the fencing token
  std::int64_t duration_ms = 0;  ///< frozen when final
  std::string message;           ///< as on the wire (contract/decisions.md, message)
  std::string schema_json;       ///< `detail`
  JobCounts counts;
  std::optional<std::int64_t> cancel_requested_ms;  ///< wall; a promise of CANCELLED
  std::string cancel_reason;                        ///< message the CANCELLED state will carry

  std::int64_t end_time_ms() const { return start_time_ms + duration_ms; }
};

/// `message` of a FAILED job: {"error_code":"DLI.0005","error_msg":"…"} as JSON text.
std::string FailureMessage(const Error& error);

/// The identifier rule of queues, databases and catalogs: ^(?!_)(?![0-9]+$)[A-Za-z0-9_]*$, 1..128.
bool IsValidName(std::string_view name);
/// As IsValidName, with $ allowed (tables).
bool IsValidTableName(std::string_view name);
/// contract/http-api.md 1.6: at most 20, keys unique, lengths, characters. kInvalidArgument says
/// which.
Result<void> ValidateTags(const std::vector<Tag>& tags);
/// Splits "k = v"; a known key with a bad value is kInvalidArgument.
Result<ConfEntry> ParseConfEntry(std::string_view text);

}  // namespace sluice
