#include "process/descriptor.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tamis {
namespace {

Error system_error(const char* doing) {
  return io_error(fmt::format("{} failed: {}", doing, std::strerror(errno)));
}

/// send() for its flag against SIGPIPE, write() where the descriptor is not a socket.
ssize_t write_once(int fd, std::string_view bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return sent < 0 && errno == ENOTSOCK ? ::write(fd, bytes.data(), bytes.size()) : sent;
}

}  // namespace

void FileDescriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Deadline deadline_after(std::chrono::milliseconds duration) {
  const auto now = std::chrono::steady_clock::now();
  return duration >= std::chrono::floor<std::chrono::milliseconds>(kNever - now) ? kNever : now + duration;
}

int poll_timeout(Deadline deadline, std::chrono::milliseconds longest) {
  const auto now = std::chrono::steady_clock::now();
  if (deadline <= now) return 0;
  if (deadline - now >= longest) return static_cast<int>(longest.count());
  // Rounded up, so that a last fraction of a millisecond is not spent spinning.
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count());
}

Result<ReadState> read_some(int fd, std::string& bytes) {
  std::array<char, 65536> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  for (;;) {
    const ssize_t count = ::read(fd, chunk.data(), chunk.size());
    if (count > 0) {
      bytes.append(chunk.data(), static_cast<size_t>(count));
      return ReadState::data;
    }
    if (count == 0 || errno == ECONNRESET) return ReadState::end;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return ReadState::would_wait;
    if (errno != EINTR) return system_error("reading from another process");
  }
}

Status write_all(int fd, std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    pollfd ready{fd, POLLOUT, 0};
    const int count =
        ::poll(&ready, 1, deadline == kNever ? -1 : poll_timeout(deadline, std::chrono::seconds(60)));
    if (count < 0 && errno != EINTR) return system_error("waiting for another process");
    if (count == 0 && std::chrono::steady_clock::now() >= deadline)
      return io_error("the other side does not read what it is sent");
    if (count <= 0) continue;
    const ssize_t written = write_once(fd, bytes);
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
    if (written < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
      return system_error("writing to another process");
  }
  return {};
}

}  // namespace tamis
