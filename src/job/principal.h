#pragma once

#include <string>

#include "job/job.h"

namespace sluice {

/// Who is calling, once the request was authenticated.
struct Principal {
  std::string user_id;
  std::string user_name;
  ProjectId project;  ///< the project the credentials are good for
  bool is_admin = false;
};

}  // namespace sluice
