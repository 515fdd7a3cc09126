#pragma once

#include "tamis/result.h"
#include "watch/events.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tamis::watch {

/// A text that is served; shared, since several connections may be sending it.
using ServedText = std::shared_ptr<const std::string>;

/// What a server serves. The functions are called on many threads at once.
struct Content {
  std::function<Result<ServedText>()> page;      ///< of `/`: HTML
  std::function<Result<ServedText>()> document;  ///< of `/document.json`
  EventRing* events = nullptr;                   ///< of `/events`; outlives the server
};

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< a name or an address of this machine
  /// Nothing: kUsualPort, or any that is free where that is taken. 0: any that is free.
  std::optional<uint16_t> port = {};
  size_t most_connections = 32;                 ///< at a time; more are told to come later
  size_t most_streams = 16;                     ///< of those, how many may wait for events
  std::chrono::milliseconds heartbeat{10'000};  ///< how often a stream without events says that it is there
  std::chrono::milliseconds request_time{10'000};  ///< how long a request may take to come in
  /// How long a reader may keep the server waiting in all, and how many bytes that it takes buy it a second
  /// more.
  std::chrono::milliseconds reader_patience{10'000};
  size_t reader_bytes_per_second = size_t{128} << 10;
};

/// The port of the page where nobody asks for another.
inline constexpr uint16_t kUsualPort = 4780;

/// Serves a page, its document and its events by HTTP, each connection for one request: to GET and HEAD of
/// these three, and nothing else to anybody. It has no way to write, and opens no file. At an address that
/// other machines reach, it answers only to those who know a token, which is part of address(); at one of
/// this machine, only to requests for this machine's own names (Admission).
class Server {
 public:
  /// Listens from now on, on threads of its own. Errors: invalid_input for an address or port that cannot be
  /// had, with what to do; unsupported in a build without cpp-httplib.
  static Result<Server> start(const ServerOptions& options, Content content);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  /// Stops.
  ~Server();

  /// Where a browser finds the page, with the token if one is needed.
  const std::string& address() const;
  uint16_t port() const;
  /// How many streams of events are open. Thread safe.
  size_t open_streams() const;
  /// Ends all connections, and returns when no thread is left.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tamis::watch
