#include "sql/json_document.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/ascii.h"
#include "sql/spark_names.h"

namespace sluice::sql {
namespace {

constexpr char32_t kHighSurrogate = 0xD800;
constexpr char32_t kLowSurrogate = 0xDC00;
constexpr char32_t kSurrogateEnd = 0xE000;

void AppendUtf8(char32_t c, std::string* out) {
  const auto put = [&](char32_t bits) { *out += static_cast<char>(bits); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

bool IsNamePart(char c) {
  return IsAlnum(c) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

/// Recursive descent over one text; recursion is bounded by kJsonNestingMax.
class Reader {
 public:
  Reader(std::string_view text, const JsonReading& reading) : text_(text), reading_(reading) {}

  JsonVerdict Read(JsonDocument* out) {
    if (!SkipBlanks()) return JsonVerdict::kMalformed;
    if (at_ == text_.size()) return JsonVerdict::kEmpty;
    if (!Value(out, 0)) return JsonVerdict::kMalformed;
    // A number or a word at the root ends at a blank only.
    const bool bare = out->kind < JsonDocument::Kind::kText;
    if (bare && at_ < text_.size() && !IsBlank(text_[at_])) return JsonVerdict::kMalformed;
    return JsonVerdict::kRead;
  }

 private:
  static bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char wanted) {
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  /// False when a comment has no end.
  bool SkipBlanks() {
    for (;;) {
      while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
      if (!reading_.comments || Peek() != '/') return true;
      const std::string_view rest = text_.substr(at_);
      const bool block = rest.starts_with("/*");
      if (!block && !rest.starts_with("//")) return true;
      const std::size_t end = text_.find(block ? "*/" : "\n", at_ + 2);
      if (end == std::string_view::npos) {
        at_ = text_.size();
        return !block;
      }
      at_ = end + (block ? 2 : 1);
    }
  }

  bool Value(JsonDocument* out, int depth) {
    switch (Peek()) {
      case '{':
        return depth < kJsonNestingMax && Object(out, depth + 1);
      case '[':
        return depth < kJsonNestingMax && Array(out, depth + 1);
      case '"':
        out->kind = JsonDocument::Kind::kText;
        return Quoted('"', &out->text);
      case '\'':
        out->kind = JsonDocument::Kind::kText;
        return reading_.single_quotes && Quoted('\'', &out->text);
      case 't':
        return Word("true", JsonDocument::Kind::kTrue, out);
      case 'f':
        return Word("false", JsonDocument::Kind::kFalse, out);
      case 'n':
        return Word("null", JsonDocument::Kind::kNull, out);
      default:
        return Number(out);
    }
  }

  bool Word(std::string_view word, JsonDocument::Kind kind, JsonDocument* out) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    out->kind = kind;
    return at_ >= text_.size() || !IsNamePart(text_[at_]);
  }

  bool Number(JsonDocument* out) {
    const std::size_t begin = at_;
    out->kind = JsonDocument::Kind::kInteger;
    if (NotANumber(out)) return true;
    Take('-');
    const std::size_t digits = at_;
    if (!Digits()) return false;
    std::size_t zeros = digits;
    while (zeros + 1 < at_ && text_[zeros] == '0') ++zeros;
    if (zeros > digits && !reading_.leading_zeros) return false;
    if (Take('.')) {
      out->kind = JsonDocument::Kind::kFraction;
      if (!Digits()) return false;
    }
    if (Take('e') || Take('E')) {
      out->kind = JsonDocument::Kind::kFraction;
      if (!Take('-')) Take('+');
      if (!Digits()) return false;
    }
    if (at_ - begin > kJsonNumberMax) return false;
    out->text = std::string(text_.substr(begin, digits - begin));
    out->text += text_.substr(zeros, at_ - zeros);
    return true;
  }

  bool Digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    return at_ > begin;
  }

  bool NotANumber(JsonDocument* out) {
    if (!reading_.not_numbers) return false;
    for (std::string_view word :
         {"NaN", "Infinity", "INF", "-Infinity", "-INF", "+Infinity", "+INF"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      const std::size_t end = at_ + word.size();
      if (end < text_.size() && IsNamePart(text_[end])) continue;
      at_ = end;
      out->kind = JsonDocument::Kind::kFraction;
      out->text = std::string(word);
      return true;
    }
    return false;
  }

  bool Array(JsonDocument* out, int depth) {
    out->kind = JsonDocument::Kind::kArray;
    ++at_;
    if (!SkipBlanks()) return false;
    if (Take(']')) return true;
    for (;;) {
      if (!SkipBlanks() || !Value(&out->items.emplace_back(), depth) || !SkipBlanks()) return false;
      if (Take(']')) return true;
      if (!Take(',')) return false;
    }
  }

  bool Object(JsonDocument* out, int depth) {
    out->kind = JsonDocument::Kind::kObject;
    ++at_;
    if (!SkipBlanks()) return false;
    if (Take('}')) return true;
    for (;;) {
      if (!SkipBlanks() || !Name(&out->names.emplace_back()) || !SkipBlanks()) return false;
      if (!Take(':') || !SkipBlanks()) return false;
      if (!Value(&out->items.emplace_back(), depth) || !SkipBlanks()) return false;
      if (Take('}')) return true;
      if (!Take(',')) return false;
    }
  }

  bool Name(std::string* out) {
    if (Peek() == '"') return Quoted('"', out);
    if (Peek() == '\'' && reading_.single_quotes) return Quoted('\'', out);
    if (!reading_.unquoted_names || !IsNamePart(Peek()) || IsDigit(Peek())) return false;
    while (IsNamePart(Peek())) *out += text_[at_++];
    return true;
  }

  bool Quoted(char quote, std::string* out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == quote) return true;
      if (c == '\\') {
        if (!Escape(out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < ' ' && !reading_.control_characters) return false;
      *out += c;
    }
    return false;
  }

  bool Escape(std::string* out) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    constexpr std::string_view kLetters = "btnfr\"\\/";
    constexpr std::string_view kMeanings = "\b\t\n\f\r\"\\/";
    const std::size_t known = kLetters.find(c);
    if (known != std::string_view::npos) {
      *out += kMeanings[known];
      return true;
    }
    if (c != 'u') {
      *out += c;
      return reading_.any_escape;
    }
    char32_t unit = 0;
    if (!Unit(&unit)) return false;
    if (unit >= kHighSurrogate && unit < kLowSurrogate && text_.substr(at_).starts_with("\\u")) {
      const std::size_t before = at_;
      at_ += 2;
      char32_t low = 0;
      if (!Unit(&low)) return false;
      if (low >= kLowSurrogate && low < kSurrogateEnd) {
        unit = 0x10000 + ((unit - kHighSurrogate) << 10) + (low - kLowSurrogate);
      } else {
        at_ = before;
      }
    }
    // Half a pair has no UTF-8; Java writes a question mark.
    const bool half = unit >= kHighSurrogate && unit < kSurrogateEnd;
    AppendUtf8(half ? U'?' : unit, out);
    return true;
  }

  /// The four digits behind \u.
  bool Unit(char32_t* out) {
    constexpr std::size_t kDigits = 4;
    if (text_.size() - at_ < kDigits) return false;
    std::uint32_t value = 0;
    const char* begin = text_.data() + at_;
    const auto read = std::from_chars(begin, begin + kDigits, value, 16);
    if (read.ec != std::errc() || read.ptr != begin + kDigits) return false;
    at_ += kDigits;
    *out = value;
    return true;
  }

  std::string_view text_;
  JsonReading reading_;
  std::size_t at_ = 0;
};

}  // namespace

JsonVerdict ReadJson(std::string_view text, const JsonReading& reading, JsonDocument* out) {
  return Reader(text, reading).Read(out);
}

double DoubleOfNumber(const std::string& text) {
  if (text == "NaN") return std::nan("");
  if (text.find("INF") != std::string::npos) return text[0] == '-' ? -HUGE_VAL : HUGE_VAL;
  return std::strtod(text.c_str(), nullptr);
}

void WriteJsonText(std::string_view text, std::string* out) {
  constexpr std::string_view kEscaped = "\b\t\n\f\r\"\\";
  constexpr std::string_view kLetters = "btnfr\"\\";
  *out += '"';
  for (char c : text) {
    const std::size_t known = kEscaped.find(c);
    if (known != std::string_view::npos) {
      *out += '\\';
      *out += kLetters[known];
    } else if (static_cast<unsigned char>(c) < ' ') {
      *out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
    } else {
      *out += c;
    }
  }
  *out += '"';
}

void WriteJson(const JsonDocument& value, std::string* out) {
  switch (value.kind) {
    case JsonDocument::Kind::kNull:
      *out += "null";
      break;
    case JsonDocument::Kind::kFalse:
      *out += "false";
      break;
    case JsonDocument::Kind::kTrue:
      *out += "true";
      break;
    case JsonDocument::Kind::kInteger:
      *out += value.text == "-0" ? "0" : value.text;
      break;
    case JsonDocument::Kind::kFraction: {
      const double number = DoubleOfNumber(value.text);
      const bool quoted = !std::isfinite(number);
      *out += quoted ? "\"" + JavaDoubleText(number) + "\"" : JavaDoubleText(number);
      break;
    }
    case JsonDocument::Kind::kText:
      WriteJsonText(value.text, out);
      break;
    case JsonDocument::Kind::kArray:
    case JsonDocument::Kind::kObject: {
      const bool object = value.kind == JsonDocument::Kind::kObject;
      *out += object ? '{' : '[';
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) *out += ',';
        if (object) {
          WriteJsonText(value.names[i], out);
          *out += ':';
        }
        WriteJson(value.items[i], out);
      }
      *out += object ? '}' : ']';
      break;
    }
  }
}

}  // namespace sluice::sql
