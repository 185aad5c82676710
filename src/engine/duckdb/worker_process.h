#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "engine/duckdb/frame_channel.h"
#include "engine/duckdb/frames.pb.h"

namespace sluice {

/// The server's end of one worker process. Used by one thread, which also is the one that spawned
/// it: the parent death signal follows that thread. Destroying it ends the process and waits for
/// it.
class WorkerProcess {
 public:
  /// Starts `executable worker` with a socket, an almost empty environment, no other descriptor of
  /// ours and in a session of its own. kUnavailable when the system refuses.
  static Result<WorkerProcess> Spawn(const std::filesystem::path& executable);
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&&) = delete;
  ~WorkerProcess();

  pid_t pid() const { return pid_; }
  int socket() const { return socket_.get(); }
  /// Whether bytes wait for the socket to take them.
  bool wants_to_write() const { return !output_.empty(); }

  /// Queues a frame and writes what the socket takes now. Never blocks; a broken socket shows in
  /// Receive.
  void Send(const frames::ToWorker& message);
  void Flush();
  /// The frames that have arrived. An error means that no further one will come: the process is
  /// gone (kUnavailable) or talks garbage (kInvalidArgument); frames before it were returned in
  /// *messages.
  Result<void> Receive(std::vector<frames::ToServer>* messages);

  void Kill();
  /// Collects the ended process without waiting; false while it is still there.
  bool TryReap();

 private:
  WorkerProcess(pid_t pid, UniqueFd socket)
      : pid_(pid), socket_(std::move(socket)), input_(kFrameToServerBytesMax) {}
  Result<void> Parse(std::vector<frames::ToServer>* messages);

  pid_t pid_;  ///< 0 once it is collected
  UniqueFd socket_;
  FrameBuffer input_;
  std::string output_;
};

}  // namespace sluice
