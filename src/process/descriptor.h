#pragma once

#include "tamis/result.h"

#include <chrono>
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
/// The moment that lies so far from now; kNever where there is no such moment.
Deadline deadline_after(std::chrono::milliseconds duration);
/// Milliseconds until the deadline for poll(), at least 0 and at most `longest`.
int poll_timeout(Deadline deadline, std::chrono::milliseconds longest);

/// What reading once gave.
enum class ReadState {
  data,        ///< bytes were appended
  would_wait,  ///< nothing is there now
  end,         ///< the other side is gone
};

/// Appends what can be read at once to `bytes`, at most 64 KiB. Repeats on EINTR. Errors: io.
Result<ReadState> read_some(int fd, std::string& bytes);

/// Writes all bytes to a socket or pipe, waiting no longer than the deadline when the other side does not
/// read. Never raises SIGPIPE on a socket. Errors: io when the other side is gone or the deadline passed.
Status write_all(int fd, std::string_view bytes, Deadline deadline);

}  // namespace tamis
