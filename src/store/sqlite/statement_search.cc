#include "store/sqlite/statement_search.h"

#include <algorithm>

#include "base/ascii.h"
#include "store/sqlite/statement_signature.h"

namespace sluice {

namespace {

using Place = JobIndex::Place;

constexpr std::size_t kPatternsRemembered = 16;
/// Reading every statement of a range costs less than finding one in this many by its key.
constexpr std::int64_t kReadAllShare = 6;

/// Which of the places (ascending, of one project) have the pattern in their statement; false for a
/// statement that is gone.
Result<std::vector<bool>> CompareEach(Connection& connection, const std::string& project,
                                      const std::vector<Place>& places, const std::string& folded) {
  std::vector<bool> contains(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    Query row = TRY(
        connection.Prepare("SELECT statement FROM job_requests WHERE project_id = ? AND seq = ?",
                           project, places[i].seq));
    contains[i] = TRY(row.Step()) && ContainsFolded(row.Text(0), folded);
  }
  return contains;
}

Result<std::vector<bool>> CompareRange(Connection& connection, const std::string& project,
                                       const std::vector<Place>& places,
                                       const std::string& folded) {
  std::vector<bool> contains(places.size());
  Query row =
      TRY(connection.Prepare("SELECT seq, statement FROM job_requests"
                             " WHERE project_id = ? AND seq >= ? AND seq <= ? ORDER BY seq",
                             project, places.front().seq, places.back().seq));
  std::size_t next = 0;
  while (TRY(row.Step())) {
    std::int64_t seq = row.Int(0);
    while (next < places.size() && places[next].seq < seq) ++next;
    if (next == places.size()) break;
    if (places[next].seq == seq) contains[next] = ContainsFolded(row.Text(1), folded);
  }
  return contains;
}

Result<std::vector<bool>> Compare(Connection& connection, const std::string& project,
                                  const std::vector<Place>& places, const std::string& folded) {
  if (places.empty()) return std::vector<bool>();
  std::int64_t range = places.back().seq - places.front().seq + 1;
  bool reads_all = static_cast<std::int64_t>(places.size()) * kReadAllShare > range;
  return reads_all ? CompareRange(connection, project, places, folded)
                   : CompareEach(connection, project, places, folded);
}

}  // namespace

std::shared_ptr<StatementSearch::Verdicts> StatementSearch::Recall(const std::string& folded) {
  MutexLock lock(mutex_);
  auto found = std::find_if(recent_.begin(), recent_.end(),
                            [&](const auto& verdicts) { return verdicts->pattern == folded; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
    return recent_.front();
  }
  auto verdicts = std::make_shared<Verdicts>();
  verdicts->pattern = folded;
  recent_.push_front(verdicts);
  if (recent_.size() > kPatternsRemembered) recent_.pop_back();
  return verdicts;
}

Result<std::vector<Place>> StatementSearch::Search(Connection& connection, const JobIndex& index,
                                                   const JobFilter& filter, std::int64_t now_ms) {
  std::string folded = ToLower(*filter.sql_pattern);
  std::vector<Place> candidates = index.Match(filter, now_ms, PatternBits(folded));
  std::vector<Place> matches;
  if (candidates.empty()) return matches;
  std::shared_ptr<Verdicts> verdicts = Recall(folded);
  std::vector<Place> unknown;
  {
    MutexLock lock(verdicts->mutex);
    verdicts->is_known.resize(std::max(verdicts->is_known.size(), candidates.back().position + 1));
    verdicts->contains.resize(verdicts->is_known.size());
    for (const Place& place : candidates) {
      if (!verdicts->is_known[place.position]) {
        unknown.push_back(place);
      } else if (verdicts->contains[place.position]) {
        matches.push_back(place);
      }
    }
  }
  if (unknown.empty()) return matches;
  std::vector<bool> contains = TRY(Compare(connection, filter.project.value(), unknown, folded));
  auto known_end = static_cast<std::ptrdiff_t>(matches.size());
  MutexLock lock(verdicts->mutex);
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    verdicts->is_known[unknown[i].position] = true;
    verdicts->contains[unknown[i].position] = contains[i];
    if (contains[i]) matches.push_back(unknown[i]);
  }
  std::inplace_merge(matches.begin(), matches.begin() + known_end, matches.end(),
                     [](const Place& a, const Place& b) { return a.position < b.position; });
  return matches;
}

}  // namespace sluice
