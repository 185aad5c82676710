#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include "base/ascii.h"
#include "base/check.h"
#include "http/stream.h"

namespace sluice::http {

namespace {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

/// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE when the peer has gone; this
/// one sends without a signal.
struct QuietSocket {
  static int Write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t count = ::send(Descriptor(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(count);
  }

  static int Read(BIO* bio, char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t count = ::recv(Descriptor(bio), bytes, static_cast<std::size_t>(size), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    return static_cast<int>(count);
  }

  static long Control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static int Descriptor(BIO* bio) { return *static_cast<int*>(BIO_get_data(bio)); }

  static BIO_METHOD* Method() {
    static const std::unique_ptr<BIO_METHOD, FreeSsl> method = [] {
      std::unique_ptr<BIO_METHOD, FreeSsl> made(
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "quiet socket"));
      CHECK(made != nullptr);
      BIO_meth_set_write(made.get(), &Write);
      BIO_meth_set_read(made.get(), &Read);
      BIO_meth_set_ctrl(made.get(), &Control);
      return made;
    }();
    return method.get();
  }
};

class TlsStream final : public Stream {
 public:
  TlsStream(SSL* ssl, int fd) : ssl_(ssl), fd_(std::make_unique<int>(fd)) {
    BIO* bio = BIO_new(QuietSocket::Method());
    CHECK(bio != nullptr);
    BIO_set_data(bio, fd_.get());
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
  }

  IoResult Read(char* buffer, std::size_t size) override {
    if (broken_) return {IoResult::Kind::kError, 0};
    ERR_clear_error();
    return Outcome(SSL_read(ssl_.get(), buffer, Clamp(size)));
  }

  IoResult Write(std::string_view first, std::string_view second) override {
    if (broken_) return {IoResult::Kind::kError, 0};
    std::string_view bytes = first.empty() ? second : first;
    ERR_clear_error();
    return Outcome(SSL_write(ssl_.get(), bytes.data(), Clamp(bytes.size())));
  }

  void EndWrites() override {
    if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    ::shutdown(*fd_, SHUT_WR);
  }

 private:
  static int Clamp(std::size_t size) {
    return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
  }

  IoResult Outcome(int count) {
    if (count > 0) return {IoResult::Kind::kBytes, static_cast<std::size_t>(count)};
    switch (SSL_get_error(ssl_.get(), count)) {
      case SSL_ERROR_WANT_READ:
        return {IoResult::Kind::kWantRead, 0};
      case SSL_ERROR_WANT_WRITE:
        return {IoResult::Kind::kWantWrite, 0};
      case SSL_ERROR_ZERO_RETURN:
        return {IoResult::Kind::kEnd, 0};
      default:
        // After a fatal error OpenSSL forbids any further call, SSL_shutdown included.
        broken_ = true;
        return {IoResult::Kind::kError, 0};
    }
  }

  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::unique_ptr<int> fd_;  ///< the BIO points to it
  bool broken_ = false;
};

enum class Side { kServer, kClient };

class OpenSslContext final : public TlsContext {
 public:
  OpenSslContext(SSL_CTX* context, Side side, std::string host)
      : context_(context), side_(side), host_(std::move(host)) {}

  std::unique_ptr<Stream> MakeStream(int fd) override {
    SSL* ssl = SSL_new(context_.get());
    CHECK(ssl != nullptr);
    if (side_ == Side::kServer) {
      SSL_set_accept_state(ssl);
    } else {
      SSL_set_connect_state(ssl);
      // What the macro SSL_set_tlsext_host_name does, without its C cast.
      SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
      SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      // An address is named in another field of a certificate than a host is.
      if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host_.c_str()) != 1) {
        SSL_set1_host(ssl, host_.c_str());
      }
    }
    return std::make_unique<TlsStream>(ssl, fd);
  }

 private:
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  Side side_;
  std::string host_;
};

SSL_CTX* NewContext(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Buffers of a connection at rest go back to the allocator: with them it would hold 34 KiB.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

std::string LastOpenSslError() {
  char text[256] = "";
  ERR_error_string_n(ERR_peek_last_error(), text, sizeof(text));
  return text;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::CreateServer(const std::string& certificate_file,
                                                             const std::string& key_file) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(NewContext(TLS_server_method()));
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return FailWithDetail(ErrorCode::kInvalidArgument, LastOpenSslError(),
                          "The TLS certificate cannot be read: {}", certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return FailWithDetail(ErrorCode::kInvalidArgument, LastOpenSslError(),
                          "The TLS key cannot be read or is another certificate's: {}", key_file);
  }
  return std::make_unique<OpenSslContext>(context.release(), Side::kServer, std::string());
}

Result<std::unique_ptr<TlsContext>> TlsContext::CreateClient(const std::string& host) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(NewContext(TLS_client_method()));
  SSL_CTX_set_default_verify_paths(context.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return std::make_unique<OpenSslContext>(context.release(), Side::kClient, host);
}

}  // namespace sluice::http
