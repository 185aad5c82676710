#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Bits of a signature. A statement of 150 characters sets a quarter of them; a pattern of ten
/// characters is then found by chance once in 4^8 statements.
inline constexpr std::size_t kSignatureBits = 512;

/// Which trigrams occur in a statement, hashed into few bits: a statement can only contain a
/// pattern when its signature has every bit of the pattern. ASCII case is folded.
class StatementSignature {
 public:
  /// Of no statement: no bit.
  StatementSignature() = default;
  static StatementSignature Of(std::string_view statement);

  /// The bytes a column keeps, and back. Bytes of another length give all bits: "may contain
  /// anything".
  std::string_view bytes() const;
  static StatementSignature FromBytes(std::string_view bytes);

  bool Has(std::size_t bit) const { return (words_[bit / 64] >> (bit % 64) & 1) != 0; }

 private:
  std::array<std::uint64_t, kSignatureBits / 64> words_ = {};
};

/// The bits that a statement with the pattern in it must have, each once. None for one or two
/// characters.
std::vector<std::uint16_t> PatternBits(std::string_view pattern);

/// Whether the text contains the pattern, without regard to the case of ASCII letters. `folded` is
/// the pattern in lower case.
bool ContainsFolded(std::string_view text, std::string_view folded);

}  // namespace sluice
