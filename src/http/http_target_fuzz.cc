#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/message.h"
#include "http/router.h"

namespace {

using sluice::http::Router;

const Router& SampleRouter() {
  static const Router* const router = [] {
    auto* made = new Router();
    auto nothing = [](const sluice::http::Request&, const sluice::http::Responder&) {};
    for (const char* pattern : {"/v1.0/{project_id}/jobs", "/v1.0/{project_id}/jobs/submit-job",
                                "/v1.0/{project_id}/jobs/{job_id}/status", "/{any}"}) {
      made->Add("GET", pattern, sluice::http::RunOn::kIoThread, nothing);
    }
    return made;
  }();
  return *router;
}

}  // namespace

/// A target as path and query: a found route has all its parameters, and encoding keeps what
/// decoding made.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view target(reinterpret_cast<const char*>(data), size);
  std::string_view path = target.substr(0, target.find('?'));
  Router::Match match = SampleRouter().Find("GET", path);
  if (match.route != nullptr) {
    std::size_t names = 0;
    for (const std::string& segment : match.route->segments) names += segment.front() == '{';
    CHECK_EQ(match.path_parameters.size(), names);
  }
  for (const auto& [name, value] : sluice::http::ParseQuery(target.substr(path.size()))) {
    std::string decoded;
    CHECK(sluice::http::PercentDecode(sluice::http::PercentEncode(value), &decoded));
    CHECK_EQ(decoded, value);
  }
  return 0;
}
