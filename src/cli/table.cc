#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "cli/raw_json.h"

namespace sluice::cli {

namespace {

constexpr std::string_view kNull = "null";

Table::Cell CellOfJson(std::string_view raw) {
  Table::Cell cell;
  cell.json = raw;
  cell.text = raw == kNull ? "NULL" : std::string(raw);
  if (raw.starts_with('"')) {
    Result<json::value> value = ParseJson(raw);
    if (value && value->is_string()) cell.text = std::string_view(value->get_string());
  }
  return cell;
}

bool IsNumber(const Table::Cell& cell) {
  return !cell.json.empty() && (IsDigit(cell.json.front()) || cell.json.front() == '-');
}

/// The code point at text[*at] of valid UTF-8, moving *at behind it.
char32_t NextCodePoint(std::string_view text, std::size_t* at) {
  auto lead = static_cast<unsigned char>(text[(*at)++]);
  if (lead < 0xC0) return lead;
  int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t code = lead & (0x3Fu >> more);
  for (; more > 0 && *at < text.size(); --more) {
    code = code << 6 | (static_cast<unsigned char>(text[(*at)++]) & 0x3Fu);
  }
  return code;
}

/// Columns of a terminal that the text takes: East Asian characters and emoji take two.
std::size_t Width(std::string_view text) {
  constexpr std::pair<char32_t, char32_t> kWide[] = {
      {0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
      {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    char32_t code = NextCodePoint(text, &at);
    bool wide = std::any_of(std::begin(kWide), std::end(kWide), [code](const auto& range) {
      return code >= range.first && code <= range.second;
    });
    width += wide ? 2 : 1;
  }
  return width;
}

/// One line without control characters: a value cannot break the table or talk to the terminal.
std::string OneLine(std::string_view text) {
  std::string line;
  for (char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      line += '?';
    } else {
      line += c;
    }
  }
  return line;
}

void AppendPadded(const std::string& text, std::size_t width, bool to_the_right, std::string* out) {
  std::string blanks(width - std::min(width, Width(text)), ' ');
  *out += to_the_right ? blanks + text : text + blanks;
}

std::string RenderTable(const Table& table) {
  std::size_t count = table.columns.size();
  std::vector<std::vector<std::string>> lines = {{}};
  for (const std::string& column : table.columns) lines.front().push_back(OneLine(column));
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (const auto& cell : row) line.push_back(OneLine(cell.text));
    line.resize(count);
  }
  std::vector<std::size_t> widths(count, 1);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < count; ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  std::string out;
  for (std::size_t l = 0; l < lines.size(); ++l) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text += " | ";
      bool right = l > 0 && i < table.rows[l - 1].size() && IsNumber(table.rows[l - 1][i]);
      AppendPadded(lines[l][i], widths[i], right, &text);
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
    if (l > 0) continue;
    for (std::size_t i = 0; i < count; ++i) {
      out += (i > 0 ? "-+-" : "") + std::string(widths[i], '-');
    }
    out += "\n";
  }
  std::size_t rows = table.rows.size();
  return out + "(" + std::to_string(rows) + (rows == 1 ? " row)\n" : " rows)\n");
}

std::string CsvField(std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string field = "\"";
  for (char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + "\"";
}

std::string RenderCsv(const Table& table) {
  std::string out;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out += (i > 0 ? "," : "") + CsvField(table.columns[i]);
  }
  out += "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ",";
      if (row[i].json != kNull) out += CsvField(row[i].text);
    }
    out += "\r\n";
  }
  return out;
}

std::string RenderJson(const Table& table) {
  std::string out;
  JsonWriter json(&out);
  json.BeginArray();
  for (const auto& row : table.rows) {
    json.BeginObject();
    for (std::size_t i = 0; i < std::min(row.size(), table.columns.size()); ++i) {
      json.Key(table.columns[i]).Raw(row[i].json);
    }
    json.EndObject();
  }
  json.EndArray();
  return out + "\n";
}

}  // namespace

Table::Cell Table::TextCell(std::string_view text) {
  Cell cell;
  cell.json.clear();
  AppendJsonString(text, &cell.json);
  cell.text = text;
  return cell;
}

Table::Cell Table::NumberCell(std::int64_t number) {
  return {std::to_string(number), std::to_string(number)};
}

Table TableOfAnswer(const ApiAnswer& answer) {
  Table table;
  if (const json::value* schema = answer.object.if_contains("schema");
      schema != nullptr && schema->is_array()) {
    for (const json::value& column : schema->get_array()) {
      if (!column.is_object() || column.get_object().empty()) continue;
      table.columns.emplace_back(std::string_view(column.get_object().begin()->key()));
    }
  }
  for (std::string_view row : RawElements(RawMember(answer.text, "rows"))) {
    auto& cells = table.rows.emplace_back();
    for (std::string_view value : RawElements(row)) cells.push_back(CellOfJson(value));
  }
  return table;
}

std::string Render(const Table& table, Format format) {
  switch (format) {
    case Format::kTable:
      return RenderTable(table);
    case Format::kCsv:
      return RenderCsv(table);
    case Format::kJson:
      return RenderJson(table);
  }
  return {};
}

}  // namespace sluice::cli
