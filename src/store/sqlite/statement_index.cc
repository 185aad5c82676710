#include "store/sqlite/statement_index.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace sluice {

namespace {

/// Statements that one background transaction indexes: some milliseconds, which a submit may have
/// to wait.
constexpr std::size_t kPortion = 64;
/// Past this length the tail is indexed even while submits come in.
constexpr std::size_t kTailLong = 4096;
constexpr std::size_t kTrigram = 3;

constexpr std::string_view kSelectStatement =
    "SELECT statement FROM job_requests WHERE project_id = ? AND seq = ?";

/// The text as the index holds it. The tokenizer would stop at a NUL.
std::string Fold(std::string_view text) {
  std::string folded = ToLower(text);
  std::replace(folded.begin(), folded.end(), '\0', '\1');
  return folded;
}

Result<std::optional<std::string>> FindStatement(Connection& connection, const JobKey& key) {
  Query row = TRY(connection.Prepare(kSelectStatement, key.project, key.seq));
  if (!TRY(row.Step())) return std::optional<std::string>();
  return std::optional<std::string>(row.String(0));
}

/// A phrase of FTS5: the trigrams of the text, one after the other.
std::string Phrase(std::string_view folded) {
  std::string phrase = "\"";
  for (char c : folded) phrase.append(c == '"' ? 2 : 1, c);
  return phrase + "\"";
}

}  // namespace

bool ContainsFolded(std::string_view text, std::string_view folded) {
  auto found = std::search(text.begin(), text.end(), folded.begin(), folded.end(),
                           [](char a, char b) { return ToLower(a) == b; });
  return found != text.end() || folded.empty();
}

Result<void> StatementIndex::Load(Connection& connection) {
  indexed_seq_ =
      TRY(connection.FindInt("SELECT value FROM counters WHERE name = 'indexed_seq'")).value_or(0);
  return {};
}

void StatementIndex::Add(JobKey key) {
  MutexLock lock(mutex_);
  tail_.push_back(std::move(key));
}

bool StatementIndex::HasTail() const {
  MutexLock lock(mutex_);
  return !tail_.empty();
}

bool StatementIndex::IsTailLong() const {
  MutexLock lock(mutex_);
  return tail_.size() > kTailLong;
}

Result<void> StatementIndex::IndexPortion(Connection& connection) {
  {
    MutexLock lock(mutex_);
    std::size_t count = std::min(kPortion, tail_.size());
    portion_.assign(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  for (const JobKey& key : portion_) {
    std::optional<std::string> statement = TRY(FindStatement(connection, key));
    if (!statement) continue;  // removed meanwhile
    TRY_VOID(connection.Run("INSERT INTO statement_index (rowid, statement) VALUES (?, ?)", key.seq,
                            Fold(*statement)));
  }
  if (portion_.empty()) return {};
  return connection.Run(
      "INSERT INTO counters (name, value) VALUES ('indexed_seq', ?)"
      " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      portion_.back().seq);
}

void StatementIndex::DropPortion() {
  MutexLock lock(mutex_);
  if (portion_.empty()) return;
  indexed_seq_ = portion_.back().seq;
  tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(portion_.size()));
}

Result<void> StatementIndex::Remove(Connection& connection, const JobKey& key) {
  if (key.seq > indexed_seq_) return {};
  std::optional<std::string> statement = TRY(FindStatement(connection, key));
  if (!statement) return {};
  // An index without content forgets a row only when told what the row was.
  return connection.Run(
      "INSERT INTO statement_index (statement_index, rowid, statement) VALUES ('delete', ?, ?)",
      key.seq, Fold(*statement));
}

bool StatementIndex::CanSearch(std::string_view pattern) {
  return IsValidUtf8(pattern) && Utf8Length(pattern) >= kTrigram &&
         pattern.find('\0') == std::string_view::npos;
}

Result<std::vector<std::int64_t>> StatementIndex::Search(Connection& connection,
                                                         const std::string& pattern) const {
  // The tail first: what moves into the index meanwhile is found twice, never missed.
  std::vector<JobKey> tail;
  {
    MutexLock lock(mutex_);
    tail.assign(tail_.begin(), tail_.end());
  }
  std::vector<std::int64_t> seqs;
  std::string phrase = Phrase(Fold(pattern));
  Query rows = TRY(connection.Prepare(
      "SELECT rowid FROM statement_index WHERE statement_index MATCH ? ORDER BY rowid", phrase));
  while (TRY(rows.Step())) seqs.push_back(rows.Int(0));
  auto indexed = static_cast<std::ptrdiff_t>(seqs.size());
  for (std::int64_t seq : TRY(Filter(connection, tail, pattern))) seqs.push_back(seq);
  std::inplace_merge(seqs.begin(), seqs.begin() + indexed, seqs.end());
  seqs.erase(std::unique(seqs.begin(), seqs.end()), seqs.end());
  return seqs;
}

Result<std::vector<std::int64_t>> StatementIndex::Filter(Connection& connection,
                                                         const std::vector<JobKey>& keys,
                                                         const std::string& pattern) {
  std::vector<std::int64_t> seqs;
  std::string folded = ToLower(pattern);
  for (const JobKey& key : keys) {
    Query row = TRY(connection.Prepare(kSelectStatement, key.project, key.seq));
    if (TRY(row.Step()) && ContainsFolded(row.Text(0), folded)) seqs.push_back(key.seq);
  }
  return seqs;
}

}  // namespace sluice
