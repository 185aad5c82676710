#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "sql/bind_typed.h"
#include "sql/front_end.h"

namespace sluice::sql {

// Limits of one bound statement as a whole. A statement of a kilobyte can name what it made twice,
// and that twice again: each of these is asked for before it is spent.

/// Expressions, grouping sets, VALUES, fields of types.
inline constexpr std::size_t kPlanNodesMax = 3'000'000;
/// Columns of all relations, each time one is named, with the fields inside them.
inline constexpr std::size_t kPlanColumnsMax = 500'000;
/// Text that translation makes on its way, all steps together: every level of a nest copies it.
inline constexpr std::size_t kPlanTextBytesMax = std::size_t{256} << 20;
/// One translated expression, and the name Spark gives it.
inline constexpr std::size_t kExpressionTextMax = std::size_t{8} << 20;
/// The translated statement, which goes to a worker.
inline constexpr std::size_t kTranslationBytesMax = std::size_t{8} << 20;
/// Fields of one type, and the levels it is nested in.
inline constexpr std::size_t kTypeFieldsMax = 20'000;
inline constexpr int kTypeDepthMax = 200;

/// What the planning of one statement has spent, and whether it is to go on. kLimitExceeded names
/// the limit; what `ask_stop` answers ends the planning as it is. Used by one thread.
class PlanBudget {
 public:
  /// Asked every few hundred steps; a failure stops the planning with that error.
  using AskStop = std::function<Result<void>()>;

  PlanBudget() = default;
  explicit PlanBudget(AskStop ask_stop) : ask_stop_(std::move(ask_stop)) {}

  Result<void> AddNodes(std::size_t count);
  /// So many sets of so many, without overflow.
  Result<void> AddNodes(std::size_t count, std::size_t each);
  Result<void> AddColumns(std::size_t count);
  /// The columns of a table, with the fields inside them.
  Result<void> AddColumns(const Schema& columns);
  Result<void> AddColumns(const std::vector<OutputColumn>& columns);
  Result<void> AddText(std::size_t bytes);
  Result<void> AddText(std::size_t bytes, std::size_t times);
  /// An expression as it comes out of its binding.
  Result<void> Add(const Typed& bound);
  Result<void> CheckTranslation(std::string_view sql) const;

 private:
  /// Fields of the type, or why it has too many.
  static Result<std::size_t> CountFields(const DataType& type);
  Result<void> Step(std::size_t steps);

  AskStop ask_stop_;
  std::size_t nodes_ = 0;
  std::size_t columns_ = 0;
  std::size_t text_bytes_ = 0;
  std::size_t steps_ = 0;
};

/// Bind (front_end.h) within a budget of the caller's.
Result<BoundStatement> Bind(const ParsedStatement& statement, const CatalogView& catalog,
                            const SessionContext& session, PlanBudget& budget);

}  // namespace sluice::sql
