#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
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

enum class Side { kServer, kClient };

/// What is wrong with the server's certificate, in words.
std::string CertificateFault(long verdict, const std::string& host) {
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the server's certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the server's certificate is not valid yet";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the server's certificate is for another name than " + host;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "the server's certificate is self-signed and not trusted; SSL_CERT_FILE can name a "
             "file of certificates to trust";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "the server's certificate is signed by an authority that is not trusted; "
             "SSL_CERT_FILE can name a file of certificates to trust";
    default:
      return std::string("the server's certificate is not trusted: ") +
             X509_verify_cert_error_string(verdict);
  }
}

/// What made a handshake fail; empty when the peer just went away.
std::string HandshakeFault(const SSL* ssl, const std::string& host) {
  long verdict = SSL_get_verify_result(ssl);
  if (verdict != X509_V_OK) return CertificateFault(verdict, host);
  unsigned long error = ERR_peek_error();
  if (error == 0 || ERR_GET_LIB(error) != ERR_LIB_SSL) return {};
  switch (ERR_GET_REASON(error)) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return {};
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_BAD_RECORD_TYPE:
      return "the server does not speak TLS on this port: an address with http:// may be right";
    default: {
      const char* reason = ERR_reason_error_string(error);
      return std::string("no TLS connection can be made: ") + (reason ? reason : "unknown reason");
    }
  }
}

/// What a client is told that speaks plain HTTP to a port of TLS. It sees a broken connection
/// otherwise, and nothing to tell it from a network that fails.
std::string PlainHttpAnswer() {
  constexpr std::string_view kBody =
      R"({"error_msg": "This port speaks TLS: the address of the server begins with https://", )"
      R"("error_code": "DLI.0001"})";
  return "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json;charset=utf-8\r\n"
         "Content-Length: " +
         std::to_string(kBody.size()) + "\r\nConnection: close\r\n\r\n" + std::string(kBody);
}

class TlsStream final : public Stream {
 public:
  TlsStream(SSL* ssl, int fd, Side side, std::string host)
      : ssl_(ssl), fd_(std::make_unique<int>(fd)), side_(side), host_(std::move(host)) {
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

  const std::string& refusal() const override { return refusal_; }

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
        Explain();
        return {IoResult::Kind::kError, 0};
    }
  }

  void Explain() {
    if (SSL_is_init_finished(ssl_.get()) == 1) return ExplainAlert();
    if (side_ == Side::kClient) {
      refusal_ = HandshakeFault(ssl_.get(), host_);
    } else if (ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SSL &&
               ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) {
      AnswerPlainHttp();
    }
  }

  /// In TLS 1.3 a server refuses a client's certificate after the client's handshake has ended.
  void ExplainAlert() {
    unsigned long error = ERR_peek_error();
    if (side_ != Side::kClient || ERR_GET_LIB(error) != ERR_LIB_SSL) return;
    if (ERR_GET_REASON(error) != SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED) return;
    refusal_ = "the server asks for a certificate of the client, which is not offered";
  }

  /// As much as the socket takes at once: the peer is nobody we promised anything.
  void AnswerPlainHttp() {
    std::string answer = PlainHttpAnswer();
    (void)::send(*fd_, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(*fd_, SHUT_WR);
    // Closing a socket with unread bytes resets the connection, and the answer would be lost.
    char rest[4096];
    for (int i = 0; i < kDrainReadsMax; ++i) {
      if (::recv(*fd_, rest, sizeof(rest), MSG_DONTWAIT) <= 0) break;
    }
  }

  static constexpr int kDrainReadsMax = 64;

  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::unique_ptr<int> fd_;  ///< the BIO points to it
  Side side_;
  std::string host_;  ///< of a client: whom it calls
  std::string refusal_;
  bool broken_ = false;
};

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
    return std::make_unique<TlsStream>(ssl, fd, side_, host_);
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

/// OpenSSL's own words for a missing file or a folder are of its making, not of the file.
Result<void> CheckFile(std::string_view what, const std::string& file) {
  struct stat status {};
  std::string why;
  if (::stat(file.c_str(), &status) != 0) {
    why = std::strerror(errno);
  } else if (!S_ISREG(status.st_mode)) {
    why = S_ISDIR(status.st_mode) ? "it is a folder" : "it is no regular file";
  } else if (::access(file.c_str(), R_OK) != 0) {
    why = std::strerror(errno);
  } else {
    return {};
  }
  return Fail(ErrorCode::kInvalidArgument, "The TLS {} cannot be read: {}: {}", what, file, why);
}

Result<void> UseCertificate(SSL_CTX* context, const std::string& file) {
  TRY_VOID(CheckFile("certificate", file));
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) == 1) return {};
  return FailWithDetail(ErrorCode::kInvalidArgument, LastOpenSslError(),
                        "The TLS certificate is no certificate in PEM: {}", file);
}

Result<void> UseKey(SSL_CTX* context, const std::string& file) {
  TRY_VOID(CheckFile("key", file));
  ERR_clear_error();
  // Nobody is there to be asked for a passphrase.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
  if (SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1) return {};
  unsigned long error = ERR_peek_error();
  for (unsigned long next = error; next != 0; next = ERR_get_error()) {
    // OpenSSL compares a key with the certificate as soon as it has both.
    if (ERR_GET_LIB(next) == ERR_LIB_X509) {
      return Fail(ErrorCode::kInvalidArgument, "The TLS key belongs to another certificate: {}",
                  file);
    }
    error = next;
  }
  const char* reason = ERR_reason_error_string(error);
  return FailWithDetail(ErrorCode::kInvalidArgument, reason == nullptr ? "" : reason,
                        "The TLS key is no private key in PEM without a passphrase: {}", file);
}

}  // namespace

std::vector<Error> TlsContext::FindFileFaults(const std::string& certificate_file,
                                              const std::string& key_file) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(NewContext(TLS_server_method()));
  std::vector<Error> faults;
  Result<void> certificate = UseCertificate(context.get(), certificate_file);
  if (!certificate) faults.push_back(std::move(certificate.error()));
  Result<void> key = UseKey(context.get(), key_file);
  if (!key) faults.push_back(std::move(key.error()));
  return faults;
}

Result<std::unique_ptr<TlsContext>> TlsContext::CreateServer(const std::string& certificate_file,
                                                             const std::string& key_file) {
  std::unique_ptr<SSL_CTX, FreeSsl> context(NewContext(TLS_server_method()));
  TRY_VOID(UseCertificate(context.get(), certificate_file));
  TRY_VOID(UseKey(context.get(), key_file));
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return FailWithDetail(ErrorCode::kInvalidArgument, LastOpenSslError(),
                          "The TLS key belongs to another certificate: {}", key_file);
  }
  return std::make_unique<OpenSslContext>(context.release(), Side::kServer, std::string());
}

Result<std::unique_ptr<TlsContext>> TlsContext::CreateClient(const std::string& host) {
  const char* trusted = std::getenv("SSL_CERT_FILE");
  if (trusted != nullptr && ::access(trusted, R_OK) != 0) {
    return Fail(ErrorCode::kInvalidArgument, "SSL_CERT_FILE cannot be read: {}: {}", trusted,
                std::strerror(errno));
  }
  std::unique_ptr<SSL_CTX, FreeSsl> context(NewContext(TLS_client_method()));
  SSL_CTX_set_default_verify_paths(context.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return std::make_unique<OpenSslContext>(context.release(), Side::kClient, host);
}

}  // namespace sluice::http
