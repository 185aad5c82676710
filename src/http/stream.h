#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::http {

/// How a read or write on a non-blocking stream went.
struct IoResult {
  enum class Kind {
    kBytes,      ///< `bytes` were moved, at least one
    kWantRead,   ///< try the same again when the descriptor can be read
    kWantWrite,  ///< try the same again when it can be written
    kEnd,        ///< the peer sends no more
    kError,      ///< the connection is broken
  };
  Kind kind = Kind::kError;
  std::size_t bytes = 0;
};

/// The bytes of a connection, plain or through TLS. Never blocks, never raises SIGPIPE. Not
/// thread-safe. Does not own the descriptor.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual IoResult Read(char* buffer, std::size_t size) = 0;
  /// Writes from `first`, then from `second`, in one call of the system where it can.
  virtual IoResult Write(std::string_view first, std::string_view second) = 0;
  /// Tells the peer that nothing more will come.
  virtual void EndWrites() = 0;
  /// After kError: why this peer cannot be talked to however often it is tried, in words for a
  /// person. Empty when the connection just broke.
  virtual const std::string& refusal() const;
};

std::unique_ptr<Stream> MakePlainStream(int fd);

/// TLS 1.2 and later with OpenSSL. Thread-safe; must outlive its streams.
class TlsContext {
 public:
  virtual ~TlsContext() = default;
  virtual std::unique_ptr<Stream> MakeStream(int fd) = 0;

  /// For a server; both files PEM. kInvalidArgument when they cannot be used.
  static Result<std::unique_ptr<TlsContext>> CreateServer(const std::string& certificate_file,
                                                          const std::string& key_file);
  /// Everything that CreateServer would complain about, not only the first.
  static std::vector<Error> FindFileFaults(const std::string& certificate_file,
                                           const std::string& key_file);
  /// For a client: verifies the server's chain and that it is for `host`, by the system's
  /// certificates or those SSL_CERT_FILE names.
  static Result<std::unique_ptr<TlsContext>> CreateClient(const std::string& host);
};

}  // namespace sluice::http
