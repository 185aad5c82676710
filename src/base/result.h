#pragma once

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace sluice {

/// A value of type T, or the Error that took its place. Discarding one is a compile error.
///
///     Result<Job> job = store.Get(id);
///     if (!job) return Fail(job.error());
///     Use(*job);                       // or: Job job = TRY(store.Get(id));
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  /// Prefixes the log detail with what was being done; the client's message stays as it is.
  template <class... Args>
  Result WithContext(fmt::format_string<Args...> text, Args&&... args) && {
    if (!this->has_value()) {
      std::string context = fmt::format(text, std::forward<Args>(args)...);
      std::string& detail = this->error().detail;
      detail = detail.empty() ? std::move(context) : context + ": " + detail;
    }
    return std::move(*this);
  }
};

/// An error on its way into any Result<T>.
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// Fail(code, "There is no queue named {}", name)
template <class... Args>
tl::unexpected<Error> Fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(text, std::forward<Args>(args)...), {}});
}

/// As Fail, with a detail for the log.
template <class... Args>
tl::unexpected<Error> FailWithDetail(ErrorCode code, std::string detail,
                                     fmt::format_string<Args...> text, Args&&... args) {
  return tl::unexpected<Error>(
      Error{code, fmt::format(text, std::forward<Args>(args)...), std::move(detail)});
}

}  // namespace sluice

/// The value of a Result, or return of its error from the enclosing function. Not in coroutines.
#define TRY(expression)                                     \
  ({                                                        \
    auto try_result = (expression);                         \
    if (!try_result) [[unlikely]]                           \
      return ::sluice::Fail(std::move(try_result.error())); \
    std::move(*try_result);                                 \
  })

/// TRY for Result<void>.
#define TRY_VOID(expression)                                \
  do {                                                      \
    auto try_result = (expression);                         \
    if (!try_result) [[unlikely]]                           \
      return ::sluice::Fail(std::move(try_result.error())); \
  } while (false)
