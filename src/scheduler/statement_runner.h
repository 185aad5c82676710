#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "job/job.h"
#include "lake/catalog.h"
#include "result/result_set.h"
#include "sql/front_end.h"
#include "store/catalog_store.h"
#include "store/job_store.h"

namespace sluice {

/// Rows a statement of the server yields: every value text or null.
struct TextRows {
  Schema schema;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// The rows as a result set with string values.
ResultSet ToResultSet(const TextRows& rows);
/// And back, for a synchronous answer: strings as they are, other values as JSON text.
Result<std::vector<std::vector<std::optional<std::string>>>> ToTextRows(const ResultSet& result);

/// Whether a bound statement runs in the server rather than in a worker.
bool RunsInServer(const sql::BoundStatement& statement);

/// Runs DDL, SHOW, DESCRIBE and their like as catalog calls: the effect and the job's end are one
/// transaction. Thread-safe.
class StatementRunner {
 public:
  /// Both must outlive the runner.
  StatementRunner(LakeCatalog* catalog, JobStore* jobs);

  /// Runs the statement for the job and ends it FINISHED in the store; returns that end. An error
  /// means that neither effect nor end happened.
  Result<JobFinish> Run(const Job& job, const sql::BoundStatement& statement,
                        std::int64_t duration_ms);

 private:
  Result<std::optional<TextRows>> Read(const Job& job, const sql::BoundStatement& statement) const;
  Result<void> Change(const Job& job, const sql::BoundStatement& statement,
                      const ChangeContext& context);

  LakeCatalog* catalog_;
  JobStore* jobs_;
};

/// The catalog's form of a table that SQL defines.
NewTable ToNewTable(const sql::TableDefinition& definition, const std::string& owner);

/// SHOW … LIKE: '*' is any text, '|' separates alternatives, case does not matter (Spark's
/// StringUtils.filterPattern).
bool MatchesPattern(std::string_view name, std::string_view pattern);

}  // namespace sluice
