#include <memory>

#include "base/ascii.h"
#include "sql/ast.h"
#include "sql/front_end.h"
#include "sql/lexer.h"
#include "sql/parse_detail.h"
#include "sql/parser.h"

namespace sluice::sql {
namespace {

Result<void> CheckSize(std::string_view text) {
  if (text.size() >= kSqlBytesMax) {
    return Fail(ErrorCode::kLimitExceeded, "The SQL text has {} bytes, more than {}", text.size(),
                kSqlBytesMax);
  }
  if (!IsValidUtf8(text)) return Fail(ErrorCode::kSyntax, "The SQL text is not valid UTF-8");
  if (Utf8Length(text) >= kSqlCharactersMax) {
    return Fail(ErrorCode::kLimitExceeded, "The SQL text has more than {} characters",
                kSqlCharactersMax);
  }
  return {};
}

}  // namespace

Result<ParsedStatement> ParseInDetail(std::string_view text, std::optional<SyntaxError>* error) {
  TRY_VOID(CheckSize(text));
  const TokenList list = TRY(Tokenize(text));
  if (list.unclosed_comment) {
    *error = SyntaxError{
        .error_class = "UNCLOSED_BRACKETED_COMMENT",
        .text = "Found an unclosed bracketed comment. Please, append */ at the end of the comment.",
        .span = list.unclosed_span};
    return Fail(ErrorCode::kSyntax, "{}", (*error)->Message());
  }
  auto owned = std::make_shared<const std::string>(text);
  Parser parser(*owned, list.tokens);
  Result<Statement> statement = parser.Run();
  if (!statement) {
    *error = parser.error();
    return Fail(statement.error());
  }
  auto root = std::make_shared<const Statement>(std::move(*statement));
  return ParsedStatement(std::move(root), std::move(owned));
}

Result<ParsedStatement> Parse(std::string_view text) {
  std::optional<SyntaxError> error;
  return ParseInDetail(text, &error);
}

Result<DataType> ParseSchemaInDetail(std::string_view text, std::optional<SyntaxError>* error) {
  TRY_VOID(CheckSize(text));
  const TokenList list = TRY(Tokenize(text));
  Parser as_type(text, list.tokens);
  Result<DataType> type = as_type.RunType();
  if (type) return type;
  if (std::optional<DataType> columns = Parser(text, list.tokens).RunColumns()) {
    return *std::move(columns);
  }
  // Spark tells why the text is no type, also where columns were meant.
  *error = as_type.error();
  return type;
}

}  // namespace sluice::sql
