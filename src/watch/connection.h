#pragma once

#include <chrono>
#include <string>

#include <httplib.h>

namespace tamis::watch {

/// What one connection may take.
struct ConnectionLimits {
  size_t request_bytes = size_t{16} << 10;         ///< request line and headers together
  std::chrono::milliseconds request_time{10'000};  ///< from the first byte that is waited for to the last
  /// How long a reader may keep the server waiting in all, and how many bytes buy it another second.
  std::chrono::milliseconds reader_patience{10'000};
  size_t bytes_per_second = size_t{128} << 10;
};

/// A socket as the library reads and writes it, with an end to both: its own streams give a peer that sends
/// or takes a byte now and then all the time that it wants, and headers all the memory. What is read is one
/// request without its body, which nobody here wants, and without what the library cannot be trusted with
/// (drop_risky_headers). Does not own the socket. Not thread safe; a shutdown of the socket on another thread
/// ends every wait.
class Connection : public httplib::Stream {
 public:
  Connection(int socket, const ConnectionLimits& limits);

  bool is_readable() const override;
  /// False once the peer has closed its side.
  bool is_writable() const override;
  ssize_t read(char* to, size_t size) override;
  ssize_t write(const char* from, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;

  bool receive_request();
  bool wait_for_reader();

  int socket_;
  const ConnectionLimits limits_;
  Clock::time_point request_until_;
  bool received_ = false;
  std::string request_;
  size_t taken_ = 0;  ///< of the request
  size_t sent_ = 0;
  Clock::duration waited_{};  ///< for the reader
};

/// Takes out of a request two headers that the page needs nothing of: what cpp-httplib 0.11.4 does to read
/// the one and to heed the other may cost it more than an answer is worth.
void drop_risky_headers(std::string& request);

/// Ends a connection such that what was written arrives: the peer gets the end, and what it still sends is
/// taken for a moment, since the operating system resets a connection that is closed with unread bytes.
void end_connection(int socket);

}  // namespace tamis::watch
