#pragma once

#include <optional>
#include <string_view>

#include "sql/front_end.h"
#include "sql/syntax_error.h"

namespace sluice::sql {

/// Parse(), which also hands out a syntax error in its parts. `error` must not be null; it is set
/// only with kSyntax.
Result<ParsedStatement> ParseInDetail(std::string_view text, std::optional<SyntaxError>* error);

/// A schema as from_json takes it: a type, or columns, which are a struct. As above.
Result<DataType> ParseSchemaInDetail(std::string_view text, std::optional<SyntaxError>* error);

}  // namespace sluice::sql
