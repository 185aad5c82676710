#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sql/ast_expression.h"

namespace sluice::sql {

/// Why Spark's parser would refuse a statement: an error class, words, and a place.
struct SyntaxError {
  std::string error_class;  ///< "PARSE_SYNTAX_ERROR", "DUPLICATE_CLAUSES", …; empty for Spark's
                            ///< old, unnamed ones
  std::string text;         ///< one line, as Spark words it
  Span span;

  /// "[CLASS] text(line 2, pos 14)".
  std::string Message() const;
};

/// The error for an unexpected token. `token` is its text, empty at the end of the statement.
/// `hint` is "", ": extra input 'x'" or ": missing 'X'".
SyntaxError UnexpectedToken(std::string_view token, std::string_view hint, const Span& span);

/// A token's text in quotes, with blanks written as escapes.
std::string QuotedForError(std::string_view token);

}  // namespace sluice::sql
