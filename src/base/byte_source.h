#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace sluice {

/// Bytes whose number is known and that are read once, front to back, so that nobody has to hold
/// all of them. For one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// How many bytes there are in all; never changes.
  virtual std::uint64_t size() const = 0;
  /// The next bytes, at most `room`; 0 only behind the last one. May block. What cannot be given as
  /// promised is an error, never fewer bytes.
  virtual Result<std::size_t> Read(char* buffer, std::size_t room) = 0;
};

std::shared_ptr<ByteSource> MakeTextSource(std::string text);

/// `before`, then `middle`, then `behind`.
std::shared_ptr<ByteSource> Enclose(std::string before, std::shared_ptr<ByteSource> middle,
                                    std::string behind);

/// The next `bytes` bytes, which must be there: kInternal when the source ends before.
Result<void> ReadExactly(ByteSource* source, std::size_t bytes, std::string* out);

}  // namespace sluice
