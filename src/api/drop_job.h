#pragma once

#include <string>

#include "api/gate.h"

namespace sluice::api {

/// The answer of a delete that is done: job_mode sync.
http::Response AnswerDropped();
/// Submits a DROP statement as an asynchronous job and answers with its id.
Result<http::Response> SubmitDrop(const ApiServices& services, const Call& call,
                                  const std::string& sql);

}  // namespace sluice::api
