#include "server/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"
#include "http/server.h"

namespace sluice::server {

namespace {

constexpr std::size_t kServerDescriptors = 160;
/// Of one worker and the job in it: its channel and logs, the files of its commit and its result.
constexpr std::size_t kWorkerDescriptors = 16;
/// Answers get a part of what is left, connections the rest.
constexpr std::size_t kAnswersPart = 4;
constexpr std::size_t kAnswersMin = 8;
constexpr std::size_t kConnectionsMin = 16;
constexpr rlim_t kLimitWanted = 65'536;

}  // namespace

DescriptorShares ShareDescriptors(std::size_t limit, std::size_t workers) {
  const http::Limits most;
  DescriptorShares shares;
  shares.limit = limit;
  shares.work = kServerDescriptors + kWorkerDescriptors * workers;
  std::size_t left = limit - std::min(limit, shares.work);
  std::size_t answers_max = most.answers_bytes / http::kSourcePieceBytes;
  // Those that wait have their file open as well.
  std::size_t files = std::min(left / kAnswersPart, answers_max + most.answers_waiting);
  shares.answers_waiting = std::clamp(files / 5, kAnswersMin, most.answers_waiting);
  shares.answers =
      std::clamp(files - std::min(files, shares.answers_waiting), kAnswersMin, answers_max);
  std::size_t taken = shares.answers + shares.answers_waiting;
  shares.connections = std::clamp(left - std::min(left, taken), kConnectionsMin, most.connections);
  return shares;
}

std::size_t RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::max(before, std::min(limit.rlim_max, kLimitWanted));
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return limit.rlim_cur;
  Log(LogLevel::kWarning, "the limit of open files stays as it is");
  return before;
}

}  // namespace sluice::server
