#include <algorithm>

#include "api/jobs/job_fields.h"
#include "api/jobs/operations.h"

namespace sluice::api {

namespace {

// Four digits: the first value above 0 and the last below 1 that are shown.
constexpr double kSmallestFraction = 0.0001;
constexpr double kLargestFraction = 0.9999;

/// A number literal: exactly 0 and 1 are integers, which golangsdk insists on.
std::string FormatFraction(double progress) {
  if (!(progress > 0)) return "0";
  if (progress >= 1) return "1";
  std::string text =
      fmt::format("{:.4f}", std::clamp(progress, kSmallestFraction, kLargestFraction));
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string FormatWhole(double progress) { return progress >= 1 ? "1" : "0"; }

Result<http::Response> Show(const ApiServices& services, const Call& call,
                            std::string (*format)(double progress)) {
  JobId id = TRY(DecodeJobId(call.request));
  JobView view = TRY(services.jobs->Find(call.caller.project, id));
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess(view.job.message, &json);
  json.Key("job_id").String(view.job.id.value());
  json.Key("status").String(JobStateName(view.job.state));
  json.Key("progress").Raw(format(view.progress));
  json.EndObject();
  return Answer(std::move(body));
}

}  // namespace

Result<http::Response> ShowProgress(const ApiServices& services, const Call& call) {
  return Show(services, call, FormatFraction);
}

Result<http::Response> ShowWholeProgress(const ApiServices& services, const Call& call) {
  return Show(services, call, FormatWhole);
}

}  // namespace sluice::api
