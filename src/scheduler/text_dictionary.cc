#include "scheduler/text_dictionary.h"

#include "base/check.h"

namespace sluice {

namespace {

/// String header, entry and node of the map, and what the allocator adds.
constexpr std::size_t kEntryOverheadBytes = 128;

}  // namespace

std::optional<std::size_t> TextDictionary::Intern(std::string_view text) {
  auto found = numbers_.find(text);
  if (found != numbers_.end()) return found->second;
  std::size_t cost = text.size() + kEntryOverheadBytes;
  if (bytes_ + cost > bytes_max_) return std::nullopt;
  bytes_ += cost;
  std::size_t number = texts_.size();
  numbers_.emplace(texts_.emplace_back(text), number);
  return number;
}

const std::string& TextDictionary::At(std::size_t number) const {
  CHECK_LT(number, texts_.size());
  return texts_[number];
}

}  // namespace sluice
