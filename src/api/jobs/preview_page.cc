#include "api/jobs/preview_page.h"

namespace sluice::api {

std::string_view SkipRows(std::string_view rows_json, std::int64_t count) {
  if (count == 0) return rows_json;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < rows_json.size(); ++i) {
    char c = rows_json[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0 && --count == 0) return rows_json.substr(i + 1);
  }
  return {};
}

}  // namespace sluice::api
