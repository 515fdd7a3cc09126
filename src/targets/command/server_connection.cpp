#include "targets/command/server_connection.h"

#include "base/json.h"
#include "base/not_finite.h"
#include "process/exit_status.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>

namespace tamis::command {
namespace {

using std::chrono::milliseconds;

/// The longest line that is accepted, in bytes.
constexpr size_t kMaxLineBytes = size_t{16} << 20;
constexpr size_t kKeptErrors = 4096;
/// How much of a line that is not an answer is quoted.
constexpr size_t kQuotedLine = 200;
/// How long a server whose input was closed may take to release its device.
constexpr milliseconds kShutdownGracePeriod{500};
/// How long a server that has closed its output may take to end, so that its status can be told.
constexpr milliseconds kOutputEnded{200};
constexpr milliseconds kLongest{60'000};

std::string quote_line(const std::string& line) { return tail_of_output(line.substr(0, kQuotedLine)); }

}  // namespace

Result<std::unique_ptr<ServerConnection>> ServerConnection::start(SpawnOptions options) {
  options.streams = Streams::two_ways;
  TAMIS_ASSIGN(Spawned spawned, spawn(options));
  return std::unique_ptr<ServerConnection>(new ServerConnection(std::move(spawned)));
}

ServerConnection::~ServerConnection() {
  if (spawned_.output.open()) close(deadline_after(kShutdownGracePeriod));
  ::kill(-spawned_.pid, SIGKILL);
  reap(spawned_.pid);
}

bool ServerConnection::close(Deadline deadline) {
  spawned_.input.close();
  for (;;) {
    pollfd ended{spawned_.process.get(), POLLIN, 0};
    const int count = ::poll(&ended, 1, poll_timeout(deadline, milliseconds(20)));
    drain_errors();
    if (count > 0) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
  }
}

void ServerConnection::drain_errors() {
  // Bounded, because a server may write faster than it is read.
  for (int chunk = 0; chunk < 16 && spawned_.errors.open(); ++chunk) {
    const auto state = read_some(spawned_.errors.get(), errors_);
    if (errors_.size() > kKeptErrors) errors_.erase(0, errors_.size() - kKeptErrors);
    if (!state.ok() || *state == ReadState::end) spawned_.errors.close();
    if (!state.ok() || *state != ReadState::data) return;
  }
}

std::string ServerConnection::last_words() const { return tail_of_output(errors_); }

ServerReply ServerConnection::failed(ReplyState state, const std::string& message) {
  const std::string words = last_words();
  spawned_.output.close();
  return {state, nullptr, words.empty() ? message : fmt::format("{}; it last wrote: {}", message, words)};
}

ServerReply ServerConnection::read_line(Deadline deadline, std::string& line) {
  if (!spawned_.output.open()) return {ReplyState::died, nullptr, "the server has ended"};
  bool ended = false;
  size_t searched = 0;
  for (;;) {
    const size_t newline = buffer_.find('\n', searched);
    if (newline != std::string::npos) {
      line = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      return {};
    }
    searched = buffer_.size();
    if (searched > kMaxLineBytes)
      return failed(ReplyState::malformed,
                    fmt::format("the server wrote a line of more than {} bytes", kMaxLineBytes));
    if (ended) {
      const bool over = close(deadline_after(kOutputEnded));
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(spawned_.pid), &info, WEXITED | WNOWAIT | WNOHANG);
      const bool exited = info.si_code == CLD_EXITED;
      const int status = exited ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
      return failed(ReplyState::died,
                    over ? "the server ended: " + describe_status(status) : "the server closed its output");
    }
    if (std::chrono::steady_clock::now() >= deadline)
      return failed(ReplyState::timed_out, "the server did not answer in time");
    std::array<pollfd, 2> ready = {{{spawned_.output.get(), POLLIN, 0}, {spawned_.errors.get(), POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), poll_timeout(deadline, kLongest)) < 0) continue;
    drain_errors();
    const auto state = read_some(spawned_.output.get(), buffer_);
    ended = !state.ok() || *state == ReadState::end;
  }
}

ServerReply ServerConnection::ask(const Json& request, Deadline deadline) {
  Json numbered = request;
  const uint64_t id = ++last_id_;
  numbered["id"] = id;
  ServerReply reply = ask_line(numbered.dump(-1, ' ', false, Json::error_handler_t::replace), deadline);
  if (reply.state != ReplyState::answered) return reply;
  const auto found = reply.json->find("id");
  if (found == reply.json->end() || *found != id)
    return failed(ReplyState::malformed,
                  fmt::format("the server's answer must have \"id\": {}, as its request had: {}", id,
                              quote_line(reply.json->dump(-1, ' ', false, Json::error_handler_t::replace))));
  auto json = std::make_shared<Json>(*reply.json);
  json->erase("id");
  if (const auto error = json->find("error"); error != json->end())
    return {ReplyState::refused, nullptr,
            "the server says: " + (error->is_string() ? error->get<std::string>() : error->dump())};
  reply.json = std::move(json);
  return reply;
}

ServerReply ServerConnection::ask_line(const std::string& line, Deadline deadline) {
  if (!spawned_.output.open()) return {ReplyState::died, nullptr, "the server has ended"};
  // A server that does not read any more has ended, or hangs: its output tells which.
  if (const Status sent = write_all(spawned_.input.get(), line + "\n", deadline);
      !sent.ok() && std::chrono::steady_clock::now() >= deadline)
    return failed(ReplyState::timed_out, "the server did not read its request in time");
  std::string answer;
  do {
    if (ServerReply reply = read_line(deadline, answer); reply.state != ReplyState::answered) return reply;
  } while (answer.find_first_not_of(" \t\r") == std::string::npos);
  Result<Json> json = parse_python_json(answer, "the server's answer");
  // What begins as an object says best itself why it is none.
  if (!json.ok() && answer.find_first_not_of(" \t") == answer.find('{'))
    return failed(ReplyState::malformed, fmt::format("{}: {}", json.error().message, quote_line(answer)));
  if (!json.ok() || !json->is_object())
    return failed(
        ReplyState::malformed,
        fmt::format("the server's answer is not a JSON object on one line: {}", quote_line(answer)));
  return {ReplyState::answered, std::make_shared<const Json>(std::move(*json)), {}};
}

}  // namespace tamis::command
