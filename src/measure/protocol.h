#pragma once

#include "base/result.h"
#include "measure/attempt.h"
#include "task/target.h"
#include "trial/trial.h"
#include "workload/workload.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>

namespace tamis {

/// What a tuner and a worker say to each other, apart from how it travels (pipe.h):
///
///     tuner   hello ─────────────►  worker     once: what to make configs of
///             ◄───── ready | failed            the target, workload and device are there, or why not
///             try ───────────────►             as often as wanted
///             ◄─── building, running           as the config gets there; a refused build never runs
///             ◄──────────── result             then the next try, or the connection is closed
///
/// A message is one JSON object whose member `message` is its name. Both sides refuse what they do not know:
/// an unknown message, key or version is an error, never ignored.
inline constexpr int kProtocolVersion = 3;

/// The first message of the tuner.
struct HelloMessage {
  int version = kProtocolVersion;
  std::string target_spec;
  TargetOptions target_options;
  Workload workload;
  uint64_t data_seed = 0;
  int64_t run_deadline_ms = 0;  ///< AttemptOptions::run_deadline
  int slot = 0;                 ///< DeviceOptions::slot: the number of the worker, from 0
  int data_descriptor = -1;     ///< an inherited file with the workload's data (shared_data.h); -1: none
};

/// What a tuner and its worker compare of a space: its knobs. Constraints that only the tuner knows keep
/// configs from being proposed, and need not keep the worker from trying them.
std::string knobs_fingerprint(const Space& space);

/// The worker is ready to try configs of a space with this fingerprint (knobs_fingerprint).
struct ReadyMessage {
  int version = kProtocolVersion;
  std::string space_fingerprint;
};

/// The worker cannot go on: the error says why.
struct FailedMessage {
  Error error;
};

struct TryMessage {
  uint64_t number = 0;
  Config config;
  std::string save_program;                                       ///< AttemptOptions::save_program
  double incumbent_ns = std::numeric_limits<double>::infinity();  ///< AttemptOptions::incumbent_ns
};

struct PhaseMessage {
  Phase phase = Phase::building;
};

/// What came of the config; the proposer is not sent, nor the config itself.
struct ResultMessage {
  Trial trial;
};

using Message =
    std::variant<HelloMessage, ReadyMessage, FailedMessage, TryMessage, PhaseMessage, ResultMessage>;

/// The message as the bytes of a frame. Text that is not UTF-8 is made so by replacement characters; a
/// feature that is not a finite number arrives as NaN.
std::string encode(const Message& message);
/// Errors: corrupt, saying what is wrong with the message.
Result<Message> decode(std::string_view bytes);

/// `hello`, `ready`, ...: the name that the message has in its JSON.
std::string_view name_of(const Message& message);

}  // namespace tamis
