#include <gtest/gtest.h>

#include "api/testing/test_api.h"
#include "base/ascii.h"

namespace sluice::api {
namespace {

constexpr const char* kSubmit = "/v1.0/{project}/jobs/submit-job";
constexpr const char* kJobs = "/v1.0/{project}/jobs";
constexpr const char* kMissing = "/v1.0/{project}/jobs/00000000-0000-4000-8000-000000000000";

TEST(SubmitJob, RefusesMembersOfAnotherTypeByName) {
  TestApi api;
  for (auto [body, name] : {std::pair{R"({})", "sql"},
                            {R"({"sql":null})", "sql"},
                            {R"({"sql":1})", "sql"},
                            {R"({"sql":["SELECT 1"]})", "sql"},
                            {R"({"sql":"SELECT 1","conf":"a=b"})", "conf"},
                            {R"({"sql":"SELECT 1","conf":[1]})", "conf"},
                            {R"({"sql":"SELECT 1","tags":"k=v"})", "tags"},
                            {R"({"sql":"SELECT 1","tags":[{"key":"k"}]})", "tags"},
                            {R"({"sql":"SELECT 1","currentdb":1})", "currentdb"},
                            {R"({"sql":"   "})", "sql"}}) {
    http::Response response = api.Post(kSubmit, body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(ErrorCodeOf(response), "DLI.0001") << body;
    EXPECT_NE(response.body.find(name), std::string::npos) << response.body;
  }
  EXPECT_TRUE(api.jobs.submitted.empty());
}

TEST(JobPath, TakesAnIdInUpperCase) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  http::Response response = api.Get(api.JobPath(JobId(ToUpper(id.value())), "/status"));
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find(id.value()), std::string::npos);
}

TEST(SubmitJob, RefusesABodyThatIsNoObjectOfJson) {
  TestApi api;
  for (const std::string& body :
       {std::string("{"), std::string(), std::string("null"), std::string("[]"),
        std::string("\"text\""), std::string("{'sql': 'SELECT 1'}"),
        std::string(R"({"sql":"SELECT 1"} trailing)"), std::string("{\"sql\":\"\xff\"}"),
        std::string(R"({"sql":NaN})"), std::string(100'000, '[')}) {
    http::Response response = api.Post(kSubmit, body);
    EXPECT_EQ(response.status, 400) << body.substr(0, 40);
    EXPECT_EQ(ErrorCodeOf(response), "DLI.0001");
  }
}

TEST(SubmitJob, TakesJsonOnly) {
  TestApi api;
  auto status = [&api](const std::string& content_type) {
    http::Request request = api.Make("POST", kSubmit, R"({"sql":"SELECT 1"})");
    request.headers.emplace_back("Content-Type", content_type);
    return api.Send(request).status;
  };
  EXPECT_EQ(status("application/x-www-form-urlencoded"), 415);
  EXPECT_EQ(status("Application/JSON; charset=utf-8"), 200);
  EXPECT_EQ(status("application/json"), 200);
}

TEST(SubmitJob, IgnoresUnknownMembersAndNulls) {
  TestApi api;
  http::Response response = api.Post(
      kSubmit, R"({"sql":"SELECT 1","currentdb":"","conf":[],"tags":null,"executor_cores":4})");
  EXPECT_EQ(response.status, 200);
}

TEST(SubmitJob, GivesTheKeyOfARepeatedRequestOnlyToEqualRequests) {
  TestApi api;
  auto submit = [&api](const std::string& body, const std::string& key) {
    http::Request request = api.Make("POST", kSubmit, body);
    request.headers.emplace_back("Idempotency-Key", key);
    return api.Send(request).status;
  };
  EXPECT_EQ(submit(R"({"sql":"SELECT 1"})", "a"), 200);
  EXPECT_EQ(submit(R"({ "sql" : "SELECT 1", "tags": [] })", "a"), 200);
  EXPECT_EQ(submit(R"({"sql":"SELECT 2"})", "a"), 200);
  EXPECT_EQ(submit(R"({"sql":"SELECT 1"})", "with blank"), 400);
  EXPECT_EQ(submit(R"({"sql":"SELECT 1"})", ""), 400);
  ASSERT_EQ(api.jobs.submitted.size(), 3u);
  const std::vector<SubmitRequest>& submitted = api.jobs.submitted;
  EXPECT_EQ(submitted[0].idempotency_key->request_digest,
            submitted[1].idempotency_key->request_digest);
  EXPECT_NE(submitted[0].idempotency_key->request_digest,
            submitted[2].idempotency_key->request_digest);
}

TEST(SubmitJobToQueue, TakesTheQueueOfThePathAndAnswersDdlDirectly) {
  TestApi api;
  http::Response response =
      api.Post("/v1.0/{project}/queues/default/jobs/submit-job", R"({"sql":"DESC t"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find(R"("rows":[["id",null]])"), std::string::npos);
  EXPECT_EQ(response.body.find("job_mode"), std::string::npos);
  EXPECT_EQ(api.Post("/v1.0/{project}/queues/none/jobs/submit-job", R"({"sql":"DESC t"})").status,
            400);
}

TEST(SubmitJob, IsAnsweredAtTheEndOfASynchronousJob) {
  TestApi api;
  api.jobs.holds_sync_jobs = true;
  std::vector<std::shared_ptr<std::optional<http::Response>>> answers;
  for (const char* path : {kSubmit, "/v1.0/{project}/queues/default/jobs/submit-job"}) {
    answers.push_back(api.Start(
        api.Make("POST", path, R"({"sql":"DESC t","conf":["dli.sql.sqlasync.enabled=false"]})")));
    EXPECT_FALSE(answers.back()->has_value());
  }
  for (const JobId& id : api.jobs.ids()) api.jobs.Move(id, JobState::kFinished);
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->status, 200);
    EXPECT_NE((*answer)->body.find(R"("rows":[["id",null]])"), std::string::npos);
  }
}

TEST(SubmitJob, ThatTimesOutNamesTheJobThatGoesOn) {
  TestApi api;
  api.jobs.holds_sync_jobs = true;
  auto answer = api.Start(
      api.Make("POST", kSubmit, R"({"sql":"DESC t","conf":["dli.sql.sqlasync.enabled=false"]})"));
  api.jobs.EndWaits();
  ASSERT_TRUE(answer->has_value());
  EXPECT_EQ((*answer)->status, 408);
  EXPECT_NE((*answer)->body.find("id: " + api.jobs.ids().front().value()), std::string::npos);
}

TEST(ShowStatus, ShowsTheConfigurationThatWasSubmittedAndTheLastOfTwoValues) {
  TestApi api;
  ASSERT_EQ(
      api.Post("/v1.0/{project}/queues/default/jobs/submit-job", R"({"sql":"DESC t"})").status,
      200);
  EXPECT_EQ(api.Get(api.JobPath(api.jobs.ids().back(), "/status")).body.find("user_conf"),
            std::string::npos);
  ASSERT_EQ(api.Post(kSubmit, R"({"sql":"SELECT 1","conf":["a=1","b=2","a = 3"]})").status, 200);
  EXPECT_NE(api.Get(api.JobPath(api.jobs.ids().back(), "/status"))
                .body.find(R"("user_conf":"{\"b\":\"2\",\"a\":\"3\"}")"),
            std::string::npos);
}

TEST(ShowStatus, HasTheMembersInTheOrderOfThePage) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  Job& job = api.jobs.job(id);
  job.database_name = "dbtest";
  job.table_name = "tbtest";
  job.counts.input_size_bytes = 22;
  job.counts.result_count = 4;
  job.counts.input_row_count = 5;
  job.counts.bad_row_count = 1;
  job.schema_json = R"({"type":"struct"})";
  job.tags = {{"k", "v"}};
  job.conf = {{"spark.sql.shuffle.partitions", "10"}};
  api.clock.Advance(2'523);
  api.jobs.Move(id, JobState::kFinished);
  EXPECT_EQ(api.Get(api.JobPath(id, "/status")).body,
            R"({"is_success":true,"message":"","job_id":")" + id.value() +
                R"(","job_type":"QUERY","job_mode":"async","queue_name":"default",)"
                R"("owner":"ann","start_time":1700000000000,"duration":2523,)"
                R"("status":"FINISHED","input_row_count":5,"bad_row_count":1,"input_size":22,)"
                R"("result_count":4,"database_name":"dbtest","table_name":"tbtest",)"
                R"("detail":"{\"type\":\"struct\"}","statement":"SELECT 1",)"
                R"("tags":[{"key":"k","value":"v"}],)"
                R"("user_conf":"{\"spark.sql.shuffle.partitions\":\"10\"}"})");
}

TEST(ShowStatus, LeavesOutWhatThereIsNotAndKeepsCountsWithin32Bits) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  api.jobs.job(id).counts.result_count = 5'000'000'000;
  std::string body = api.Get(api.JobPath(id, "/status")).body;
  for (const char* absent : {"input_row_count", "bad_row_count", "database_name", "table_name",
                             "tags", "user_conf", "result_path"}) {
    EXPECT_EQ(body.find(absent), std::string::npos) << absent;
  }
  EXPECT_NE(body.find(R"("result_count":2147483647)"), std::string::npos);
  EXPECT_NE(body.find(R"("detail":"{\"type\":\"struct\",\"fields\":[]}")"), std::string::npos);
}

TEST(ShowStatus, StaysOnTheIoThreadForJobsAndCallersInMemory) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  EXPECT_EQ(api.Get(api.JobPath(id, "/status")).status, 200);
  EXPECT_EQ(api.blocking_tasks, 0);
  api.jobs.in_memory = false;
  EXPECT_EQ(api.Get(api.JobPath(id, "/status")).status, 200);
  EXPECT_EQ(api.blocking_tasks, 1);
}

TEST(ShowStatus, HopsOnceForAKeyThatMustBeRead) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  EXPECT_EQ(api.Send(api.MakeSigned("GET", api.JobPath(id, "/status"))).status, 200);
  EXPECT_EQ(api.blocking_tasks, 1);
  EXPECT_EQ(api.Send(api.MakeSigned("GET", api.JobPath(id, "/status"))).status, 200);
  EXPECT_EQ(api.blocking_tasks, 1);
}

TEST(ShowStatus, SaysToComeBackWhenThePoolIsFull) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  api.jobs.in_memory = false;
  api.pool_is_full = true;
  http::Response response = api.Get(api.JobPath(id, "/status"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(HeaderOf(response, "Retry-After"), "1");
}

TEST(ShowStatus, WaitsForAChange) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  auto answer = api.Start(api.Make("GET", api.JobPath(id, "/status?wait=10")));
  EXPECT_FALSE(answer->has_value());
  api.jobs.Move(id, JobState::kRunning);
  ASSERT_TRUE(answer->has_value());
  EXPECT_NE((*answer)->body.find(R"("status":"RUNNING")"), std::string::npos);
}

TEST(ShowStatus, AnswersWhenTheWaitIsOver) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  auto answer = api.Start(api.Make("GET", api.JobPath(id, "/status?wait=50")));
  EXPECT_FALSE(answer->has_value());
  api.jobs.EndWaits();
  ASSERT_TRUE(answer->has_value());
  EXPECT_NE((*answer)->body.find(R"("status":"LAUNCHING")"), std::string::npos);
}

