#include "engine/duckdb/wide_integer.h"

#include <bit>
#include <utility>

#include "base/check.h"

namespace sluice {

namespace {

constexpr int kLimbBits = 64;
constexpr int kTenPowerMax = 38;
constexpr int kTenPowerOfLimb = 19;  ///< 10^19 is the largest power of ten in a limb

constexpr std::array<UInt128, kTenPowerMax + 1> MakePowers() {
  std::array<UInt128, kTenPowerMax + 1> powers{};
  UInt128 power = 1;
  for (UInt128& entry : powers) {
    entry = power;
    power *= 10;
  }
  return powers;
}

constexpr auto kPowers = MakePowers();

constexpr std::uint64_t High(UInt128 value) {
  return static_cast<std::uint64_t>(value >> kLimbBits);
}
constexpr std::uint64_t LowLimb(UInt128 value) { return static_cast<std::uint64_t>(value); }
constexpr UInt128 Pair(std::uint64_t high, std::uint64_t low) {
  return (static_cast<UInt128>(high) << kLimbBits) | low;
}

/// The next limb of a quotient: (a, b, c) by (high, low), whose top bit is set; (a, b) is the
/// smaller. Leaves the remainder in (b, c). Knuth's algorithm D for a divisor of two limbs.
std::uint64_t NextLimb(std::uint64_t a, std::uint64_t* b, std::uint64_t* c, std::uint64_t high,
                       std::uint64_t low) {
  const UInt128 top = Pair(a, *b);
  UInt128 guess = a == high ? UInt128{~std::uint64_t{0}} : top / high;
  UInt128 rest = top - guess * high;
  while (High(rest) == 0 && guess * low > Pair(LowLimb(rest), *c)) {
    --guess;
    rest += high;
  }
  // Modulo 2^128 the remainder is exact: it is less than the divisor.
  const UInt128 remainder =
      Pair(*b, *c) - guess * Pair(0, low) - (static_cast<UInt128>(LowLimb(guess * high)) << 64);
  *b = High(remainder);
  *c = LowLimb(remainder);
  return LowLimb(guess);
}

}  // namespace

UInt128 TenTo(int power) {
  DCHECK(power >= 0 && power <= kTenPowerMax);
  return kPowers[static_cast<std::size_t>(power)];
}

WideInteger::WideInteger(Int128 value) : negative_(value < 0) {
  limbs_[0] = LowLimb(MagnitudeOf(value));
  limbs_[1] = High(MagnitudeOf(value));
}

WideInteger WideInteger::FromMagnitude(UInt128 magnitude) {
  WideInteger result;
  result.limbs_[0] = LowLimb(magnitude);
  result.limbs_[1] = High(magnitude);
  return result;
}

bool WideInteger::IsZero() const { return FitsTwoLimbs() && LowTwo() == 0; }

bool WideInteger::FitsTwoLimbs() const {
  return (limbs_[2] | limbs_[3] | limbs_[4] | limbs_[5]) == 0;
}

UInt128 WideInteger::LowTwo() const { return Pair(limbs_[1], limbs_[0]); }

void WideInteger::MultiplyBy(UInt128 factor) {
  const std::array<std::uint64_t, kLimbs> old = limbs_;
  limbs_ = {};
  for (const int place : {0, 1}) {
    const std::uint64_t part = place == 0 ? LowLimb(factor) : High(factor);
    if (part == 0) continue;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i + static_cast<std::size_t>(place) < kLimbs; ++i) {
      std::uint64_t& limb = limbs_[i + static_cast<std::size_t>(place)];
      const UInt128 sum = static_cast<UInt128>(old[i]) * part + limb + carry;
      limb = LowLimb(sum);
      carry = High(sum);
    }
    CHECK(carry == 0 && (place == 0 || old[kLimbs - 1] == 0));
  }
}

void WideInteger::MultiplyByTenTo(int power) {
  for (; power > kTenPowerMax; power -= kTenPowerMax) MultiplyBy(TenTo(kTenPowerMax));
  if (power > 0) MultiplyBy(TenTo(power));
}

int WideInteger::CompareMagnitude(const WideInteger& other) const {
  for (std::size_t i = kLimbs; i-- > 0;) {
    if (limbs_[i] != other.limbs_[i]) return limbs_[i] < other.limbs_[i] ? -1 : 1;
  }
  return 0;
}

