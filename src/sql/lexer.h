#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/ast_expression.h"
#include "sql/token_kind.h"

namespace sluice::sql {

/// One token: a kind and where it stands (Span says how lines and positions count).
struct Token {
  TokenKind kind = TokenKind::kEndOfText;
  Span span;
};

/// The tokens of a text, the last one kEndOfText; comments and blanks are left out.
struct TokenList {
  std::vector<Token> tokens;
  bool unclosed_comment = false;  ///< a bracketed comment runs to the end of the text
  Span unclosed_span;             ///< where it opened
};

/// Cuts SQL text into tokens as Spark 3.5 does outside ANSI mode: longest match, nested bracketed
/// comments, hints, numbers with suffixes. Characters that start no token become kUnrecognized, so
/// the parser reports them in their place. `text` must be valid UTF-8 and no longer than
/// kSqlBytesMax; more than kTokensMax tokens is kLimitExceeded. Linear in the text.
Result<TokenList> Tokenize(std::string_view text);

/// The value of a kStringLiteral or kDoubleQuoted token: quotes removed; escapes resolved unless it
/// is raw. Spark's escapes: \0 \b \n \r \t \Z, \% and \_ kept with their backslash, \nnn octal,
/// \uXXXX, \UXXXXXXXX; any other \c is c.
std::string StringValue(std::string_view token);

/// The name of a kBackquoted token: quotes removed, doubled backquotes halved.
std::string BackquotedValue(std::string_view token);

}  // namespace sluice::sql
