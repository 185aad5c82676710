#include "sql/literal_text.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.h"

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

constexpr std::size_t kYearDigitsMax = 7;

bool IsSpecial(std::string_view text) {
  constexpr std::array<std::string_view, 5> kSpecial = {"epoch", "now", "today", "tomorrow",
                                                        "yesterday"};
  return std::any_of(kSpecial.begin(), kSpecial.end(),
                     [&](std::string_view word) { return EqualsIgnoreCase(word, text); });
}

int DaysIn(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

/// yyyy[-[m]m[-[d]d]].
bool TakeDate(Scanner& scan, bool* complete) {
  if (!scan.Take('+')) scan.Take('-');
  const int year = scan.TakeNumber(4, kYearDigitsMax);
  *complete = false;
  if (year < 0) return false;
  if (!scan.Take('-')) return true;
  const int month = scan.TakeNumber(1, 2);
  if (month < 1 || month > 12) return false;
  if (!scan.Take('-')) return true;
  const int day = scan.TakeNumber(1, 2);
  *complete = true;
  return day >= 1 && day <= DaysIn(year, month);
}

bool IsZone(std::string_view zone) {
  return !zone.empty() && std::all_of(zone.begin(), zone.end(), [](char c) {
    return IsAlnum(c) || c == '/' || c == '_' || c == '+' || c == '-' || c == ':';
  });
}

/// [h]h:[m]m[:[s]s[.fraction]] and a zone; the hour may stand alone.
bool TakeTime(Scanner& scan) {
  const int hour = scan.TakeNumber(1, 2);
  if (hour < 0 || hour > 23) return false;
  if (!scan.Take(':')) return false;
  const int minute = scan.TakeNumber(1, 2);
  if (minute < 0 || minute > 59) return false;
  if (scan.Take(':')) {
    const int second = scan.TakeNumber(1, 2);
    if (second < 0 || second > 59) return false;
    if (scan.Take('.')) {
      while (IsDigit(scan.Peek())) scan.TakeNumber(1, 1);
    }
  }
  scan.SkipBlanks();
  return scan.AtEnd() || IsZone(scan.Rest());
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
  const std::string_view trimmed = Trim(text);
  if (IsSpecial(trimmed)) return true;
  Scanner scan(trimmed);
  bool complete = false;
  if (!TakeDate(scan, &complete)) return false;
  return scan.AtEnd() || (complete && (scan.Peek() == ' ' || scan.Peek() == 'T'));
}

bool IsTimestampText(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  if (IsSpecial(trimmed)) return true;
  if (trimmed.find(':') != std::string_view::npos && trimmed.find(':') <= 3) {
    Scanner time(trimmed);
    time.Take('T');
    return TakeTime(time);
  }
  Scanner scan(trimmed);
  bool complete = false;
  if (!TakeDate(scan, &complete)) return false;
  if (scan.AtEnd()) return true;
  if (!complete || !(scan.Take(' ') || scan.Take('T'))) return false;
  return TakeTime(scan);
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
