#include "measure/pipe.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tamis {
namespace {

constexpr size_t kLengthBytes = 4;

Error system_error(const char* doing) {
  return io_error(fmt::format("{} failed: {}", doing, std::strerror(errno)));
}

/// send() for its flag against SIGPIPE, write() where the descriptor is no socket.
ssize_t write_once(int fd, std::string_view bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return sent < 0 && errno == ENOTSOCK ? ::write(fd, bytes.data(), bytes.size()) : sent;
}

}  // namespace

void FileDescriptor::close() {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

int poll_timeout(Deadline deadline, std::chrono::milliseconds longest) {
  const auto now = std::chrono::steady_clock::now();
  if (deadline <= now) return 0;
  if (deadline - now >= longest) return static_cast<int>(longest.count());
  // Rounded up, so that a last fraction of a millisecond is not spent spinning.
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count());
}

Result<std::optional<std::string>> FrameBuffer::next() {
  if (bytes_.size() < kLengthBytes) return std::optional<std::string>();
  uint32_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i)
    length |= static_cast<uint32_t>(static_cast<uint8_t>(bytes_[i])) << (8 * i);
  if (length == 0 || length > kMaxFrameBytes)
    return corrupt(
        fmt::format("a frame of {} bytes was announced; it must have 1 to {}", length, kMaxFrameBytes));
  if (bytes_.size() < kLengthBytes + length) return std::optional<std::string>();
  std::string frame = bytes_.substr(kLengthBytes, length);
  bytes_.erase(0, kLengthBytes + length);
  return std::optional<std::string>(std::move(frame));
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
    if (errno != EINTR) return system_error("reading from a worker's connection");
  }
}

Status write_frame(int fd, std::string_view payload, Deadline deadline) {
  if (payload.empty() || payload.size() > kMaxFrameBytes)
    return Error{ErrorKind::internal, fmt::format("a message of {} bytes cannot be sent", payload.size())};
  std::string frame;
  frame.reserve(kLengthBytes + payload.size());
  for (size_t i = 0; i < kLengthBytes; ++i) frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  frame += payload;
  std::string_view rest = frame;
  while (!rest.empty()) {
    pollfd ready{fd, POLLOUT, 0};
    const int count =
        ::poll(&ready, 1, deadline == kNever ? -1 : poll_timeout(deadline, std::chrono::seconds(60)));
    if (count < 0 && errno != EINTR) return system_error("waiting for a worker's connection");
    if (count == 0 && std::chrono::steady_clock::now() >= deadline)
      return io_error("the other side does not read what it is sent");
    if (count <= 0) continue;
    const ssize_t written = write_once(fd, rest);
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
    if (written < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
      return system_error("writing to a worker's connection");
  }
  return {};
}

Result<std::optional<std::string>> read_frame(int fd, FrameBuffer& buffer) {
  for (;;) {
    TAMIS_ASSIGN(std::optional<std::string> frame, buffer.next());
    if (frame) return frame;
    std::string bytes;
    TAMIS_ASSIGN(const ReadState state, read_some(fd, bytes));
    buffer.add(bytes);
    if (state == ReadState::end) {
      if (buffer.partial()) return corrupt("the connection ended in the middle of a message");
      return std::optional<std::string>();
    }
    if (state == ReadState::would_wait) {
      pollfd ready{fd, POLLIN, 0};
      ::poll(&ready, 1, -1);
    }
  }
}

}  // namespace tamis
