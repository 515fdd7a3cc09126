#pragma once

#include "process/spawn.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tamis::command {

/// What became of a request.
enum class ReplyState {
  answered,   ///< there is an object with the request's id
  refused,    ///< the server says that it cannot do this: `error`
  died,       ///< the server has ended, or closed its output
  timed_out,  ///< the deadline passed
  malformed,  ///< what came is not an answer
};

struct ServerReply {
  ReplyState state = ReplyState::answered;
  std::shared_ptr<const Json> json;  ///< answered: without its `id`
  std::string message;               ///< for people, unless answered
};

/// One server process and the lines of JSON that go to and fro:
///
///     tamis   {"id": 1, "request": "run", ...}\n ──► standard input
///             ◄── standard output                    {"id": 1, ...}\n
///
/// After anything but `answered` and `refused` it is of no more use. The destructor closes the server's
/// input, gives it a moment to end, and kills its process group. Used by one thread at a time.
class ServerConnection {
 public:
  /// Errors: as spawn().
  static Result<std::unique_ptr<ServerConnection>> start(SpawnOptions options);
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;
  ~ServerConnection();

  /// Sends a request, an object without `id`, and waits for its answer.
  ServerReply ask(const Json& request, Deadline deadline);
  /// The same for a line that need not be a request; the answer's id is not looked at.
  ServerReply ask_line(const std::string& line, Deadline deadline);
  /// Closes the server's input and waits for its end. Whether it came in time.
  bool close(Deadline deadline);
  /// The last lines that the server wrote to standard error.
  std::string last_words() const;

 private:
  explicit ServerConnection(Spawned spawned) : spawned_(std::move(spawned)) {}
  /// The next line, without its end; what became of the server otherwise.
  ServerReply read_line(Deadline deadline, std::string& line);
  void drain_errors();
  /// A reply with the server's last words behind the message.
  ServerReply failed(ReplyState state, const std::string& message);

  Spawned spawned_;
  std::string buffer_;
  std::string errors_;
  uint64_t last_id_ = 0;
};

}  // namespace tamis::command