void WideInteger::SubtractMagnitude(const WideInteger& smaller) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < kLimbs; ++i) {
    const UInt128 difference = static_cast<UInt128>(limbs_[i]) - smaller.limbs_[i] - borrow;
    limbs_[i] = LowLimb(difference);
    borrow = High(difference) != 0 ? 1 : 0;
  }
}

void WideInteger::Add(WideInteger other) {
  if (negative_ != other.negative_) {
    if (CompareMagnitude(other) < 0) std::swap(*this, other);
    SubtractMagnitude(other);
    return;
  }
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < kLimbs; ++i) {
    const UInt128 sum = static_cast<UInt128>(limbs_[i]) + other.limbs_[i] + carry;
    limbs_[i] = LowLimb(sum);
    carry = High(sum);
  }
  CHECK(carry == 0);
}

void WideInteger::AddOne() {
  for (std::uint64_t& limb : limbs_) {
    if (++limb != 0) return;
  }
}

std::uint64_t WideInteger::DivideByLimb(std::uint64_t divisor) {
  if (FitsTwoLimbs()) {
    const UInt128 value = LowTwo();
    const UInt128 quotient = value / divisor;
    limbs_[0] = LowLimb(quotient);
    limbs_[1] = High(quotient);
    return LowLimb(value - quotient * divisor);
  }
  std::uint64_t rest = 0;
  for (std::size_t i = kLimbs; i-- > 0;) {
    const UInt128 part = Pair(rest, limbs_[i]);
    limbs_[i] = LowLimb(part / divisor);
    rest = LowLimb(part % divisor);
  }
  return rest;
}

UInt128 WideInteger::DivideByTwoLimbs(UInt128 divisor) {
  const int shift = std::countl_zero(High(divisor));
  const UInt128 normal = divisor << shift;
  // The dividend, shifted alike, in one limb more.
  std::array<std::uint64_t, kLimbs + 1> rest{};
  for (std::size_t i = 0; i < kLimbs; ++i) {
    rest[i] |= limbs_[i] << shift;
    if (shift > 0) rest[i + 1] = limbs_[i] >> (kLimbBits - shift);
  }
  limbs_[kLimbs - 1] = 0;
  for (std::size_t i = kLimbs - 1; i-- > 0;) {
    limbs_[i] = NextLimb(rest[i + 2], &rest[i + 1], &rest[i], High(normal), LowLimb(normal));
    rest[i + 2] = 0;
  }
  return Pair(rest[1], rest[0]) >> shift;
}

UInt128 WideInteger::DivideBy(UInt128 divisor) {
  DCHECK(divisor != 0);
  if (FitsTwoLimbs()) {
    const UInt128 value = LowTwo();
    const UInt128 quotient = value / divisor;
    limbs_[0] = LowLimb(quotient);
    limbs_[1] = High(quotient);
    return value - quotient * divisor;
  }
  return High(divisor) == 0 ? DivideByLimb(LowLimb(divisor)) : DivideByTwoLimbs(divisor);
}

void WideInteger::DivideHalfUpBy(UInt128 divisor) {
  const UInt128 rest = DivideBy(divisor);
  if (rest >= divisor - rest) AddOne();
}

void WideInteger::RoundOff(int digits, Rounding rounding) {
  if (digits == 0) return;
  bool sticky = false;  // whether anything but the last digit dropped is not 0
  for (int left = digits - 1; left > 0;) {
    const int step = left < kTenPowerOfLimb ? left : kTenPowerOfLimb;
    sticky = DivideByLimb(LowLimb(TenTo(step))) != 0 || sticky;
    left -= step;
  }
  const std::uint64_t last = DivideByLimb(10);
  bool up = false;
  switch (rounding) {
    case Rounding::kHalfUp:
      up = last >= 5;
      break;
    case Rounding::kHalfEven:
      up = last > 5 || (last == 5 && (sticky || limbs_[0] % 2 != 0));
      break;
    case Rounding::kFloor:
      up = negative_ && (last != 0 || sticky);
      break;
    case Rounding::kCeiling:
      up = !negative_ && (last != 0 || sticky);
      break;
    case Rounding::kDown:
      break;
  }
  if (up) AddOne();
}

std::optional<Int128> WideInteger::Within(int digits) const {
  if (!FitsTwoLimbs() || LowTwo() >= TenTo(digits)) return std::nullopt;
  const auto magnitude = static_cast<Int128>(LowTwo());
  return negative_ ? -magnitude : magnitude;
}

std::int64_t WideInteger::Low() const {
  return static_cast<std::int64_t>(negative_ ? std::uint64_t{0} - limbs_[0] : limbs_[0]);
}

}  // namespace sluice
