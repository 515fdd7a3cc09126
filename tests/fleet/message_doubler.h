#pragma once

#include "tamis/result.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <nats/nats.h>

namespace tamis {

/// A network that delivers messages twice: whatever is sent to the jobs and results of a fleet is sent once
/// more, under an id that the server does not know yet, so that it stores both.
class MessageDoubler {
 public:
  /// Errors: io where there is no server.
  static Result<std::unique_ptr<MessageDoubler>> start(const std::string& url);
  MessageDoubler(const MessageDoubler&) = delete;
  MessageDoubler& operator=(const MessageDoubler&) = delete;
  ~MessageDoubler();

  /// How many messages were sent again so far.
  uint64_t doubled() const { return doubled_; }

 private:
  MessageDoubler() = default;
  static void hear(natsConnection* connection, natsSubscription*, natsMsg* message, void* closure);

  natsConnection* connection_ = nullptr;
  natsSubscription* jobs_ = nullptr;
  natsSubscription* results_ = nullptr;
  std::atomic<uint64_t> doubled_ = 0;
};

}  // namespace tamis
