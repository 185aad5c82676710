#include "api/jobs/operations.h"

namespace sluice::api {

void RegisterJobs(Gate* gate) {
  gate->AddDeferred("POST", "/v1.0/{project_id}/jobs/submit-job", SubmitJob);
  gate->Add("POST", "/v1.0/{project_id}/jobs/check-sql", CheckSql);
  gate->Add("GET", "/v1.0/{project_id}/jobs", ListJobs);
  gate->AddFast("GET", "/v1.0/{project_id}/jobs/{job_id}/status", ShowStatus);
  gate->Add("GET", "/v1.0/{project_id}/jobs/{job_id}/detail", ShowDetail);
  gate->Add("GET", "/v1.0/{project_id}/jobs/{job_id}/preview", PreviewResult);
  gate->Add("GET", "/v1/{project_id}/jobs/{job_id}/progress", ShowProgress);
  gate->Add("GET", "/v1.0/{project_id}/jobs/{job_id}/progress", ShowWholeProgress);
  gate->Add("DELETE", "/v1.0/{project_id}/jobs/{job_id}", CancelJob);

  // The older twins.
  gate->AddDeferred("POST", "/v1.0/{project_id}/queues/{queue_name}/jobs/submit-job",
                    SubmitJobToQueue);
  gate->Add("GET", "/v1.0/{project_id}/jobs/{job_id}", PreviewResultPage);
  gate->Add("GET", "/v1.0/{project_id}/queues/{queue_name}/jobs/{job_id}", PreviewResultPage);
  gate->Add("DELETE", "/v1.0/{project_id}/queues/{queue_name}/jobs/{job_id}", CancelJob);
}

}  // namespace sluice::api
