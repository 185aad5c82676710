#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/signature.h"

/// The first line is an Authorization, the second a target, the rest a body. No input of a stranger
/// verifies, and what is signed here does, whatever its target and body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kNowMs = 1'767'225'600'000;
  constexpr std::string_view kSecret = "secret that nobody has";
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto next_line = [&text] {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
  };
  std::string_view authorization = next_line();
  std::string_view target = next_line();
  sluice::http::Request request;
  request.method = "POST";
  request.path = target.substr(0, target.find('?'));
  request.query = target.substr(std::min(target.size(), request.path.size() + 1));
  request.body = text;
  request.headers = {{"Host", "test"}};

  sluice::http::Request strange = request;
  strange.headers.emplace_back("X-Sdk-Date", "20260101T000000Z");
  if (auto parts = sluice::http::ParseAuthorization(authorization)) {
    CHECK(!sluice::http::VerifySignature(strange, *parts, kSecret, kNowMs));
  }
  sluice::http::SignRequest(&request, "key", kSecret, kNowMs);
  auto parts = sluice::http::ParseAuthorization(*request.FindHeader("authorization"));
  CHECK(parts.has_value());
  CHECK(sluice::http::VerifySignature(request, *parts, kSecret, kNowMs).has_value());
  return 0;
}
