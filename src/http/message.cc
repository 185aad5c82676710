#include "http/message.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/ascii.h"
#include "base/check.h"

namespace sluice::http {

namespace {

/// The value of a hexadecimal digit, or -1.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsUnreserved(char c) { return IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

}  // namespace

const std::string* Request::FindHeader(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && EqualsIgnoreCase(key, name)) return &value;
  }
  return nullptr;
}

const std::string& Request::PathParameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters) {
    if (key == name) return value;
  }
  CheckFailed(__FILE__, __LINE__, "the route's pattern has the parameter", std::string(name));
}

struct Responder::State {
  explicit State(std::function<void(Response)> s) : send(std::move(s)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (answered.load()) return;
    Response response;
    response.status = kUnanswered;
    send(std::move(response));
  }

  std::function<void(Response)> send;
  std::atomic<bool> answered = false;
};

Responder::Responder(std::function<void(Response)> send)
    : state_(std::make_shared<State>(std::move(send))) {}

void Responder::Send(Response response) const {
  if (state_->answered.exchange(true)) return;
  state_->send(std::move(response));
}

std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view encoded) {
  std::string form(encoded);
  std::replace(form.begin(), form.end(), '+', ' ');
  std::string_view query = form;
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    std::string_view name = part.substr(0, part.find('='));
    std::string_view value = part.substr(std::min(part.size(), name.size() + 1));
    auto& pair = pairs.emplace_back();
    // Text that is no escape stays as it is: what a client meant by it is for the handler to judge.
    if (!PercentDecode(name, &pair.first)) pair.first = name;
    if (!PercentDecode(value, &pair.second)) pair.second = value;
  }
  return pairs;
}

bool PercentDecode(std::string_view text, std::string* decoded) {
  decoded->clear();
  decoded->reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded->push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return false;
    int high = HexValue(text[i + 1]);
    int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return false;
    decoded->push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return true;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size() + 16);
  for (char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 15];
  }
  return encoded;
}

}  // namespace sluice::http
