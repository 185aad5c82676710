#include "store/sqlite/statement_signature.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace sluice {

namespace {

constexpr std::size_t kTrigram = 3;

/// Multiplicative hashing (Knuth): the top bits are well mixed. Part of the file format: signatures
/// are stored.
std::uint16_t TrigramBit(std::uint32_t trigram) {
  constexpr std::uint32_t kGoldenRatio = 0x9E3779B1;
  constexpr int kShift = 32 - 9;
  static_assert(1u << 9 == kSignatureBits);
  return static_cast<std::uint16_t>(trigram * kGoldenRatio >> kShift);
}

/// Calls with the bit of each trigram of bytes, folded.
template <class Visit>
void ForEachBit(std::string_view text, Visit visit) {
  constexpr std::uint32_t kThreeBytes = 0xFFFFFF;
  std::uint32_t trigram = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    trigram = (trigram << 8 | static_cast<unsigned char>(c)) & kThreeBytes;
    if (i + 1 >= kTrigram) visit(TrigramBit(trigram));
  }
}

}  // namespace

StatementSignature StatementSignature::Of(std::string_view statement) {
  StatementSignature signature;
  ForEachBit(statement, [&](std::uint16_t bit) {
    signature.words_[bit / 64u] |= std::uint64_t{1} << (bit % 64u);
  });
  return signature;
}

std::string_view StatementSignature::bytes() const {
  return {reinterpret_cast<const char*>(words_.data()), sizeof words_};
}

StatementSignature StatementSignature::FromBytes(std::string_view bytes) {
  StatementSignature signature;
  if (bytes.size() == sizeof signature.words_) {
    std::memcpy(signature.words_.data(), bytes.data(), bytes.size());
  } else {
    signature.words_.fill(~std::uint64_t{0});
  }
  return signature;
}

std::vector<std::uint16_t> PatternBits(std::string_view pattern) {
  std::vector<std::uint16_t> bits;
  ForEachBit(pattern, [&](std::uint16_t bit) { bits.push_back(bit); });
  std::sort(bits.begin(), bits.end());
  bits.erase(std::unique(bits.begin(), bits.end()), bits.end());
  return bits;
}

bool ContainsFolded(std::string_view text, std::string_view folded) {
  auto found = std::search(text.begin(), text.end(), folded.begin(), folded.end(),
                           [](char a, char b) { return ToLower(a) == b; });
  return found != text.end() || folded.empty();
}

}  // namespace sluice
