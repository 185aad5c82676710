#include "api/iceberg/oauth.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/json.h"
#include "base/log.h"

namespace sluice::api {
namespace {

constexpr std::string_view kPath = "/iceberg/v1/oauth/tokens";
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kClientCredentials = "client_credentials";
constexpr std::string_view kTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAccessTokenType = "urn:ietf:params:oauth:token-type:access_token";
constexpr std::size_t kFormBytesMax = 16 * 1024;
constexpr std::string_view kRetryAfterSeconds = "1";

/// A refusal in OAuth's terms.
struct OAuthError {
  int status = 400;
  std::string_view code;
  std::string description;
  bool asks_for_basic = false;  ///< the client tried the header: it is told which kind is taken
};

/// Who asks, as it says itself.
struct ClientSecret {
  std::string id;
  std::string secret;
};

using Form = std::vector<std::pair<std::string, std::string>>;

template <class T>
using OAuthResult = tl::expected<T, OAuthError>;

tl::unexpected<OAuthError> Refuse(std::string_view code, std::string description) {
  return tl::unexpected<OAuthError>(OAuthError{400, code, std::move(description)});
}

tl::unexpected<OAuthError> RefuseClient(bool used_header) {
  return tl::unexpected<OAuthError>(
      OAuthError{401, "invalid_client", "The access key or its secret key is wrong", used_header});
}

const std::string* FindValue(const Form& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return &value;
  }
  return nullptr;
}

OAuthResult<Form> DecodeForm(const http::Request& request) {
  const std::string* type = request.FindHeader("Content-Type");
  std::string_view media = type == nullptr ? std::string_view() : std::string_view(*type);
  if (!EqualsIgnoreCase(Trim(media.substr(0, media.find(';'))), kFormType)) {
    return Refuse("invalid_request", "The body must be application/x-www-form-urlencoded");
  }
  if (request.body.size() > kFormBytesMax) {
    return Refuse("invalid_request", "The body is too large");
  }
  Form form = http::ParseQuery(request.body);
  for (const auto& [name, value] : form) {
    auto same = [&name = name](const auto& pair) { return pair.first == name; };
    if (!IsValidUtf8(name) || !IsValidUtf8(value)) {
      return Refuse("invalid_request", "The body must be UTF-8 text");
    }
    // RFC 6749, section 3.2.
    if (std::count_if(form.begin(), form.end(), same) > 1) {
      return Refuse("invalid_request", "A parameter is given twice: " + name);
    }
  }
  return form;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  unsigned bits = 0;
  int bit_count = 0;
  for (char c : text) {
    std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6u | static_cast<unsigned>(digit)) & 0xFFFFu;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes.push_back(static_cast<char>(bits >> static_cast<unsigned>(bit_count) & 0xFFu));
  }
  return bytes;
}

/// Of an Authorization header of the kind Basic; nothing when it is of another kind.
std::optional<OAuthResult<ClientSecret>> DecodeBasic(const http::Request& request) {
  constexpr std::string_view kScheme = "basic ";
  const std::string* header = request.FindHeader("Authorization");
  if (header == nullptr || header->size() < kScheme.size() ||
      !EqualsIgnoreCase(std::string_view(*header).substr(0, kScheme.size()), kScheme)) {
    return std::nullopt;
  }
  std::optional<std::string> pair =
      DecodeBase64(Trim(std::string_view(*header).substr(kScheme.size())));
  std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return RefuseClient(true);
  return ClientSecret{pair->substr(0, colon), pair->substr(colon + 1)};
}

/// RFC 6749 has the parts of a header written as in a form; most clients write them as they are.
ClientSecret DecodeParts(const ClientSecret& client) {
  ClientSecret decoded;
  if (!http::PercentDecode(client.id, &decoded.id)) decoded.id = client.id;
  if (!http::PercentDecode(client.secret, &decoded.secret)) decoded.secret = client.secret;
  return decoded;
}

/// Header or body, not two that differ. Nothing when the client does not say who it is.
OAuthResult<std::optional<ClientSecret>> FindClient(
    const std::optional<OAuthResult<ClientSecret>>& basic, const Form& form) {
  const std::string* id = FindValue(form, "client_id");
  const std::string* secret = FindValue(form, "client_secret");
  if (basic) {
    if (!*basic) return tl::unexpected<OAuthError>(basic->error());
    bool differs = (id != nullptr && *id != (*basic)->id) ||
                   (secret != nullptr && *secret != (*basic)->secret);
    if (differs) return Refuse("invalid_request", "Header and body name different clients");
    return std::optional<ClientSecret>(**basic);
  }
  if (secret == nullptr) return std::optional<ClientSecret>();
  return std::optional<ClientSecret>(ClientSecret{id == nullptr ? "" : *id, *secret});
}

