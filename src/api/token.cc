#include "api/token.h"

#include <charconv>
#include <vector>

#include "base/ascii.h"
#include "base/digest.h"
#include "http/message.h"

namespace sluice::api {

namespace {

// version : user id : user name : project : role : expiry in ms : the same in served time : HMAC in
// hexadecimal. The parts are percent-encoded, so that a colon only separates.
constexpr std::string_view kVersion = "2";
constexpr std::string_view kAdminRole = "admin";
constexpr std::string_view kUserRole = "user";
constexpr char kSeparator = ':';
constexpr std::size_t kPartCount = 7;

std::string Describe(const Principal& principal, std::int64_t expires_ms,
                     std::int64_t expires_served_ms) {
  std::string text(kVersion);
  for (const std::string& part :
       {principal.user_id, principal.user_name, principal.project.value()}) {
    text += kSeparator;
    text += http::PercentEncode(part);
  }
  text += kSeparator;
  text += principal.is_admin ? kAdminRole : kUserRole;
  text += kSeparator;
  text += std::to_string(expires_ms);
  text += kSeparator;
  text += std::to_string(expires_served_ms);
  return text;
}

std::int64_t NumberOf(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

tl::unexpected<Error> Refuse(const char* detail) {
  return FailWithDetail(ErrorCode::kUnauthenticated, detail,
                        "Incorrect IAM authentication information: the token is not valid");
}

}  // namespace

IssuedToken Tokens::Issue(const Principal& principal) const {
  IssuedToken token;
  token.issued_ms = clock_->WallMs();
  token.expires_ms = token.issued_ms + kLifetimeMs;
  token.text = Describe(principal, token.expires_ms, ServedMs() + kLifetimeMs);
  token.text += kSeparator + HexEncode(HmacSha256(key_, token.text));
  return token;
}

Result<std::shared_ptr<const Principal>> Tokens::Verify(const std::string& text) {
  {
    MutexLock lock(mutex_);
    auto found = remembered_.find(text);
    if (found != remembered_.end() && !IsOver(found->second)) return found->second.principal;
  }
  if (text.size() > kLengthMax) return Refuse("too long");
  Verified verified = TRY(Decode(text));
  if (IsOver(verified)) return Refuse("expired");
  MutexLock lock(mutex_);
  // Forgetting all at once is rare and costs one HMAC for each token still in use.
  if (remembered_.size() >= kRememberedMax) remembered_.clear();
  remembered_[text] = verified;
  return verified.principal;
}

Result<IssuedToken> Tokens::Inspect(const std::string& text) {
  TRY(Verify(text));
  IssuedToken token;
  token.text = text;
  token.expires_ms = TRY(Decode(text)).expires_ms;
  return token;
}

bool Tokens::IsOver(const Verified& verified) const {
  return clock_->WallMs() >= verified.expires_ms || ServedMs() >= verified.expires_served_ms;
}

Result<Tokens::Verified> Tokens::Decode(std::string_view text) const {
  std::size_t end = text.rfind(kSeparator);
  if (end == std::string_view::npos) return Refuse("no signature");
  std::string_view described = text.substr(0, end);
  std::string expected = HexEncode(HmacSha256(key_, described));
  if (!EqualsConstantTime(text.substr(end + 1), expected)) return Refuse("wrong signature");
  std::vector<std::string_view> parts = Split(described, kSeparator);
  if (parts.size() != kPartCount || parts[0] != kVersion) return Refuse("another version");

  Principal principal;
  std::string project;
  if (!http::PercentDecode(parts[1], &principal.user_id) ||
      !http::PercentDecode(parts[2], &principal.user_name) ||
      !http::PercentDecode(parts[3], &project)) {
    return Refuse("bad encoding");
  }
  principal.project = ProjectId(std::move(project));
  principal.is_admin = parts[4] == kAdminRole;
  Verified verified;
  verified.expires_ms = NumberOf(parts[5]);
  verified.expires_served_ms = NumberOf(parts[6]);
  verified.principal = std::make_shared<const Principal>(std::move(principal));
  return verified;
}

}  // namespace sluice::api
