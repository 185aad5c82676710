#include "base/random.h"

#include <openssl/rand.h>

#include <string_view>

#include "base/ascii.h"
#include "base/check.h"

namespace sluice {

std::uint64_t Random::Next64() {
  MutexLock lock(mutex_);
  return engine_();
}

std::uint64_t Random::Below(std::uint64_t bound) {
  CHECK_GT(bound, 0u);
  MutexLock lock(mutex_);
  return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(engine_);
}

std::string SecureRandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  int status = RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  CHECK_EQ(status, 1);
  return bytes;
}

namespace {

std::string FormatUuid(std::string bytes, unsigned version) {
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0Fu) | version << 4);
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3Fu) | 0x80u);
  std::string hex = HexEncode(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace

std::string MakeUuidV7(std::int64_t unix_ms) {
  std::string bytes = SecureRandomBytes(16);
  for (int i = 0; i < 6; ++i) {
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(unix_ms >> (40 - 8 * i) & 0xFF);
  }
  return FormatUuid(std::move(bytes), 7);
}

std::string MakeUuidV4() { return FormatUuid(SecureRandomBytes(16), 4); }

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !(IsDigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f'))) {
      return false;
    }
  }
  return true;
}

}  // namespace sluice
