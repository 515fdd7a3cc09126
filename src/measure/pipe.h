#pragma once

#include "base/result.h"
#include "process/descriptor.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tamis {

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
