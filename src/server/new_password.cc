#include "server/new_password.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace sluice::server {

namespace {

constexpr std::size_t kLineBytesMax = 4'096;

volatile std::sig_atomic_t caught_signal = 0;

/// A terminal that shows nothing while this lives. A signal that would end the program ends it
/// afterwards: the terminal would stay silent.
class SilentTerminal {
 public:
  SilentTerminal() {
    caught_signal = 0;
    is_silent_ = ::tcgetattr(STDIN_FILENO, &former_) == 0;
    struct sigaction action {};
    action.sa_handler = [](int signal) { caught_signal = signal; };
    for (std::size_t i = 0; i < kSignalCount; ++i) {
      ::sigaction(kSignals[i], &action, &former_actions_[i]);
    }
    termios silent = former_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (is_silent_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &former_);
    for (std::size_t i = 0; i < kSignalCount; ++i) {
      ::sigaction(kSignals[i], &former_actions_[i], nullptr);
    }
    if (caught_signal != 0) std::raise(caught_signal);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
  static constexpr std::size_t kSignalCount = sizeof(kSignals) / sizeof(kSignals[0]);

  bool is_silent_ = false;
  termios former_{};
  struct sigaction former_actions_[kSignalCount]{};
};

/// Byte by byte: what stands behind the line is not ours.
Result<std::string> ReadLine() {
  std::string line;
  while (line.size() < kLineBytesMax) {
    char c = 0;
    ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR && caught_signal == 0) continue;
    if (count < 0) {
      return Fail(ErrorCode::kInvalidArgument, "standard input cannot be read: {}",
                  std::strerror(errno));
    }
    if (count == 0 || c == '\n') break;
    line += c;
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

void Tell(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

Result<std::string> Prompt(std::string_view question) {
  SilentTerminal silent;
  Tell(question);
  Result<std::string> line = ReadLine();
  Tell("\n");
  return line;
}

Result<std::string> RequireSome(std::string password) {
  if (!password.empty()) return password;
  return Fail(ErrorCode::kInvalidArgument, "there is no password on standard input");
}

}  // namespace

Result<std::string> ReadPasswordLine() { return RequireSome(TRY(ReadLine())); }

Result<std::string> AskForPassword(const std::string& user_name) {
  const char* given = std::getenv("SLUICE_PASSWORD");
  if (given != nullptr && *given != 0) return std::string(given);
  if (::isatty(STDIN_FILENO) != 1) return ReadPasswordLine();
  std::string password = TRY(Prompt("New password of " + user_name + ": "));
  std::string again = TRY(Prompt("The same again: "));
  if (password == again) return RequireSome(std::move(password));
  return Fail(ErrorCode::kInvalidArgument, "the two passwords differ; nothing was changed");
}

}  // namespace sluice::server
