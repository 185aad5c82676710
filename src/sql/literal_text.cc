#include "sql/literal_text.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"
#include "spark/number_text.h"
#include "spark/time_text.h"

namespace sluice::sql {
namespace {

/// Reads a text from the left; every Take says whether it found what it wanted.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }
  bool Take(char c) {
    if (Peek() != c || AtEnd()) return false;
    ++at_;
    return true;
  }
  /// Digits, at least `least` and at most `most`; -1 if there are not so many.
  int TakeNumber(std::size_t least, std::size_t most) {
    std::size_t count = 0;
    int value = 0;
    while (!AtEnd() && IsDigit(Peek()) && count < most) {
      value = value * 10 + (Peek() - '0');
      ++at_;
      ++count;
    }
    return count < least ? -1 : value;
  }
  std::string_view Rest() const { return text_.substr(at_); }
  std::string_view TakeWord() {
    const std::size_t from = at_;
    while (!AtEnd() && (ToLower(Peek()) >= 'a' && ToLower(Peek()) <= 'z')) ++at_;
    return text_.substr(from, at_ - from);
  }
  void SkipBlanks() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool IsSpecial(std::string_view text) {
  constexpr std::array<std::string_view, 5> kSpecial = {"epoch", "now", "today", "tomorrow",
                                                        "yesterday"};
  return std::any_of(kSpecial.begin(), kSpecial.end(),
                     [&](std::string_view word) { return EqualsIgnoreCase(word, text); });
}

bool IsZone(std::string_view zone) {
  return std::all_of(zone.begin(), zone.end(), [](char c) {
    return IsAlnum(c) || c == '/' || c == '_' || c == '+' || c == '-' || c == ':';
  });
}

bool IsIntervalUnit(std::string_view word) {
  constexpr std::array<std::string_view, 10> kUnits = {
      "year",   "month",  "week",        "day",         "hour",
      "minute", "second", "millisecond", "microsecond", "nanosecond"};
  std::string unit = ToLower(word);
  if (unit.ends_with('s')) unit.pop_back();
  return std::find(kUnits.begin(), kUnits.end(), unit) != kUnits.end();
}

bool TakeDigits(Scanner& scan) {
  bool any = false;
  while (IsDigit(scan.Peek())) {
    scan.TakeNumber(1, 1);
    any = true;
  }
  return any;
}

}  // namespace

bool IsDateText(std::string_view text) {
  return IsSpecial(spark::TrimAll(text)) || spark::ReadDate(text);
}

bool IsTimestampText(std::string_view text) {
  if (IsSpecial(spark::TrimAll(text))) return true;
  std::optional<spark::TimeText> time = spark::ReadTimeText(text);
  if (!time) time = spark::ReadClockText(text);
  return time && IsZone(time->zone);
}

bool IsIntervalText(std::string_view text) {
  Scanner scan(Trim(text));
  if (ToLower(scan.Peek()) == 'i') {
    if (!EqualsIgnoreCase(scan.TakeWord(), "interval")) return false;
    scan.SkipBlanks();
  }
  if (scan.AtEnd()) return false;
  while (!scan.AtEnd()) {
    if (!scan.Take('+')) scan.Take('-');
    scan.SkipBlanks();
    const bool whole = TakeDigits(scan);
    const bool pointed = scan.Take('.');
    const bool fraction = pointed && TakeDigits(scan);
    if (!whole && !fraction) return false;
    const std::string_view before = scan.Rest();
    scan.SkipBlanks();
    if (before.size() == scan.Rest().size()) return false;
    const std::string_view unit = scan.TakeWord();
    if (!IsIntervalUnit(unit)) return false;
    if (pointed && !ToLower(unit).starts_with("second")) return false;
    scan.SkipBlanks();
  }
  return true;
}

bool IsUnitToUnitText(std::string_view text, IntervalUnit first, IntervalUnit last) {
  Scanner scan(Trim(text));
  if (!scan.Take('+')) scan.Take('-');
  if (first == IntervalUnit::kYear) {
    if (!TakeDigits(scan) || !scan.Take('-')) return false;
    const int months = scan.TakeNumber(1, 2);
    return months >= 0 && months <= 11 && scan.AtEnd();
  }
  const auto take = [&](int most) {
    const int value = scan.TakeNumber(1, 2);
    return value >= 0 && value <= most;
  };
  if (!TakeDigits(scan)) return false;
  if (first == IntervalUnit::kDay) {
    if (!scan.Take(' ') || !take(23)) return false;
    if (last == IntervalUnit::kHour) return scan.AtEnd();
  }
  if (first != IntervalUnit::kMinute) {
    if (!scan.Take(':') || !take(59)) return false;
    if (last == IntervalUnit::kMinute) return scan.AtEnd();
  }
  if (!scan.Take(':') || !take(59)) return false;
  if (scan.Take('.') && scan.TakeNumber(1, 9) < 0) return false;
  return scan.AtEnd();
}

}  // namespace sluice::sql