TEST(ShowStatus, DoesNotWaitForAFinalJobOrAJobThatIsNot) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  api.jobs.Move(id, JobState::kFailed);
  EXPECT_EQ(api.Get(api.JobPath(id, "/status?wait=50")).status, 200);
  EXPECT_EQ(api.jobs.wait_count(), 0u);
  EXPECT_EQ(ErrorCodeOf(api.Get(std::string(kMissing) + "/status?wait=50")), "DLI.0002");
  EXPECT_EQ(ErrorCodeOf(api.Get(api.JobPath(id, "/status?wait=x"))), "DLI.0001");
}

TEST(Jobs, AMissingJobIsNotFoundAndAnIdOfAnotherFormIsAParameterError) {
  TestApi api;
  for (const char* what : {"/status", "/detail", "/preview", "/progress", ""}) {
    EXPECT_EQ(ErrorCodeOf(api.Get(std::string(kMissing) + what)), "DLI.0002") << what;
    EXPECT_EQ(ErrorCodeOf(api.Get(std::string(kJobs) + "/no-job" + what)), "DLI.0001") << what;
  }
  EXPECT_EQ(ErrorCodeOf(api.Delete(kMissing)), "DLI.0002");
}

TEST(ListJobs, DecodesEveryFilter) {
  TestApi api;
  http::Response response = api.Get(
      std::string(kJobs) +
      "?page-size=10&current-page=2&start=5&end=9&job-type=DDL&job_types=DDL,QUERY&"
      "job-status=running&job-id=x&queue_name=ETL&sql_pattern=a%20b&order=duration_asc&"
      "engine-type=spark&owner=ann&tags=k1=v1,k2%3Dv2,k3&db_name=Db&table_name=T&nonsense=1");
  ASSERT_EQ(response.status, 200) << response.body;
  const JobFilter& filter = api.jobs.last_filter;
  EXPECT_EQ(filter.project.value(), TestApi::kProject);
  EXPECT_EQ(filter.page_size, 10);
  EXPECT_EQ(filter.current_page, 2);
  EXPECT_EQ(filter.started_after_ms, 5);
  EXPECT_EQ(filter.started_before_ms, 9);
  EXPECT_EQ(filter.types, std::vector<JobType>{JobType::kDdl});
  EXPECT_EQ(filter.state, JobState::kRunning);
  EXPECT_EQ(filter.id->value(), "x");
  EXPECT_EQ(filter.queue, "etl");
  EXPECT_EQ(filter.sql_pattern, "a b");
  EXPECT_EQ(filter.order, JobOrder::kDurationAsc);
  EXPECT_EQ(filter.engine_type, "spark");
  EXPECT_EQ(filter.owner, "ann");
  EXPECT_EQ(filter.tags, (std::vector<Tag>{{"k1", "v1"}, {"k2", "v2"}, {"k3", ""}}));
  EXPECT_EQ(filter.database_name, "db");
  EXPECT_EQ(filter.table_name, "t");
}

