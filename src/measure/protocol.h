#pragma once

#include "measure/attempt.h"
#include "process/descriptor.h"
#include "tamis/result.h"
#include "tamis/target.h"
#include "tamis/trial.h"
#include "tamis/workload.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tamis {

/// What a tuner and a worker say to each other:
///
///     tuner   hello ─────────────►  worker     once: what to make configs of
///             ◄───── ready | failed            the target, workload and device are there, or why not
///             try ───────────────►             as often as wanted
///             ◄─── building, running           as the config gets there; a refused build never runs
///             ◄──────────── built              where the try asks, before it runs: its code
///             decision ──────────►             to run it, or which trial ran the same code
///             ◄──────── referring              another program runs now, for a result to compare
///             ◄───────── referred              there is one to compare with, or there is none
///             ◄─────────── timing              where the device asks to be alone, before it is timed
///             go ────────────────►             no other worker of this tuner does anything
///             ◄─────────── result              then the next try, or the connection is closed
///
/// A try may bring the program of its config, which is then loaded while it counts as being built, or ask to
/// be only built and to have the program sent back with the result. Bytes of programs are written in base64.
///
/// A message is one JSON object whose member `message` is its name, and travels as a frame (FrameBuffer).
/// Both sides refuse what they do not know: an unknown message, key or version is an error, never ignored.
inline constexpr int kProtocolVersion = 10;

/// The first message of the tuner: the task, and what else the worker needs once. Of another version nothing
/// but the version is read.
struct HelloMessage {
  int version = kProtocolVersion;
  std::string target_spec = {};  ///< Target::spec
  Settings settings = {};        ///< Target::settings: any target's, the protocol knows none by name
  Workload workload = {};
  uint64_t data_seed = 0;
  int slot = 0;              ///< DeviceOptions::slot: the number of the worker, from 0
  int data_descriptor = -1;  ///< an inherited file with the workload's data (shared_data.h); -1: none
  bool only_build = false;   ///< MeasureOptions::only_build: there is neither data nor a device
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
  bool unknown_target = false;  ///< it does not know the target, which another worker program may
};

struct TryMessage {
  uint64_t number = 0;  ///< the result has it too
  Config config;
  RunOptions options = {};
  bool asks = false;  ///< whether the tuner wants to decide by its code whether the program runs
  /// MeasureRequest::program: what is to be loaded instead of building the config; empty: the config is
  /// built.
  std::string program = {};
  bool keeps = false;  ///< whether the config is only built, and its program is to come with the result
};

/// The program is built and has this code (Artifact::code_hash): does it have to run?
struct BuiltMessage {
  std::string code_hash;
};

/// The answer: nothing to run it, or the number of the trial that ran the same code.
struct DecisionMessage {
  std::optional<uint64_t> same_code_as;
};

struct PhaseMessage {
  Phase phase = Phase::building;
};

/// The answer to Phase::timing.
struct GoMessage {};

/// RunOptions::referring: another program than the config's is to blame from now on.
struct ReferringMessage {
  uint64_t number = 0;
};

/// RunOptions::referred.
struct ReferredMessage {
  std::string notice;
};

/// What came of the config; what the trial has of its request is not sent. One that did not run has only what
/// building it gave: it is valid without costs where it was to be built only, or an earlier one ran its code.
struct ResultMessage {
  uint64_t number = 0;  ///< TryMessage::number
  Trial trial;
  bool last = false;  ///< the worker can try no more (Device::lost)
  /// Where the try keeps it: the program as bytes, at most kMostProgramBytes; empty where the trial is not
  /// valid.
  std::string program = {};
};

using Message =
    std::variant<HelloMessage, ReadyMessage, FailedMessage, TryMessage, PhaseMessage, ResultMessage,
                 BuiltMessage, DecisionMessage, GoMessage, ReferringMessage, ReferredMessage>;

/// The message as the bytes of a frame. Text that is not UTF-8 is made so by replacement characters; a
/// feature that is not a finite number arrives as NaN.
std::string encode(const Message& message);
/// Errors: corrupt, saying what is wrong with the message.
Result<Message> decode(std::string_view bytes);

/// `hello`, `ready`, ...: the name that the message has in its JSON.
std::string_view name_of(const Message& message);

/// The largest frame that is sent or accepted, in bytes: far above any message, far below what would hurt.
inline constexpr size_t kMaxFrameBytes = size_t{16} << 20;

/// Takes frames out of a stream of bytes. A frame is its length as four bytes, least significant first, and
/// then so many bytes, 1 to kMaxFrameBytes. Not thread safe.
class FrameBuffer {
 public:
  void add(std::string_view bytes) { bytes_.append(bytes); }
  /// The next whole frame, nothing when more bytes are needed. Errors: corrupt for an impossible length,
  /// after which no frame can be found any more.
  Result<std::optional<std::string>> next();
  /// Whether part of a frame has come and the rest has not.
  bool partial() const { return !bytes_.empty(); }

 private:
  std::string bytes_;
};

/// Writes one frame to a socket or pipe, waiting no longer than the deadline when the other side does not
/// read. Never raises SIGPIPE on a socket. Errors: io when the other side is gone or the deadline passed;
/// internal when it is too long.
Status write_frame(int fd, std::string_view payload, Deadline deadline);

/// Reads bytes until a whole frame is in `buffer` and returns it; nothing at an orderly end of the stream.
/// Waits without limit. Errors: corrupt for a malformed frame or an end in the middle of one, io.
Result<std::optional<std::string>> read_frame(int fd, FrameBuffer& buffer);

}  // namespace tamis
