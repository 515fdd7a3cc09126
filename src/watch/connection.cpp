#include "watch/connection.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <poll.h>
#include <sys/socket.h>

namespace tamis::watch {
namespace {

using std::chrono::milliseconds;

/// After the end of a line.
constexpr std::string_view kEmptyLine = "\n\r\n";

/// Waits for some of the events; false where none came.
bool wait_for(int socket, short events, std::chrono::steady_clock::duration patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    pollfd one{socket, events, 0};
    const int count = ::poll(&one, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

}  // namespace

Connection::Connection(int socket, const ConnectionLimits& limits)
    : socket_(socket), limits_(limits), request_until_(Clock::now() + limits.request_time) {}

bool Connection::is_readable() const { return !received_ || taken_ < request_.size(); }

bool Connection::is_writable() const { return !wait_for(socket_, POLLRDHUP, milliseconds(0)); }

ssize_t Connection::read(char* to, size_t size) {
  if (!received_ && !receive_request()) return -1;
  const size_t count = std::min(size, request_.size() - taken_);
  std::memcpy(to, request_.data() + taken_, count);
  taken_ += count;
  return static_cast<ssize_t>(count);
}

/// All of it, up to the empty line that ends it.
bool Connection::receive_request() {
  received_ = true;
  std::array<char, 4096> some{};
  while (request_.find(kEmptyLine) == std::string::npos) {
    const size_t room = std::min(some.size(), limits_.request_bytes - request_.size());
    const bool in_time = room > 0 && wait_for(socket_, POLLIN, request_until_ - Clock::now());
    const ssize_t count = in_time ? ::recv(socket_, some.data(), room, MSG_DONTWAIT) : 0;
    if (count <= 0) {
      request_.clear();
      return false;
    }
    request_.append(some.data(), static_cast<size_t>(count));
  }
  request_.resize(request_.find(kEmptyLine) + kEmptyLine.size());
  drop_risky_headers(request_);
  return true;
}

ssize_t Connection::write(const char* from, size_t size) {
  for (;;) {
    const ssize_t count = ::send(socket_, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) sent_ += static_cast<size_t>(count);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_for_reader()) return -1;
  }
}

/// Until there is room for more, or the reader has used up its time.
bool Connection::wait_for_reader() {
  const auto earned = std::chrono::milliseconds(sent_ * 1000 / limits_.bytes_per_second);
  const auto begun = Clock::now();
  const bool ready = wait_for(socket_, POLLOUT, limits_.reader_patience + earned - waited_);
  waited_ += Clock::now() - begun;
  return ready;
}

// The library would put them among the headers of the request, where nobody asks for them.
void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const { get_remote_ip_and_port(ip, port); }

void drop_risky_headers(std::string& request) {
  const auto end_of_line = [&](size_t begin) {
    return std::min(request.find('\n', begin), request.size() - 1) + 1;
  };
  size_t kept = end_of_line(0);
  for (size_t begin = kept, end = 0; begin < request.size(); begin = end) {
    end = end_of_line(begin);
    const std::string line = in_small_letters(std::string_view(request).substr(begin, end - begin));
    if (line.starts_with("range:") || line.starts_with("accept-encoding:")) continue;
    request.replace(kept, line.size(), request, begin, line.size());
    kept += line.size();
  }
  request.resize(kept);
}

void end_connection(int socket) {
  constexpr milliseconds kMoment{300};
  constexpr size_t kMost = size_t{64} << 10;
  ::shutdown(socket, SHUT_WR);
  std::array<char, 4096> rest{};
  const auto until = std::chrono::steady_clock::now() + kMoment;
  for (size_t taken = 0;
       taken < kMost && wait_for(socket, POLLIN, until - std::chrono::steady_clock::now());) {
    const ssize_t count = ::recv(socket, rest.data(), rest.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    taken += static_cast<size_t>(count);
  }
}

}  // namespace tamis::watch
