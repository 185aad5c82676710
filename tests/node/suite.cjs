// Drives a running server with the vendor's Node core and prints one JSON line of what it saw.
// Environment: ENDPOINT, PROJECT_ID, AK, SK.
"use strict";
const {ClientBuilder} = require("@huaweicloud/huaweicloud-sdk-core/ClientBuilder");
const {BasicCredentials} = require("@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials");
const {Region} = require("@huaweicloud/huaweicloud-sdk-core/region/region");

const {ENDPOINT, PROJECT_ID, AK, SK} = process.env;
const FINAL = ["FINISHED", "FAILED", "CANCELLED"];

function credential(secret = SK) {
  return new BasicCredentials().withAk(AK).withSk(secret).withProjectId(PROJECT_ID);
}

function build(secret) {
  return new ClientBuilder((core) => core, "BasicCredentials")
      .withCredential(credential(secret)).withEndpoint(ENDPOINT).build();
}

function send(client, method, url, {body, query = {}, path = {}} = {}) {
  return client.sendRequest({
    method, url, contentType: "application/json", queryParams: query, headers: {},
    pathParams: {project_id: PROJECT_ID, ...path}, data: body,
  });
}

async function submit(client, sql) {
  return send(client, "POST", "/v1.0/{project_id}/jobs/submit-job", {body: {sql}});
}

async function wait(client, jobId) {
  for (;;) {
    const status = await send(client, "GET", "/v1.0/{project_id}/jobs/{job_id}/status",
                              {path: {job_id: jobId}, query: {wait: 10}});
    if (FINAL.includes(status.status)) return status;
  }
}

async function failure(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return {name: error.name || error.constructor.name, status: error.httpStatusCode,
            code: error.errorCode, message: error.errorMsg, request_id: error.requestId};
  }
}

async function main() {
  const client = build();
  const seen = {};
  const text = "SELECT '*é一 &=?' AS text, 9007199254740991 AS big";
  seen.submitted = await submit(client, text);
  seen.status = await wait(client, seen.submitted.job_id);
  seen.preview = await send(client, "GET", "/v1.0/{project_id}/jobs/{job_id}/preview",
                            {path: {job_id: seen.submitted.job_id}});
  seen.listed = await send(client, "GET", "/v1.0/{project_id}/jobs", {query: {
    "sql_pattern": "'*é一 &=?'", "page-size": 10, "current-page": 1, "order": "start_time_desc"}});
  seen.syntax = await failure(submit(client, "SELEC 1"));
  seen.missing = await failure(send(client, "GET", "/v1.0/{project_id}/jobs/{job_id}/status",
                                    {path: {job_id: "00000000-0000-7000-8000-000000000000"}}));
  seen.unsigned = await failure(send(build("wrong"), "GET", "/v1.0/{project_id}/queues"));
  const byRegion = new ClientBuilder((core) => core, "BasicCredentials")
      .withCredential(new BasicCredentials().withAk(AK).withSk(SK).withIamEndpoint(ENDPOINT))
      .withRegion(new Region("local-1", ENDPOINT)).build();
  seen.queues = await send(await byRegion, "GET", "/v1.0/{project_id}/queues");
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