TEST(ListJobs, ZeroIsNoBoundAndEmptyIsNoFilter) {
  TestApi api;
  EXPECT_EQ(api.Get(std::string(kJobs) + "?start=0&end=0&sql_pattern=&job-type=ALL&"
                                         "engine_type=hetuEngine")
                .status,
            200);
  const JobFilter& filter = api.jobs.last_filter;
  EXPECT_FALSE(filter.started_after_ms || filter.started_before_ms || filter.sql_pattern);
  EXPECT_TRUE(filter.types.empty());
  EXPECT_FALSE(filter.no_type_matches);
  EXPECT_EQ(filter.engine_type, "hetuEngine");
  EXPECT_EQ(filter.page_size, 50);
  EXPECT_EQ(filter.current_page, 1);
}

TEST(ListJobs, TypesThatHaveNothingInCommonAndForeignStatesMatchNothing) {
  TestApi api;
  api.Submit("SELECT 1");
  for (const char* query : {"?job-type=DDL&job_types=QUERY", "?job-status=SUSPENDED"}) {
    std::string body = api.Get(std::string(kJobs) + query).body;
    EXPECT_NE(body.find(R"("job_count":0,"jobs":[])"), std::string::npos) << body;
  }
}

TEST(ListJobs, RefusesValuesOfAnotherFormOrOutOfRange) {
  TestApi api;
  for (const char* query :
       {"page-size=x", "page-size=-1", "page-size=0", "page-size=101", "current-page=0",
        "current-page=1.5", "current-page=99999999999", "start=yesterday", "end=-1",
        "job-type=NOTHING", "job_types=DDL,NOTHING", "job-status=DONE", "order=random",
        "sql_pattern=%FF"}) {
    http::Response response = api.Get(std::string(kJobs) + "?" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(ErrorCodeOf(response), "DLI.0001") << query;
  }
  EXPECT_EQ(api.Get(std::string(kJobs) + "?sql_pattern=" + std::string(1'025, 'x')).status, 400);
}

TEST(PreviewResult, CutsPagesForTheOlderTwins) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  api.jobs.SetRows(id, {Column("c", TypeId::kString)}, {R"(["a,]\"b"])", "[{\"x\":[1,2]}]", "[3]"});
  api.jobs.Move(id, JobState::kFinished);
  auto rows = [&](const std::string& query) {
    std::string body = api.Get(api.JobPath(id, query)).body;
    return body.substr(body.find("\"rows\""));
  };
  EXPECT_EQ(rows("/preview"), R"("rows":[["a,]\"b"],[{"x":[1,2]}],[3]]})");
  EXPECT_EQ(rows("/preview?page-size=1&queue-name=any"), R"("rows":[["a,]\"b"]]})");
  EXPECT_EQ(rows("?page-size=2&current-page=2"), R"("rows":[[3]]})");
  EXPECT_EQ(rows("?page-size=1&current-page=2"), R"("rows":[[{"x":[1,2]}]]})");
  EXPECT_EQ(rows("?page-size=2&current-page=3"), R"("rows":[]})");
  EXPECT_EQ(api.Get(api.JobPath(id, "/preview?page-size=1001")).status, 400);
  EXPECT_EQ(api.Get(api.JobPath(id, "?page-size=101")).status, 400);
}

TEST(ShowProgress, WritesExactValuesAsIntegers) {
  TestApi api;
  JobId id = api.Submit("SELECT 1");
  auto progress = [&](const std::string& version, double value) {
    api.jobs.view(id).progress = value;
    std::string body = api.Get("/" + version + "/{project}/jobs/" + id.value() + "/progress").body;
    return body.substr(body.find("\"progress\":") + 11);
  };
  EXPECT_EQ(progress("v1", 0), "0}");
  EXPECT_EQ(progress("v1", 0.5), "0.5}");
  EXPECT_EQ(progress("v1", 0.123456), "0.1235}");
  EXPECT_EQ(progress("v1", 1e-9), "0.0001}");
  EXPECT_EQ(progress("v1", 0.99999999), "0.9999}");
  EXPECT_EQ(progress("v1", 1), "1}");
  EXPECT_EQ(progress("v1.0", 0.99), "0}");
  EXPECT_EQ(progress("v1.0", 1), "1}");
}

}  // namespace
}  // namespace sluice::api
