#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "sql/bind_typed.h"

namespace sluice::sql {

/// A column that names can resolve to.
struct ScopeColumn {
  std::string name;                    ///< as declared
  DataType type;                       ///< as declared: CHAR(n) stays CHAR(n)
  std::string sql;                     ///< t1."name"
  std::vector<std::string> qualifier;  ///< alias; or database, table
  bool hidden = false;  ///< not of * and not found unqualified: the second side of USING
};

/// The columns of one FROM, and behind it those of the query around it.
class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}

  void Add(ScopeColumn column) { columns_.push_back(std::move(column)); }
  const std::vector<ScopeColumn>& columns() const { return columns_; }
  std::vector<ScopeColumn>& columns() { return columns_; }
  const Scope* outer() const { return outer_; }

  /// What the parts of a name found.
  struct Match {
    const ScopeColumn* column = nullptr;
    std::size_t parts_used = 0;  ///< the rest are struct fields
    bool is_outer = false;
  };

  /// Resolves a.b.c by trying the longest qualifier first, then without one. kAnalysis
  /// AMBIGUOUS_REFERENCE or UNRESOLVED_COLUMN.
  Result<Match> Resolve(const QualifiedName& name) const;

  /// Columns of `qualifier`.* ; all visible ones when it is empty. Empty when nothing matches.
  std::vector<const ScopeColumn*> Star(const QualifiedName& qualifier) const;

  /// UNRESOLVED_COLUMN, with what is there.
  tl::unexpected<Error> FailUnresolved(const QualifiedName& name) const;

  /// The fields of a struct column are asked for by name.* too: see Resolve.

 private:
  Result<Match> ResolveHere(const QualifiedName& name) const;

  std::vector<ScopeColumn> columns_;
  const Scope* outer_;
};

/// Whether the qualifier as written names the relation: db.t, t; spark_catalog.db.t and dli.db.t.
bool QualifierMatches(const std::vector<std::string>& relation,
                      const std::vector<Identifier>& written, std::size_t count);

/// `a`.`b`
std::string QuotedForMessage(const std::vector<std::string>& parts);
std::string QuotedForMessage(const QualifiedName& name);

}  // namespace sluice::sql
