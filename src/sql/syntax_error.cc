#include "sql/syntax_error.h"

#include <fmt/format.h>

namespace sluice::sql {

std::string SyntaxError::Message() const {
  const std::string prefix = error_class.empty() ? "" : fmt::format("[{}] ", error_class);
  return fmt::format("{}{}(line {}, pos {})", prefix, text, span.line, span.position);
}

std::string QuotedForError(std::string_view token) {
  std::string quoted = "'";
  for (const char c : token) {
    switch (c) {
      case '\n':
        quoted += "\\n";
        break;
      case '\r':
        quoted += "\\r";
        break;
      case '\t':
        quoted += "\\t";
        break;
      default:
        quoted.push_back(c);
    }
  }
  quoted.push_back('\'');
  return quoted;
}

SyntaxError UnexpectedToken(std::string_view token, std::string_view hint, const Span& span) {
  const std::string where = token.empty() ? "end of input" : QuotedForError(token);
  return SyntaxError{.error_class = "PARSE_SYNTAX_ERROR",
                     .text = fmt::format("Syntax error at or near {}{}.", where, hint),
                     .span = span};
}

}  // namespace sluice::sql
