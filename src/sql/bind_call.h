#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/bind_expression.h"
#include "sql/document_types.h"

namespace sluice::sql {

/// Binds one function call over an ExpressionBinder: aggregates, window functions, higher-order
/// functions, then everything scalar. Lives as long as the call.
class CallBinder {
 public:
  CallBinder(ExpressionBinder& binder, const FunctionCall& call, const Expr& expr);

  Result<Typed> Bind();

 private:
  // Aggregates: bind_aggregate.cc.
  bool IsAggregate() const;
  Result<Typed> BindAggregate();
  Result<Typed> BindGrouping();
  Result<std::vector<Typed>> AggregateArguments();
  Result<std::vector<Typed>> AggregateArguments(bool windowed);
  Result<Typed> Count(std::vector<Typed> arguments);
  Result<Typed> SumOrAverage(Typed argument);
  /// SUM of a decimal, not yet of its result type.
  std::string DecimalSumText(const Typed& argument) const;
  std::string WideSumText(const Typed& argument, std::string_view condition) const;
  // Intervals: bind_interval.cc.
  std::string IntervalSumText(const Typed& argument) const;
  Typed IntervalSum(const Typed& argument, const std::string& name) const;
  Typed IntervalAverage(const Typed& argument, const std::string& name) const;
  Result<Typed> Moment(const Typed& argument);
  Result<Typed> SimpleAggregate(std::vector<Typed> arguments);
  // Percentiles: bind_percentile.cc.
  Result<Typed> Percentile(std::vector<Typed> arguments);
  Result<Typed> PercentileWithinGroup(Typed percentage);
  Result<Typed> ApproximatePercentile(std::vector<Typed> arguments);
  Result<Typed> Median(Typed value);
  /// The value of an interpolating or a discrete percentile, in DOUBLE or of an interval.
  Result<Typed> ExactPercentile(std::string_view function, const Typed& value,
                                const Typed& percentage, SortDirection direction,
                                const std::string& name);
  Result<Typed> FirstOrLast(std::vector<Typed> arguments);
  /// "system.main.sum(DISTINCT x) FILTER (…) OVER (…)"
  std::string AggregateText(std::string_view function, const std::string& arguments,
                            std::string_view order = {}) const;
  std::string AggregateName(const std::string& call) const;
  Typed AggregateResult(std::string sql, DataType type, const std::string& name,
                        const std::vector<Typed>& arguments) const;
  Result<void> BindFilterAndWindow();

  // Windows: bind_window.cc.
  bool IsWindowFunction() const;
  Result<Typed> BindWindowFunction();
  /// Number of arguments, OVER, its ORDER BY, and the frame the function insists on.
  Result<void> CheckWindowCall(const std::vector<Typed>& arguments, std::size_t arguments_min,
                               std::size_t arguments_max, std::string_view frame);
  Result<void> BindWindow();
  Result<const WindowSpec*> FindWindow() const;
  Result<const WindowSpec*> FindNamedWindow(const Identifier& name) const;
  Result<std::string> BindFrame(const WindowSpec& spec, const std::vector<Typed>& order);
  Result<std::string> BindBound(const FrameBound& bound, const std::vector<Typed>& order,
                                FrameUnit unit, std::string* shown);

  // Lambdas: bind_lambda.cc.
  bool IsHigherOrder() const;
  Result<Typed> BindHigherOrder();
  struct BoundLambda {
    std::vector<std::string> parameters;
    Typed body;
    std::string name;
  };
  Result<BoundLambda> BindLambda(const Expr& expr, const std::vector<DataType>& types);
  Result<BoundLambda> BindConstantLambda(const Expr& expr, const std::vector<DataType>& types);
  Result<BoundLambda> BindMerge(const Typed& array, const Typed& zero);
  /// Brings a lambda's parameter in sight.
  void AddParameter(const Identifier& name, std::string sql, const DataType& type);
  static tl::unexpected<Error> FailLambdaCount(const Span& span, std::size_t written,
                                               std::size_t wanted);
  std::vector<DataType> ArrayLambdaTypes(const DataType& array) const;
  Result<Typed> OverArray(const std::vector<Typed>& fixed);
  Result<Typed> OverMap(const Typed& map);
  Result<Typed> Fold(const Typed& array);
  static std::string FoldText(const Typed& array, const Typed& zero, const BoundLambda& merge);
  Result<Typed> ZipWith(const Typed& array);
  Result<Typed> ZipMaps(const Typed& first);

  // Functions of JSON and CSV texts: bind_document.cc.
  bool IsDocumentFunction() const;
  Result<Typed> BindDocument();
  Result<Typed> FromJson(const DocumentOptions& options);
  Result<Typed> SchemaOfJson(const DocumentOptions& options);
  Result<Typed> ToJson(const DocumentOptions& options);
  Result<void> CheckDocumentCall() const;
  /// The options of a map(…) of constants.
  Result<DocumentOptions> Options(const Argument& argument);
  /// The type that a schema's text or a schema_of_…() call gives.
  Result<DataType> SchemaOf(const Argument& argument);
  /// What a text of constants is; nothing when it is not made of constants, or NULL.
  Result<std::optional<std::string>> ConstantText(const Expr& expr);

  Result<Typed> BindScalar();
  /// max_pt('db.t')
  Result<Typed> BindMaxPartition();
  Result<Typed> RefuseGenerator();

  ExpressionBinder& binder_;
  const FunctionCall& call_;
  const Expr& expr_;
  std::string shown_;  ///< as written
  std::string name_;   ///< lower case
  std::string filter_sql_;
  std::string filter_name_;
  std::string over_sql_;
  std::string over_name_;
  std::string frame_name_;
  std::vector<Typed> window_parts_;  ///< PARTITION BY and ORDER BY, for what they contain
  bool window_is_ordered_ = false;
  bool frame_said_ = false;
};

}  // namespace sluice::sql
