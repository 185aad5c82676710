#pragma once

#include <string>
#include <string_view>

#include "sql/ast.h"

namespace sluice::sql {

/// A number as Java's Double.toString prints it: 1000.0, 1.0E20, 0.001.
std::string JavaDoubleText(double value);
std::string JavaFloatText(float value);

/// A decimal literal's digits without exponent ("1e2" is "100") with its precision and scale.
struct DecimalLiteral {
  std::string text;
  int precision = 1;
  int scale = 0;
};
/// `text` has optional sign, digits, point and exponent, as the lexer lets through.
DecimalLiteral ReadDecimalLiteral(std::string_view text);

/// The word an operator has in Spark's names: "+", "div", "<=>".
std::string_view OperatorWord(BinaryOperator op);

}  // namespace sluice::sql
