#pragma once

#include <fmt/format.h>

#include <string>

namespace sluice {

/// Prints the failed condition with its place and the stack, and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              const std::string& values);

}  // namespace sluice

/// Programmer errors only, never user input; always on.
#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) [[unlikely]]                                          \
      ::sluice::CheckFailed(__FILE__, __LINE__, #condition, std::string()); \
  } while (false)

#define CHECK_OP_(a, op, b)                                                  \
  do {                                                                       \
    const auto& check_a = (a);                                               \
    const auto& check_b = (b);                                               \
    if (!(check_a op check_b)) [[unlikely]]                                  \
      ::sluice::CheckFailed(__FILE__, __LINE__, #a " " #op " " #b,           \
                            fmt::format("{} against {}", check_a, check_b)); \
  } while (false)

#define CHECK_EQ(a, b) CHECK_OP_(a, ==, b)
#define CHECK_NE(a, b) CHECK_OP_(a, !=, b)
#define CHECK_LT(a, b) CHECK_OP_(a, <, b)
#define CHECK_LE(a, b) CHECK_OP_(a, <=, b)
#define CHECK_GT(a, b) CHECK_OP_(a, >, b)
#define CHECK_GE(a, b) CHECK_OP_(a, >=, b)

#ifdef NDEBUG
#define DCHECK(condition) \
  do {                    \
  } while (false)
#else
#define DCHECK(condition) CHECK(condition)
#endif
