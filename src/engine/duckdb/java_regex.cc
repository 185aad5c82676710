#include "engine/duckdb/java_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <string>
#include <utility>

namespace sluice {

namespace {

/// Steps of one search: a pattern that needs more has gone astray. About a second of one core.
constexpr std::uint32_t kStepsMax = 10'000'000;
constexpr std::uint32_t kHeapKibMax = 64 * 1024;
constexpr std::size_t kJitStackBytes = 32 * 1024;
constexpr std::size_t kJitStackBytesMax = 4 * 1024 * 1024;

template <class Handle, void (*Free)(Handle*)>
struct Deleter {
  void operator()(Handle* handle) const { Free(handle); }
};
template <class Handle, void (*Free)(Handle*)>
using Holder = std::unique_ptr<Handle, Deleter<Handle, Free>>;

PCRE2_SPTR Units(std::string_view text) {
  // An empty view may have no address, which PCRE2 takes for an error.
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
}

std::string MessageOf(int code) {
  std::array<PCRE2_UCHAR, 160> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

struct JavaRegex::Compiled {
  Holder<pcre2_code, pcre2_code_free> code;
  Holder<pcre2_match_data, pcre2_match_data_free> match;
  Holder<pcre2_match_context, pcre2_match_context_free> context;
  Holder<pcre2_jit_stack, pcre2_jit_stack_free> stack;
};

JavaRegex::JavaRegex(PcrePattern pattern, std::unique_ptr<Compiled> compiled)
    : pattern_(std::move(pattern)), compiled_(std::move(compiled)) {}

JavaRegex::~JavaRegex() = default;

Result<std::unique_ptr<JavaRegex>> JavaRegex::Compile(std::string_view pattern) {
  PcrePattern translated = TRY(TranslateJavaPattern(pattern));
  auto compiled = std::make_unique<Compiled>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled->code.reset(pcre2_compile(Units(translated.text), translated.text.size(),
                                     PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C,
                                     &error, &offset, nullptr));
  if (compiled->code == nullptr) {
    // Java looks behind by any bounded length.
    const bool ours = error == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH;
    return Fail(ours ? ErrorCode::kUnsupported : ErrorCode::kInvalidArgument, "{}",
                MessageOf(error));
  }
  compiled->match.reset(pcre2_match_data_create_from_pattern(compiled->code.get(), nullptr));
  compiled->context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(compiled->context.get(), kStepsMax);
  pcre2_set_heap_limit(compiled->context.get(), kHeapKibMax);
  // Without the compiler to machine code, where the system refuses one, matching is only slower.
  if (pcre2_jit_compile(compiled->code.get(), PCRE2_JIT_COMPLETE) == 0) {
    compiled->stack.reset(pcre2_jit_stack_create(kJitStackBytes, kJitStackBytesMax, nullptr));
    pcre2_jit_stack_assign(compiled->context.get(), nullptr, compiled->stack.get());
  }
  return std::unique_ptr<JavaRegex>(new JavaRegex(std::move(translated), std::move(compiled)));
}

JavaRegex::Found JavaRegex::Find(std::string_view subject, std::size_t from) {
  subject_ = subject;
  // The engine keeps texts valid; a match always begins where a character does.
  std::uint32_t options = PCRE2_NO_UTF_CHECK;
  int found = pcre2_match(compiled_->code.get(), Units(subject), subject.size(), from, options,
                          compiled_->match.get(), compiled_->context.get());
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
    found = pcre2_match(compiled_->code.get(), Units(subject), subject.size(), from,
                        options | PCRE2_NO_JIT, compiled_->match.get(), compiled_->context.get());
  }
  if (found >= 0) return Found::kYes;
  return found == PCRE2_ERROR_NOMATCH ? Found::kNo : Found::kTooHard;
}

std::size_t JavaRegex::begin() const {
  return pcre2_get_ovector_pointer(compiled_->match.get())[0];
}

std::size_t JavaRegex::end() const { return pcre2_get_ovector_pointer(compiled_->match.get())[1]; }

std::optional<std::string_view> JavaRegex::Group(int group) const {
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(compiled_->match.get()) +
                             std::size_t{2} * static_cast<std::size_t>(group);
  if (bounds[0] == PCRE2_UNSET) return std::nullopt;
  return subject_.substr(bounds[0], bounds[1] - bounds[0]);
}

std::optional<int> JavaRegex::FindName(std::string_view name) const {
  const auto group = pattern_.names.find(std::string(name));
  if (group == pattern_.names.end()) return std::nullopt;
  return group->second;
}

}  // namespace sluice
