#include "base/deflate.h"

#include <zlib.h>

#include <algorithm>

#include "base/check.h"

namespace sluice {
namespace {

constexpr int kRawWindowBits = -MAX_WBITS;  ///< negative: no head, no checksum
constexpr int kMemoryLevel = 8;
constexpr std::size_t kStepBytes = std::size_t{64} << 10;

/// zlib takes its input as a pointer to bytes it could write, and does not.
Bytef* InputOf(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
}

}  // namespace

std::string Deflate(std::string_view bytes) {
  z_stream stream = {};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawWindowBits, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = InputOf(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  CHECK(status == Z_STREAM_END);  // the bound is enough
  return out;
}

std::optional<std::string> Inflate(std::string_view bytes, std::size_t bytes_max) {
  z_stream stream = {};
  if (inflateInit2(&stream, kRawWindowBits) != Z_OK) return std::nullopt;
  stream.next_in = InputOf(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && stream.total_out <= bytes_max) {
    const std::size_t done = stream.total_out;
    out.resize(done + std::min(kStepBytes, bytes_max - done + 1));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + done);
    stream.avail_out = static_cast<uInt>(out.size() - done);
    status = inflate(&stream, Z_NO_FLUSH);
  }
  const std::size_t size = stream.total_out;
  inflateEnd(&stream);
  if (status != Z_STREAM_END || size > bytes_max) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace sluice
