#include "engine/duckdb/java_time_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice {

const std::string_view kMonthNames[12] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};
const std::string_view kWeekdayNames[7] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};

namespace {

using Kind = TimePatternItem::Kind;
using Sign = TimePatternItem::Sign;

constexpr std::string_view kLegacyLetters = "GyMwWDdFEuaHkKhmsSzZXLY";
constexpr std::string_view kWeekBased = "YWwuec";
constexpr std::string_view kUnknownLetters = "ABnNp";
constexpr std::string_view kNotParsed = "EFqQ";
constexpr int kYearDigitsMax = 10;
constexpr int kFractionDigitsMax = 9;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool Holds(std::string_view letters, char c) { return letters.find(c) != std::string_view::npos; }

/// Whether SimpleDateFormat took the pattern.
bool IsLegacyPattern(std::string_view pattern) {
  bool quoted = false;
  for (char c : pattern) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (!quoted && IsLetter(c) && !Holds(kLegacyLetters, c)) {
      return false;
    }
  }
  return !quoted;
}

class PatternReader {
 public:
  PatternReader(std::string_view pattern, TimePatternUse use) : pattern_(pattern), use_(use) {}

  bool Run() {
    for (at_ = 0; at_ < pattern_.size();) {
      const char c = pattern_[at_];
      if (IsLetter(c)) {
        std::size_t run = 1;
        while (at_ + run < pattern_.size() && pattern_[at_ + run] == c) ++run;
        at_ += run;
        if (!Field(c, static_cast<int>(run))) return false;
      } else if (c == '\'') {
        if (!Quoted()) return false;
      } else if (c == '[') {
        ++at_;
        ++depth_;
        Append(Mark(Kind::kOptionalBegin));
      } else if (c == ']') {
        ++at_;
        if (--depth_ < 0) return false;
        Append(Mark(Kind::kOptionalEnd));
      } else if (c == '{' || c == '}' || c == '#') {
        return false;
      } else {
        ++at_;
        Literal(std::string(1, c));
      }
    }
    for (; depth_ > 0; --depth_) Append(Mark(Kind::kOptionalEnd));
    return true;
  }

  TimePattern out;

 private:
  static TimePatternItem Mark(Kind kind) {
    TimePatternItem item;
    item.kind = kind;
    return item;
  }
  void Append(TimePatternItem item) {
    last_number_ = -1;
    out.push_back(std::move(item));
  }
  void Literal(std::string text) {
    TimePatternItem item = Mark(Kind::kLiteral);
    item.literal = std::move(text);
    Append(std::move(item));
  }
  bool Quoted() {
    const std::size_t begin = at_ + 1;
    std::string text;
    for (++at_;; ++at_) {
      if (at_ >= pattern_.size()) return false;
      if (pattern_[at_] != '\'') {
        text += pattern_[at_];
      } else if (at_ + 1 < pattern_.size() && pattern_[at_ + 1] == '\'') {
        text += '\'';
        ++at_;
      } else {
        break;
      }
    }
    if (at_ == begin) text = "'";
    ++at_;
    Literal(std::move(text));
    return true;
  }

  void Number(char letter, int count, int low, int high, Sign sign) {
    TimePatternItem item = Mark(Kind::kNumber);
    item.letter = letter;
    item.count = count;
    item.digits_min = low;
    item.digits_max = high;
    item.sign = sign;
    const bool fixed = low == high && sign == Sign::kNever;
    if (last_number_ >= 0 && fixed) {
      // The number before leaves these digits alone.
      out[static_cast<std::size_t>(last_number_)].following += high;
      item.fixed = true;
      out.push_back(std::move(item));
      return;
    }
    if (last_number_ >= 0) out[static_cast<std::size_t>(last_number_)].fixed = true;
    last_number_ = static_cast<int>(out.size());
    out.push_back(std::move(item));
  }
  void Words(Kind kind, char letter, int count) {
    TimePatternItem item = Mark(kind);
    item.letter = letter;
    item.count = count;
    Append(std::move(item));
  }
  bool Year(char letter, int count) {
    if (count > kYearDigitsMax) return false;
    if (count == 2) {
      Number(letter, 2, 2, 2, Sign::kNever);
    } else {
      Number(letter, count, count, 19, count < 4 ? Sign::kNormal : Sign::kExceedsPad);
    }
    return true;
  }
  bool OneOrTwo(char letter, int count) {
    if (count > 2) return false;
    if (count == 1) Number(letter, 1, 1, 19, Sign::kNormal);
    if (count == 2) Number(letter, 2, 2, 2, Sign::kNever);
    return true;
  }
  bool Field(char letter, int count);
  bool ZoneField(char letter, int count);

  std::string_view pattern_;
  TimePatternUse use_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int last_number_ = -1;
};

bool PatternReader::ZoneField(char letter, int count) {
  const int most = letter == 'z' ? 4 : 5;
  const bool known = letter == 'V'   ? count == 2
                     : letter == 'O' ? count == 1 || count == 4
                                     : count <= most;
  if (known) Words(Kind::kZone, letter, count);
  return known;
}

bool PatternReader::Field(char letter, int count) {
  if (Holds(kWeekBased, letter) || Holds(kUnknownLetters, letter)) return false;
  if (use_ == TimePatternUse::kParse && Holds(kNotParsed, letter)) return false;
  switch (letter) {
    case 'y':
      return Year(letter, count);
    case 'M':
    case 'L':
    case 'Q':
    case 'q':
      if (count > 4) return false;
      if (count <= 2) return OneOrTwo(letter, count);
      Words(Kind::kText, letter, count);
      return true;
    case 'G':
    case 'E':
      if (count > 4) return false;
      Words(Kind::kText, letter, count);
      return true;
    case 'a':
      if (count > 1) return false;
      Words(Kind::kText, letter, count);
      return true;
    case 'F':
      if (count > 1) return false;
      Number(letter, count, 1, 19, Sign::kNormal);
      return true;
    case 'D':
      if (count > 3) return false;
      if (count == 1) Number(letter, count, 1, 19, Sign::kNormal);
      if (count > 1) Number(letter, count, count, 3, Sign::kNever);
      return true;
    case 'd':
    case 'H':
    case 'h':
    case 'k':
    case 'K':
    case 'm':
    case 's':
      return OneOrTwo(letter, count);
    case 'S':
      if (count > kFractionDigitsMax) return false;
      Words(Kind::kFraction, letter, count);
      return true;
    case 'z':
    case 'Z':
    case 'X':
    case 'x':
    case 'V':
    case 'O':
      return ZoneField(letter, count);
    default:
      return false;
  }
}

}  // namespace

Result<TimePattern> ReadTimePattern(std::string_view pattern, TimePatternUse use) {
  PatternReader reader(pattern, use);
  if (reader.Run()) return std::move(reader.out);
  return FailWithDetail(ErrorCode::kInvalidArgument, IsLegacyPattern(pattern) ? "legacy" : "",
                        "Fail to recognize '{}' pattern in the DateTimeFormatter", pattern);
}

bool HasZone(const TimePattern& pattern) {
  return std::any_of(pattern.begin(), pattern.end(),
                     [](const TimePatternItem& item) { return item.kind == Kind::kZone; });
}

}  // namespace sluice
