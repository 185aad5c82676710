#include "cli/credentials.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/json.h"
#include "cli/input.h"

namespace sluice::cli {

namespace {

constexpr std::size_t kCredentialsBytesMax = 1 << 20;
constexpr std::string_view kEndpoint = "endpoint";

/// The end of the quoted text that `text` begins with; npos when it does not end.
std::size_t EndOfQuoted(std::string_view text) {
  char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

/// The value of a line `name = "value"` or `name = 'value'`, perhaps with a comment behind it;
/// nothing for any other line.
std::optional<std::string> QuotedValue(std::string_view line, std::string_view name) {
  line = Trim(line);
  if (!line.starts_with(name)) return std::nullopt;
  line = Trim(line.substr(name.size()));
  if (!line.starts_with('=')) return std::nullopt;
  line = Trim(line.substr(1));
  if (!line.starts_with('"') && !line.starts_with('\'')) return std::nullopt;
  std::size_t end = EndOfQuoted(line);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view rest = Trim(line.substr(end));
  if (!rest.empty() && rest.front() != '#') return std::nullopt;
  line = line.substr(0, end);
  if (line.front() == '\'') return std::string(line.substr(1, line.size() - 2));
  // The escapes that we write are those of JSON.
  Result<json::value> value = ParseJson(line);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(std::string_view(value->get_string()));
}

std::string Line(std::string_view name, std::string_view value) {
  std::string line = fmt::format("{} = ", name);
  AppendJsonString(value, &line);
  return line + "\n";
}

}  // namespace

Result<Access> ReadCredentials(const std::filesystem::path& file) {
  std::string text = TRY(ReadNamedFile(file, kCredentialsBytesMax));
  Access access;
  const std::pair<std::string_view, std::string*> members[] = {{kEndpoint, &access.endpoint},
                                                               {"project_id", &access.project_id},
                                                               {"access_key", &access.access_key},
                                                               {"secret_key", &access.secret_key}};
  for (std::string_view line : Split(text, '\n')) {
    for (const auto& [name, member] : members) {
      std::optional<std::string> value = QuotedValue(line, name);
      if (value) *member = *std::move(value);
    }
  }
  return access;
}

std::string RenderCredentials(const Access& access) {
  return Line(kEndpoint, access.endpoint) + Line("project_id", access.project_id) +
         Line("access_key", access.access_key) + Line("secret_key", access.secret_key);
}

std::string WithEndpoint(std::string_view text, std::string_view endpoint) {
  std::string changed;
  bool found = false;
  std::vector<std::string_view> lines = Split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  for (std::string_view line : lines) {
    if (QuotedValue(line, kEndpoint)) {
      if (!found) changed += Line(kEndpoint, endpoint);
      found = true;
    } else {
      changed.append(line).push_back('\n');
    }
  }
  // First, where no table has begun.
  return found ? changed : Line(kEndpoint, endpoint) + changed;
}

}  // namespace sluice::cli
