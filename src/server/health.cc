#include "server/health.h"

#include <utility>

#include "base/file_system.h"
#include "base/json.h"

namespace sluice::server {

namespace {

http::Response Readiness(const HealthSources& sources) {
  Result<void> writable = sources.jobs->PeekWritable();
  if (sources.read_only) {
    writable = Fail(ErrorCode::kUnavailable, "The job store was opened read-only");
  }
  http::Response response;
  response.status = writable ? 200 : 503;
  JsonWriter json(&response.body);
  json.BeginObject().Key("ready").Bool(writable.has_value());
  if (!writable) json.Key("reason").String(writable.error().message);
  json.Key("sandbox").String(sources.sandbox_level()).EndObject();
  if (!writable) response.headers.emplace_back("Retry-After", "5");
  return response;
}

http::Response RenderMetrics(const HealthSources& sources) {
  MetricRegistry& metrics = *sources.metrics;
  metrics
      .Get(MetricKind::kCounter, "sluice_store_syncs_total",
           "Commits of the job store made durable")
      .Set(sources.jobs->sync_count());
  metrics
      .Get(MetricKind::kCounter, "sluice_file_syncs_total",
           "Files and folders of tables and results made durable")
      .Set(FileSyncCount());
  metrics
      .Get(MetricKind::kGauge, "sluice_store_quarantined_records",
           "Records that could not be read and were set aside")
      .Set(sources.jobs->quarantined_count());
  http::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics.Render();
  return response;
}

}  // namespace

void RegisterHealth(http::Router* router, HealthSources sources) {
  auto shared = std::make_shared<const HealthSources>(std::move(sources));
  router->Add("GET", "/healthz", http::RunOn::kIoThread,
              [](const http::Request&, const http::Responder& responder) {
                http::Response response;
                response.body = "{\"alive\":true}";
                responder.Send(std::move(response));
              });
  // Answered at once however busy the pool is: whoever restarts servers that do not answer must not
  // take a slow disk for a dead server.
  router->Add("GET", "/readyz", http::RunOn::kIoThread,
              [shared](const http::Request&, const http::Responder& responder) {
                responder.Send(Readiness(*shared));
              });
  router->Add("GET", "/metrics", http::RunOn::kPool,
              [shared](const http::Request&, const http::Responder& responder) {
                responder.Send(RenderMetrics(*shared));
              });
}

}  // namespace sluice::server
