#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/duckdb/value_text.h"

namespace sluice {

__extension__ using UInt128 = unsigned __int128;

constexpr UInt128 MagnitudeOf(Int128 value) {
  return value < 0 ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
}

/// 10 to the power; 0 <= power <= 38.
UInt128 TenTo(int power);

enum class Rounding : unsigned char { kHalfUp, kHalfEven, kFloor, kCeiling, kDown };

/// A magnitude and its sign: the exact value of an operation on decimals before it is rounded to
/// the result's scale. The largest is a dividend, 38 digits moved by 76 places: 379 bits.
class WideInteger {
 public:
  WideInteger() = default;
  explicit WideInteger(Int128 value);
  static WideInteger FromMagnitude(UInt128 magnitude);

  bool negative() const { return negative_; }
  bool IsZero() const;
  /// Ends the process past 384 bits: the caller's scales bound the product.
  void MultiplyByTenTo(int power);
  void MultiplyBy(UInt128 factor);
  /// Adds with signs; both stay below 383 bits.
  void Add(WideInteger other);
  void Negate() { negative_ = !negative_; }

  /// Drops `digits` decimal places, 0 or more.
  void RoundOff(int digits, Rounding rounding);
  /// Towards zero; the remainder's magnitude is the result. `divisor` is not 0.
  UInt128 DivideBy(UInt128 divisor);
  /// To the nearest, half away from zero.
  void DivideHalfUpBy(UInt128 divisor);

  /// The value when it has at most `digits` digits, 0 to 38.
  std::optional<Int128> Within(int digits) const;
  /// Its low 64 bits, as a BigInteger of Java gives them.
  std::int64_t Low() const;

 private:
  static constexpr int kLimbs = 6;

  bool FitsTwoLimbs() const;
  UInt128 LowTwo() const;
  std::uint64_t DivideByLimb(std::uint64_t divisor);
  UInt128 DivideByTwoLimbs(UInt128 divisor);
  void AddOne();
  int CompareMagnitude(const WideInteger& other) const;
  void SubtractMagnitude(const WideInteger& smaller);

  std::array<std::uint64_t, kLimbs> limbs_{};  ///< least first
  bool negative_ = false;                      ///< of zero: either
};

}  // namespace sluice
