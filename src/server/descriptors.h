#pragma once

#include <cstddef>

namespace sluice::server {

/// How the descriptors of the process are shared out, so that no number of clients takes those that
/// jobs need.
struct DescriptorShares {
  std::size_t limit = 0;            ///< what the process may have
  std::size_t work = 0;             ///< reserved: store, workers, tables, results
  std::size_t connections = 0;      ///< of the public listener
  std::size_t answers = 0;          ///< sent from files at one time
  std::size_t answers_waiting = 0;  ///< with their file open
};

/// Shares out `limit` descriptors of a server with at most `workers` workers. Nobody gets nothing:
/// for a limit that is far too low the sum is larger than the limit.
DescriptorShares ShareDescriptors(std::size_t limit, std::size_t workers);

/// Raises the limit of open files as far as it may go; returns what it is then.
std::size_t RaiseDescriptorLimit();

}  // namespace sluice::server
