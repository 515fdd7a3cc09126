#include "measure/pipe.h"

#include <fmt/format.h>
#include <poll.h>

namespace tamis {
namespace {

constexpr size_t kLengthBytes = 4;

}  // namespace

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

Status write_frame(int fd, std::string_view payload, Deadline deadline) {
  if (payload.empty() || payload.size() > kMaxFrameBytes)
    return Error{ErrorKind::internal, fmt::format("a message of {} bytes cannot be sent", payload.size())};
  std::string frame;
  frame.reserve(kLengthBytes + payload.size());
  for (size_t i = 0; i < kLengthBytes; ++i) frame += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  frame += payload;
  return write_all(fd, frame, deadline);
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
