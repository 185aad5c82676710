#include "sql/scope.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace sluice::sql {
namespace {

constexpr std::size_t kSuggestionsMax = 5;
/// Letters of all candidates against all of the name: past it they come by their names alone.
constexpr std::size_t kRankingStepsMax = 20'000'000;

bool IsOurCatalog(std::string_view name) {
  return EqualsIgnoreCase(name, "dli") || EqualsIgnoreCase(name, "spark_catalog");
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

bool QualifierMatches(const std::vector<std::string>& relation,
                      const std::vector<Identifier>& written, std::size_t count) {
  std::size_t first = 0;
  if (count > relation.size() && count == 3 && IsOurCatalog(written[0].text)) first = 1;
  const std::size_t length = count - first;
  if (length == 0 || length > relation.size()) return false;
  const std::size_t skipped = relation.size() - length;
  for (std::size_t i = 0; i < length; ++i) {
    if (!EqualsIgnoreCase(relation[skipped + i], written[first + i].text)) return false;
  }
  return true;
}

std::string QuotedForMessage(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += '.';
    text += '`' + part + '`';
  }
  return text;
}

std::string QuotedForMessage(const QualifiedName& name) {
  std::vector<std::string> parts;
  parts.reserve(name.parts.size());
  for (const Identifier& part : name.parts) parts.push_back(part.text);
  return QuotedForMessage(parts);
}

Result<Scope::Match> Scope::ResolveHere(const QualifiedName& name) const {
  const std::vector<Identifier>& parts = name.parts;
  for (std::size_t qualified = std::min<std::size_t>(parts.size() - 1, 3);; --qualified) {
    std::vector<const ScopeColumn*> found;
    for (const ScopeColumn& column : columns_) {
      if (!EqualsIgnoreCase(column.name, parts[qualified].text)) continue;
      if (qualified == 0 ? column.hidden : !QualifierMatches(column.qualifier, parts, qualified)) {
        continue;
      }
      found.push_back(&column);
    }
    // A merged USING column and its hidden twin answer to one qualifier: the twin is the real one.
    if (found.size() > 1) {
      const bool some_hidden =
          std::any_of(found.begin(), found.end(), [](const auto* c) { return c->hidden; });
      if (some_hidden) std::erase_if(found, [](const auto* c) { return !c->hidden; });
    }
    if (found.size() > 1) {
      std::vector<std::string> candidates;
      for (const ScopeColumn* column : found) {
        std::vector<std::string> full = column->qualifier;
        full.push_back(column->name);
        candidates.push_back(QuotedForMessage(full));
      }
      std::string list;
      for (const std::string& candidate : candidates) {
        list += (list.empty() ? "" : ", ") + candidate;
      }
      return FailAnalysis(name.span, "AMBIGUOUS_REFERENCE",
                          "Reference {} is ambiguous, could be: [{}].", QuotedForMessage(name),
                          list);
    }
    if (found.size() == 1) return Match{found.front(), qualified + 1, false};
    if (qualified == 0) break;
  }
  return Match{};
}

Result<Scope::Match> Scope::Resolve(const QualifiedName& name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->outer_) {
    Match match = TRY(scope->ResolveHere(name));
    if (match.column != nullptr) {
      match.is_outer = scope != this;
      return match;
    }
  }
  return FailUnresolved(name);
}

tl::unexpected<Error> Scope::FailUnresolved(const QualifiedName& name) const {
  if (columns_.empty()) {
    return FailAnalysis(name.span, "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION",
                        "A column or function parameter with name {} cannot be resolved.",
                        QuotedForMessage(name));
  }
  // As Spark ranks them: by name, then by how far the quoted text is from the name as written. A
  // qualifier that all columns share is left out, down to as many parts as were written.
  std::vector<const ScopeColumn*> candidates;
  std::vector<std::vector<std::string>> qualifiers;
  for (const ScopeColumn& column : columns_) {
    if (column.hidden) continue;
    candidates.push_back(&column);
    if (std::find(qualifiers.begin(), qualifiers.end(), column.qualifier) == qualifiers.end()) {
      qualifiers.push_back(column.qualifier);
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto* a, const auto* b) { return a->name < b->name; });
  std::string written;
  for (const Identifier& part : name.parts) written += (written.empty() ? "" : ".") + part.text;
  const bool bare = name.parts.size() == 1 && qualifiers.size() == 1;
  std::size_t letters = 0;
  for (const ScopeColumn* column : candidates) letters += column->name.size() + 1;
  const bool ranks = written.size() < kRankingStepsMax / std::max<std::size_t>(letters, 1);
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const ScopeColumn* column : candidates) {
    std::vector<std::string> full;
    if (!bare && !column->qualifier.empty()) full.push_back(column->qualifier.back());
    full.push_back(column->name);
    std::string quoted = QuotedForMessage(full);
    const std::size_t distance = ranks ? EditDistance(quoted, written) : 0;
    ranked.emplace_back(distance, std::move(quoted));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string suggestions;
  for (std::size_t i = 0; i < std::min(ranked.size(), kSuggestionsMax); ++i) {
    suggestions += (i > 0 ? ", " : "") + ranked[i].second;
  }
  return FailAnalysis(name.span, "UNRESOLVED_COLUMN.WITH_SUGGESTION",
                      "A column or function parameter with name {} cannot be resolved. "
                      "Did you mean one of the following? [{}].",
                      QuotedForMessage(name), suggestions);
}

std::vector<const ScopeColumn*> Scope::Star(const QualifiedName& qualifier) const {
  const std::vector<Identifier>& parts = qualifier.parts;
  std::vector<const ScopeColumn*> found;
  // Spark shows what USING hides first.
  for (const bool hidden : {true, false}) {
    for (const ScopeColumn& column : columns_) {
      if (column.hidden != hidden) continue;
      const bool wanted =
          parts.empty() ? !hidden : QualifierMatches(column.qualifier, parts, parts.size());
      if (wanted) found.push_back(&column);
    }
  }
  return found;
}

}  // namespace sluice::sql
