#pragma once

#include <fmt/format.h>

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace sluice {

/// A string that is one kind of thing only: a JobId is no QueueName. Tag is any type.
template <class Tag>
class StrongString {
 public:
  StrongString() = default;
  explicit StrongString(std::string value) : value_(std::move(value)) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const StrongString&) const = default;

 private:
  std::string value_;
};

}  // namespace sluice

template <class Tag>
struct std::hash<sluice::StrongString<Tag>> {
  std::size_t operator()(const sluice::StrongString<Tag>& id) const noexcept {
    return std::hash<std::string>()(id.value());
  }
};

template <class Tag>
struct fmt::formatter<sluice::StrongString<Tag>> : fmt::formatter<std::string> {
  template <class Context>
  auto format(const sluice::StrongString<Tag>& id, Context& context) const {
    return fmt::formatter<std::string>::format(id.value(), context);
  }
};
