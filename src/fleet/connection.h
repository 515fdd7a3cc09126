#pragma once

#include "tamis/fleet.h"
#include "tamis/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nats/nats.h>

namespace tamis::fleet {

/// What a message says beside its body.
using Headers = std::map<std::string, std::string>;

/// A message to be stored by the server.
struct Outgoing {
  std::string subject;
  /// What the server knows it by: the same id within two minutes is the same message, stored once.
  std::string id = {};
  Headers headers = {};
  std::string body;
};

/// A message that came. One of a stream is leased to whoever got it until it is answered, or until the lease
/// passes and another gets it. Used by one thread at a time, but for extend().
class Incoming {
 public:
  Incoming() = default;
  explicit Incoming(natsMsg* message) : message_(message, natsMsg_Destroy) {}

  std::string_view body() const;
  std::string subject() const;
  /// The header of this name; empty where there is none.
  std::string header(const char* name) const;
  /// How often the stream gave it away, this time included; 0 where it is of no stream.
  uint64_t deliveries() const;
  /// Done with: the server forgets it. Waits until the server has heard it. Errors: io.
  Status acknowledge();
  /// The same without waiting: lost when the connection is, or the process ends.
  void acknowledge_soon() { natsMsg_Ack(message_.get(), nullptr); }
  /// For another: the server gives it away again after the delay.
  void hand_back(std::chrono::milliseconds delay);
  /// Makes the lease begin anew. Thread safe.
  void extend() { natsMsg_InProgress(message_.get(), nullptr); }
  natsMsg* get() const { return message_.get(); }

 private:
  std::shared_ptr<natsMsg> message_;
};

/// What the server says to a message that it stored.
struct Stored {
  uint64_t sequence = 0;
  bool duplicate = false;  ///< a message of this id was stored already
};

/// The messages of one consumer of a stream. Used by one thread at a time.
class Pulling {
 public:
  explicit Pulling(natsSubscription* subscription) : subscription_(subscription, natsSubscription_Destroy) {}
  /// The next message; nothing where none came in time, or while the server is away.
  std::optional<Incoming> next(std::chrono::milliseconds patience);

 private:
  std::shared_ptr<natsSubscription> subscription_;
};

/// Calls a function for each message of a subject that is not stored, on a thread of its own, as long as it
/// lives.
class Listening {
 public:
  using Heard = std::function<void(const Incoming&)>;
  explicit Listening(Heard heard) : heard_(std::move(heard)) {}
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  /// Returns once nothing is heard any more.
  ~Listening();

 private:
  friend class Connection;
  static void hear(natsConnection*, natsSubscription*, natsMsg* message, void* closure);
  static void completed(void* closure);
  Heard heard_;
  std::shared_ptr<void> ended_;
  natsSubscription* subscription_ = nullptr;
};

/// Values by their keys, kept by the server. Keys have letters, digits, `-`, `_`, `=`, `.`. Thread safe.
class Bucket {
 public:
  explicit Bucket(std::string name, kvStore* store)
      : name_(std::move(name)), store_(store, kvStore_Destroy) {}

  /// Errors of all: io.
  Result<std::optional<std::string>> get(const std::string& key) const;
  Status put(const std::string& key, const std::string& value);
  /// Puts a value where there is none under the key; whether it did.
  Result<bool> create(const std::string& key, const std::string& value);
  Status remove(const std::string& key);
  struct Entry {
    std::string key;
    std::string value;
    int64_t written_unix_ms = 0;  ///< by the server's clock
  };
  /// All that there is.
  Result<std::vector<Entry>> all() const;

 private:
  std::string name_;
  std::shared_ptr<kvStore> store_;
};

/// The entry of a key; nullptr where there is none. It lies in the list.
const Bucket::Entry* find_entry(const std::vector<Bucket::Entry>& entries, const std::string& key);

/// What a stream is to be like.
struct StreamPlan {
  const char* name;
  const char* subjects;
  jsRetentionPolicy retention;
  std::chrono::seconds longest_kept;  ///< 0: for ever
  int64_t most_messages;              ///< then whoever sends waits
};

/// What a consumer of a stream is to be like: each message of the subjects goes to one of those who pull.
struct ConsumerPlan {
  const char* stream;
  std::string name;
  std::string subjects;
  std::chrono::milliseconds lease;
  int64_t most_deliveries = -1;                  ///< -1: no bound
  std::chrono::milliseconds unused_lifetime{0};  ///< after which it goes; 0: never
};

/// What a bucket is to be like.
struct BucketPlan {
  const char* name;
  std::chrono::seconds lifetime;  ///< of a value; 0: for ever
};

/// Who connects.
struct Caller {
  std::string name;               ///< what the server calls it
  const char* role = "operator";  ///< `worker`, `tuner`, `operator`: answers come to subjects `_INBOX_ROLE.>`
  /// Whether this process starts others that must not inherit the connection: all its files then close on
  /// exec.
  bool spawns = false;
};

/// A connection to the server of a fleet, which comes back by itself after an outage. Thread safe.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// Errors: io where the server cannot be reached, refuses, or has no
  /// JetStream; invalid_input for an address that cannot be meant; not_found for files.
  static Result<std::shared_ptr<Connection>> open(const FleetAddress& address, const Caller& caller);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// The address as messages may show it: without passwords.
  const std::string& url() const { return url_; }
  /// Whether the server is there now, as far as is known.
  bool connected() const;
  /// The largest message that the server takes, in bytes.
  int64_t largest_message() const;

  /// Stores a message: once, whatever happens to the connection, which it waits for. Errors: interrupted by a
  /// stop; io for what no waiting mends.
  Result<Stored> publish(const Outgoing& message, const std::stop_token& stop);
  /// Asks whoever listens. Nothing where nobody answered in time.
  std::optional<Incoming> ask(const std::string& subject, std::string_view body,
                              std::chrono::milliseconds patience);
  void answer(const Incoming& question, std::string_view body);
  Result<std::unique_ptr<Listening>> listen(const std::string& subject, Listening::Heard heard);

  /// Makes what is not there, and a consumer anew that is ahead of its stream. Errors: io, and where this
  /// side may not make it.
  Status ensure(const StreamPlan& plan);
  Status ensure(const ConsumerPlan& plan);
  Result<Bucket> ensure(const BucketPlan& plan);
  Result<Pulling> pull(const ConsumerPlan& plan);
  Status remove_consumer(const char* stream, const std::string& name);
  /// Removes the messages of a subject from a stream.
  Status purge(const char* stream, const std::string& subject);
  /// Whether a stream still has the message of this number.
  Result<bool> holds(const char* stream, uint64_t sequence);
  Status remove_message(const char* stream, uint64_t sequence);
  /// How many messages of the subjects a stream holds.
  Result<uint64_t> count(const char* stream, const std::string& subjects);

 private:
  Connection() = default;
  /// The number of the last message that was stored in a stream.
  Result<uint64_t> last_of(const char* stream);
  Error failure(const std::string& doing, natsStatus status, jsErrCode code = jsErrCode(0)) const;

  std::string url_;
  natsConnection* connection_ = nullptr;
  jsCtx* stream_context_ = nullptr;
};

}  // namespace tamis::fleet
