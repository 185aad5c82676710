#pragma once

#include "api/gate.h"

namespace sluice::api {

// The operations on jobs (contract/http-api.md section 2), one file each.

/// A synchronous job is answered at its end; no thread is held meanwhile.
void SubmitJob(const std::shared_ptr<const ApiServices>& services, const Call& call,
               const http::Responder& responder);
/// The older twin: the queue is in the path, DDL is answered with its rows.
void SubmitJobToQueue(const std::shared_ptr<const ApiServices>& services, const Call& call,
                      const http::Responder& responder);

/// ?wait=SECONDS answers when the state changes or the time is over; no thread is held.
void ShowStatus(const std::shared_ptr<const ApiServices>& services, const Call& call,
                const http::Responder& responder);

Result<http::Response> CancelJob(const ApiServices& services, const Call& call);
Result<http::Response> ListJobs(const ApiServices& services, const Call& call);
Result<http::Response> ShowDetail(const ApiServices& services, const Call& call);
Result<http::Response> PreviewResult(const ApiServices& services, const Call& call);
/// The older twins: smaller pages, and a page number.
Result<http::Response> PreviewResultPage(const ApiServices& services, const Call& call);
/// /v1: a fraction while the job runs.
Result<http::Response> ShowProgress(const ApiServices& services, const Call& call);
/// /v1.0: 0 or 1, for clients that read an integer.
Result<http::Response> ShowWholeProgress(const ApiServices& services, const Call& call);
Result<http::Response> CheckSql(const ApiServices& services, const Call& call);

void RegisterJobs(Gate* gate);

}  // namespace sluice::api