class TokenEndpoint {
 public:
  TokenEndpoint(Authenticator* authenticator, const Clock* clock)
      : authenticator_(authenticator), clock_(clock) {}

  http::Response Answer(const http::Request& request) const {
    OAuthResult<IssuedToken> token = Grant(request);
    http::Response response = token ? Encode(*token) : Encode(token.error(), request.request_id);
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Pragma", "no-cache");
    return response;
  }

 private:
  OAuthResult<IssuedToken> Grant(const http::Request& request) const {
    OAuthResult<Form> form = DecodeForm(request);
    if (!form) return tl::unexpected<OAuthError>(form.error());
    const std::string* grant = FindValue(*form, "grant_type");
    if (grant == nullptr) return Refuse("invalid_request", "The parameter grant_type is required");
    bool is_exchange = *grant == kTokenExchange;
    if (*grant != kClientCredentials && !is_exchange) {
      return Refuse("unsupported_grant_type",
                    "The grant type must be client_credentials or token exchange");
    }
    std::optional<OAuthResult<ClientSecret>> basic = DecodeBasic(request);
    OAuthResult<std::optional<ClientSecret>> client = FindClient(basic, *form);
    if (!client) return tl::unexpected<OAuthError>(client.error());
    if (*client) return IssueFor(**client, basic.has_value(), request);
    if (!is_exchange) return RefuseClient(false);
    return Exchange(*form);
  }

  OAuthResult<IssuedToken> IssueFor(const ClientSecret& client, bool used_header,
                                    const http::Request& request) const {
    Result<Caller> caller =
        authenticator_->AuthenticateKeyPair(client.id, client.secret, request.remote_address);
    if (!caller && used_header && client.secret.find('%') != std::string::npos) {
      ClientSecret decoded = DecodeParts(client);
      caller =
          authenticator_->AuthenticateKeyPair(decoded.id, decoded.secret, request.remote_address);
    }
    if (caller) return authenticator_->IssueToken(**caller);
    if (caller.error().code == ErrorCode::kUnauthenticated) return RefuseClient(used_header);
    LogError(LogLevel::kError, "no token can be issued", caller.error(),
             {{"request_id", request.request_id}});
    return tl::unexpected<OAuthError>(
        OAuthError{503, "temporarily_unavailable", "The store does not answer"});
  }

  /// A token is exchanged for itself, with the time it has left: whoever has found one could renew
  /// it for ever otherwise. At its end clients come with their key pair.
  OAuthResult<IssuedToken> Exchange(const Form& form) const {
    const std::string* subject = FindValue(form, "subject_token");
    if (subject == nullptr) {
      return Refuse("invalid_request", "The parameter subject_token is required");
    }
    Result<IssuedToken> token = authenticator_->InspectToken(*subject);
    if (!token) return Refuse("invalid_grant", "The subject token is not valid");
    return *std::move(token);
  }

  http::Response Encode(const IssuedToken& token) const {
    http::Response response;
    JsonWriter json(&response.body);
    json.BeginObject();
    json.Key("access_token").String(token.text);
    json.Key("token_type").String("bearer");
    json.Key("expires_in").Int((token.expires_ms - clock_->WallMs()) / 1000);
    json.Key("issued_token_type").String(kAccessTokenType);
    json.EndObject();
    return response;
  }

  static http::Response Encode(const OAuthError& error, const std::string& request_id) {
    Log(LogLevel::kInfo, "token request refused",
        {{"request_id", request_id}, {"status", error.status}, {"error", error.code}});
    http::Response response;
    response.status = error.status;
    JsonWriter json(&response.body);
    json.BeginObject();
    json.Key("error").String(error.code);
    json.Key("error_description").String(error.description);
    json.EndObject();
    if (error.asks_for_basic) {
      response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"sluice\"");
    }
    if (error.status == 503) response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
    return response;
  }

  Authenticator* authenticator_;
  const Clock* clock_;
};

}  // namespace

void RegisterOAuth(http::Router* router, Authenticator* authenticator, const Clock* clock) {
  router->Add("POST", kPath, http::RunOn::kPool,
              [endpoint = TokenEndpoint(authenticator, clock)](const http::Request& request,
                                                               const http::Responder& responder) {
                responder.Send(endpoint.Answer(request));
              });
}

}  // namespace sluice::api
