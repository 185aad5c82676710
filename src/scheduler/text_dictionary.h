#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice {

/// Numbers for texts that many records share (owners, queues, schemas), so that each record holds a
/// byte or two instead. Only grows, up to its limit. Not thread-safe.
class TextDictionary {
 public:
  /// Texts that do not fit into `bytes_max` any more get no number.
  explicit TextDictionary(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// The text's number, given now if need be; empty when the dictionary is full.
  std::optional<std::size_t> Intern(std::string_view text);
  /// The text of a number that Intern gave.
  const std::string& At(std::size_t number) const;
  /// What the texts cost.
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<std::string> texts_;  ///< never moves a text, which numbers_ refers to
  std::unordered_map<std::string_view, std::size_t> numbers_;
};

}  // namespace sluice
