#include "engine/duckdb/json_path.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/ascii.h"

namespace sluice {

namespace {

using Step = JsonPathStep::Kind;
using Kind = sql::JsonDocument::Kind;
using Steps = std::span<const JsonPathStep>;

/// Scala's parser combinators skip blanks before a literal or a pattern, but not before a
/// character.
class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  std::optional<JsonPath> Read() {
    if (!Character('$')) return std::nullopt;
    while (Wildcard() || Name() || Subscript()) {
    }
    SkipBlanks(&at_);
    if (at_ != text_.size()) return std::nullopt;
    return std::move(path_);
  }

 private:
  void SkipBlanks(std::size_t* at) const {
    constexpr std::string_view kBlanks = " \t\n\v\f\r";
    while (*at < text_.size() && kBlanks.find(text_[*at]) != std::string_view::npos) ++*at;
  }

  bool Character(char wanted) {
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool Literal(std::string_view wanted) {
    std::size_t at = at_;
    SkipBlanks(&at);
    if (!text_.substr(at).starts_with(wanted)) return false;
    at_ = at + wanted.size();
    return true;
  }

  /// One or more characters that are none of `stops`.
  std::string_view Run(std::string_view stops) {
    std::size_t at = at_;
    SkipBlanks(&at);
    const std::size_t end = std::min(text_.find_first_of(stops, at), text_.size());
    if (end == at) return {};
    at_ = end;
    return text_.substr(at, end - at);
  }

  bool Wildcard() {
    if (!Literal(".*") && !Literal("['*']")) return false;
    path_.push_back({Step::kWildcard, {}});
    return true;
  }

  bool Name() {
    const std::size_t start = at_;
    std::string_view name;
    if (Character('.')) name = Run(".[");
    if (name.empty()) {
      at_ = start;
      if (Literal("['")) name = Run("'?");
      if (name.empty() || !Literal("']")) {
        at_ = start;
        return false;
      }
    }
    path_.push_back({Step::kKey, {}});
    path_.push_back({Step::kName, std::string(name)});
    return true;
  }

  bool Subscript() {
    const std::size_t start = at_;
    JsonPathStep step{Step::kWildcard, {}};
    bool read = Character('[');
    if (read && !Character('*')) {
      step.kind = Step::kIndex;
      SkipBlanks(&at_);
      const char* begin = text_.data() + at_;
      const auto number = std::from_chars(begin, text_.data() + text_.size(), step.index);
      read = number.ec == std::errc() && number.ptr != begin && IsDigit(*begin);
      at_ += static_cast<std::size_t>(number.ptr - begin);
    }
    if (!read || !Character(']')) {
      at_ = start;
      return false;
    }
    path_.push_back({Step::kSubscript, {}});
    path_.push_back(std::move(step));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  JsonPath path_;
};

/// Values written one behind the other, with commas once the first is there.
struct Output {
  std::string text;
  bool began = false;

  void Next() {
    if (began) text += ',';
    began = true;
  }
};

enum class Style : unsigned char { kRaw, kQuoted, kFlat };

/// Walks as Spark's evaluatePath does. Recursion is bounded by the document's nesting.
class PathWalk {
 public:
  static bool Walk(const sql::JsonDocument& value, Style style, Steps path, Output* out) {
    if (path.empty()) return Write(value, style, out);
    if (value.kind == Kind::kObject && path[0].kind == Step::kKey) {
      return Members(value, style, path.subspan(1), out);
    }
    if (value.kind == Kind::kArray && path[0].kind == Step::kSubscript && path.size() > 1) {
      return Elements(value, style, path, out);
    }
    return false;
  }

 private:
  static bool Write(const sql::JsonDocument& value, Style style, Output* out) {
    if (value.kind == Kind::kArray && style == Style::kFlat) {
      bool any = false;
      for (const auto& item : value.items) any = Walk(item, style, {}, out) || any;
      return any;
    }
    out->Next();
    if (value.kind == Kind::kText && style == Style::kRaw) {
      out->text += value.text;
    } else {
      sql::WriteJson(value, &out->text);
    }
    return true;
  }

  static bool Members(const sql::JsonDocument& value, Style style, Steps path, Output* out) {
    if (path.empty()) return false;
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (path[0].kind == Step::kName) {
        if (value.names[i] != path[0].name || value.items[i].kind == Kind::kNull) continue;
      } else if (path[0].kind != Step::kWildcard) {
        continue;
      }
      if (Walk(value.items[i], style, path.subspan(1), out)) return true;
    }
    return false;
  }

  static bool IsWildcard(Steps path, std::size_t at) {
    return path.size() > at + 1 && path[at].kind == Step::kSubscript &&
           path[at + 1].kind == Step::kWildcard;
  }

  static bool Elements(const sql::JsonDocument& value, Style style, Steps path, Output* out) {
    if (path[1].kind == Step::kIndex) {
      if (path[1].index >= value.items.size()) return false;
      const Steps rest = path.subspan(2);
      return Walk(value.items[path[1].index], IsWildcard(rest, 0) ? Style::kQuoted : style, rest,
                  out);
    }
    if (path[1].kind != Step::kWildcard) return false;
    // Two wildcards in a row do not keep the inner arrays, as in Hive.
    const bool twice = IsWildcard(path, 2);
    Output inner;
    int matches = 0;
    const Style inner_style = twice || style == Style::kFlat ? Style::kFlat : Style::kQuoted;
    for (const auto& item : value.items) {
      if (Walk(item, inner_style, path.subspan(twice ? 4 : 2), &inner)) ++matches;
    }
    const bool bare = !twice && style != Style::kQuoted;
    if (bare && matches == 0) return false;
    out->Next();
    out->text += bare && matches == 1 ? inner.text : "[" + inner.text + "]";
    return matches > 0;
  }
};

}  // namespace

std::optional<JsonPath> ReadJsonPath(std::string_view text) { return PathReader(text).Read(); }

std::optional<std::string> FindJsonPath(const sql::JsonDocument& document, const JsonPath& path) {
  Output out;
  if (!PathWalk::Walk(document, Style::kRaw, path, &out)) return std::nullopt;
  return std::move(out.text);
}

}  // namespace sluice
