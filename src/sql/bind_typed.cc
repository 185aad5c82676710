#include "sql/bind_typed.h"

#include <fmt/format.h>

#include "sql/generate.h"

namespace sluice::sql {

std::string ColumnAlias(std::size_t index) { return fmt::format("c{}", index); }

std::string AtSpan(const Span& span) {
  return fmt::format(" (line {}, pos {})", span.line, span.position);
}

tl::unexpected<Error> FailUnsupported(std::string_view name) {
  return Fail(ErrorCode::kUnsupported, "The statement or expression is not supported: {}", name);
}

Typed Coerced(Typed value, const DataType& to) {
  if (value.type == to) return value;
  value.sql = CastText(value.sql, value.type, to);
  value.narrow.clear();
  value.type = to;
  value.physical = Physical::kExact;
  value.literal = nullptr;
  value.char_length = 0;
  return value;
}

std::string ExactText(const Typed& value) {
  if (value.physical == Physical::kExact) return value.sql;
  return fmt::format("CAST({} AS {})", value.sql, DuckType(value.type));
}

void Inherit(const Typed& part, Typed* whole) {
  if (!whole->loose && part.loose) whole->loose = part.loose;
  whole->has_aggregate = whole->has_aggregate || part.has_aggregate;
  whole->has_window = whole->has_window || part.has_window;
  whole->has_random = whole->has_random || part.has_random;
}

}  // namespace sluice::sql
