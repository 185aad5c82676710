#include "api/queues.h"

#include <algorithm>
#include <array>

#include "api/jobs/job_fields.h"
#include "api/page.h"
#include "api/query_parameters.h"
#include "api/resource_id.h"
#include "base/ascii.h"

namespace sluice::api {

namespace {

constexpr std::string_view kAllTypes = "all";
constexpr std::string_view kDefaultType = "sql";
constexpr std::array<std::string_view, 3> kTypes = {kDefaultType, "general", kAllTypes};
constexpr std::string_view kSparkVersion = "3.5";
constexpr std::int64_t kChargedByTheHour = 1;
constexpr std::int64_t kSharedResources = 0;

using Before = bool (*)(const Queue& a, const Queue& b);

struct QueueOrder {
  std::string_view name;
  Before before;
};

/// Queues of one size are ordered by name, so that pages stay apart.
constexpr std::array<QueueOrder, 4> kOrders = {
    QueueOrder{"queue_name_asc", [](const Queue& a, const Queue& b) { return a.name < b.name; }},
    QueueOrder{"queue_name_desc", [](const Queue& a, const Queue& b) { return b.name < a.name; }},
    QueueOrder{"cu_asc",
               [](const Queue& a, const Queue& b) {
                 return std::tie(a.cu_count, a.name) < std::tie(b.cu_count, b.name);
               }},
    QueueOrder{"cu_desc", [](const Queue& a, const Queue& b) {
                 return std::tie(b.cu_count, a.name) < std::tie(a.cu_count, b.name);
               }}};

Result<std::string> DecodeType(const QueryParameters& parameters) {
  std::string type = ToLower(parameters.FindText("queue_type").value_or(std::string(kDefaultType)));
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
    return Fail(ErrorCode::kInvalidArgument,
                "The parameter queue_type must be sql, general or all");
  }
  return type;
}

Result<Before> DecodeOrder(const QueryParameters& parameters) {
  std::string name = parameters.FindText("order").value_or(std::string(kOrders.front().name));
  const auto* found = std::find_if(kOrders.begin(), kOrders.end(),
                                   [&](const QueueOrder& order) { return order.name == name; });
  if (found == kOrders.end()) {
    return Fail(ErrorCode::kInvalidArgument, "The parameter order has an unknown order: {}", name);
  }
  return found->before;
}

std::vector<Queue> Select(const std::vector<Queue>& queues, const std::string& type) {
  std::vector<Queue> selected;
  std::copy_if(queues.begin(), queues.end(), std::back_inserter(selected),
               [&](const Queue& queue) { return type == kAllTypes || queue.queue_type == type; });
  return selected;
}

/// What list and detail have in common.
void WriteCommon(const Queue& queue, JsonWriter* json) {
  json->Key("description").String(queue.description);
  json->Key("owner").String(queue.owner);
  json->Key("create_time").Int(queue.created_ms);
  json->Key("engine").String(queue.engine);
  json->Key("queue_name").String(queue.name.value());
  json->Key("queue_type").String(queue.queue_type);
  json->Key("cu_count").Int(queue.cu_count);
  json->Key("charging_mode").Int(kChargedByTheHour);
  json->Key("resource_id").String(ResourceId("queue", queue.name.value(), queue.created_ms));
  json->Key("enterprise_project_id").String("0");
  json->Key("resource_mode").Int(kSharedResources);
  json->Key("resource_type").String("container");
  json->Key("queue_resource_type").String("container");
  json->Key("cu_spec").Int(queue.cu_count);
  json->Key("support_spark_versions").BeginArray().String(kSparkVersion).EndArray();
  json->Key("default_spark_version").String(kSparkVersion);
}

void WriteEntry(const Queue& queue, JsonWriter* json) {
  json->BeginObject();
  WriteCommon(queue, json);
  json->Key("platform").String("x86_64");
  json->Key("is_restarting").Bool(false);
  json->Key("labels").String("");
  json->EndObject();
}

}  // namespace

Result<http::Response> ListQueues(const ApiServices& services, const Call& call) {
  QueryParameters parameters = TRY(QueryParameters::Parse(call.request));
  std::string type = TRY(DecodeType(parameters));
  Before before = TRY(DecodeOrder(parameters));
  Page page = TRY(DecodePage(parameters, {1, kInt32Max}, kInt32Max));
  std::vector<Queue> queues = Select(services.queues, type);
  // No queue has tags yet, so none matches a filter that names one.
  if (!parameters.GetTags("tags").empty()) queues.clear();
  std::sort(queues.begin(), queues.end(), before);

  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  json.Key("queues").BeginArray();
  for (const Queue& queue : page.Of(queues)) WriteEntry(queue, &json);
  json.EndArray();
  json.EndObject();
  return Answer(std::move(body));
}

Result<http::Response> ShowQueue(const ApiServices& services, const Call& call) {
  QueueName name(ToLower(call.request.PathParameter("queue_name")));
  if (!IsValidName(name.value())) {
    return Fail(ErrorCode::kInvalidArgument, "The queue name breaks the naming rule");
  }
  auto found = std::find_if(services.queues.begin(), services.queues.end(),
                            [&](const Queue& queue) { return queue.name == name; });
  if (found == services.queues.end()) {
    return Fail(ErrorCode::kNotFound, "There is no queue named {}", name);
  }
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  WriteSuccess("", &json);
  // These four are in camel case on this page alone; the snake case beside them harms no client.
  json.Key("queueName").String(found->name.value());
  json.Key("queueType").String(found->queue_type);
  json.Key("cuCount").Int(found->cu_count);
  json.Key("chargingMode").Int(kChargedByTheHour);
  WriteCommon(*found, &json);
  json.EndObject();
  return Answer(std::move(body));
}

void RegisterQueues(Gate* gate) {
  gate->Add("GET", "/v1.0/{project_id}/queues", ListQueues);
  gate->Add("GET", "/v1.0/{project_id}/queues/{queue_name}", ShowQueue);
}

}  // namespace sluice::api
