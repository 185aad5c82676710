#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/api_client.h"

namespace sluice::cli {

enum class Format { kTable, kCsv, kJson };

/// Rows on their way to a person or a program.
struct Table {
  struct Cell {
    std::string json = "null";  ///< the value as JSON text
    std::string text;           ///< the value as a person reads it
  };
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;

  static Cell TextCell(std::string_view text);
  static Cell NumberCell(std::int64_t number);
};

/// The table of an answer with `schema` (one-member objects) and `rows` (arrays).
Table TableOfAnswer(const ApiAnswer& answer);

/// kTable: aligned columns, numbers to the right, NULL spelled out, then the number of rows. kCsv:
/// RFC 4180 with a header; null is empty, empty text is "". kJson: an array of one object a row.
std::string Render(const Table& table, Format format);

}  // namespace sluice::cli
