#pragma once

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tamis {

/// Owns a file descriptor and closes it.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() { close(); }
  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  void close();

 private:
  int number_ = -1;
};

using Deadline = std::chrono::steady_clock::time_point;
/// A deadline that never comes.
inline constexpr Deadline kNever = Deadline::max();
/// Milliseconds until the deadline for poll(), at least 0 and at most `longest`.
int poll_timeout(Deadline deadline, std::chrono::milliseconds longest);

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

/// What reading once gave.
enum class ReadState {
  data,        ///< bytes were appended
  would_wait,  ///< nothing is there now
  end,         ///< the other side is gone
};

/// Appends what can be read at once to `bytes`, at most 64 KiB. Repeats on EINTR. Errors: io.
Result<ReadState> read_some(int fd, std::string& bytes);

/// Writes one frame to a socket or pipe, waiting no longer than the deadline when the other side does not
/// read. Never raises SIGPIPE on a socket. Errors: io when the other side is gone or the deadline passed;
/// internal when it is too long.
Status write_frame(int fd, std::string_view payload, Deadline deadline);

/// Reads bytes until a whole frame is in `buffer` and returns it; nothing at an orderly end of the stream.
/// Waits without limit. Errors: corrupt for a malformed frame or an end in the middle of one, io.
Result<std::optional<std::string>> read_frame(int fd, FrameBuffer& buffer);

}  // namespace tamis
