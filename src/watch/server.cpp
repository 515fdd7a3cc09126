#include "watch/server.h"

#include "watch/admission.h"
#include "watch/connection.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tamis::watch {
namespace {

/// A pool whose queue never holds more than its threads can take at once; beyond that, the listening thread
/// runs a job itself, which must then refuse what it is of.
class BoundedPool : public httplib::ThreadPool {
 public:
  explicit BoundedPool(size_t most) : ThreadPool(most), most_(most) {}

  void enqueue(std::function<void()> job) override {
    if (busy_ >= most_) {
      job();
      return;
    }
    ++busy_;
    ThreadPool::enqueue([this, job = std::move(job)] {
      job();
      --busy_;
    });
  }

 private:
  const size_t most_;
  std::atomic<size_t> busy_ = 0;
};

/// Counts a stream as long as it lives.
class StreamSlot {
 public:
  /// Nothing where there are as many as may be.
  static std::shared_ptr<StreamSlot> take(std::atomic<size_t>& count, size_t most) {
    auto slot = std::make_shared<StreamSlot>(count);
    return slot->taken_ > most ? nullptr : slot;
  }
  explicit StreamSlot(std::atomic<size_t>& count) : count_(count), taken_(++count) {}
  ~StreamSlot() { --count_; }
  StreamSlot(const StreamSlot&) = delete;
  StreamSlot& operator=(const StreamSlot&) = delete;

 private:
  std::atomic<size_t>& count_;
  const size_t taken_;  ///< how many there were with this one
};

/// The library's server, with connections that are bounded (Connection), and one request on each.
class BoundedServer : public httplib::Server {
 public:
  BoundedServer(const ConnectionLimits& limits, size_t most_connections) : limits_(limits) {
    new_task_queue = [most_connections] { return new BoundedPool(most_connections); };
    // Without the library's SO_REUSEPORT, by which a second server shares the port of a first one.
    set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
  }

  /// Once it is bound: the library lets five wait to be accepted, and a sixth try again after a second.
  void let_more_wait() const {
    constexpr int kBacklog = 64;
    ::listen(svr_sock_, kBacklog);
  }

  void listen_until_stopped() {
    listening_ = std::this_thread::get_id();
    listen_after_bind();
    finished_ = true;
  }

  /// Ends listening, which has been begun on another thread, as soon as it is heeded.
  void end_listening() {
    while (!is_running() && !finished_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    stop();
  }

  /// Ends what is read and written now, and what comes.
  void end_connections() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
  }

 private:
  bool process_and_close_socket(socket_t socket) override {
    if (std::this_thread::get_id() == listening_) {
      refuse(socket);
    } else if (open(socket)) {
      answer(socket);
      if (close(socket)) end_connection(socket);
    }
    ::close(socket);
    return true;
  }

  void answer(socket_t socket) {
    Connection connection(socket, limits_);
    bool closed = false;
    try {
      process_request(connection, true, closed, nullptr);
    } catch (...) {  // what the library throws at a request concerns this connection alone
    }
  }

  static void refuse(socket_t socket) {
    constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: "
        "close\r\n\r\n";
    ::send(socket, kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(socket, SHUT_WR);
  }

  bool open(socket_t socket) {
    const std::lock_guard lock(mutex_);
    if (!ended_) open_.insert(socket);
    return !ended_;
  }
  /// Whether there is time to end it gently. Before the number of the socket can be another's.
  bool close(socket_t socket) {
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
    return !ended_;
  }

  const ConnectionLimits limits_;
  std::thread::id listening_;
  std::atomic<bool> finished_ = false;
  std::mutex mutex_;
  std::set<int> open_;
  bool ended_ = false;
};

using httplib::Request;
using httplib::Response;

/// Why an address cannot be listened at, which the library does not tell.
Error cannot_listen(const std::string& numeric, uint16_t port) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, numeric.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    size = sizeof v4;
  } else if (::inet_pton(AF_INET6, numeric.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    size = sizeof v6;
  }
  const int socket = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool bound = socket >= 0 && ::bind(socket, reinterpret_cast<const sockaddr*>(&storage), size) == 0;
  const int code = bound ? 0 : errno;
  if (socket >= 0) ::close(socket);
  switch (code) {
    case EADDRINUSE:
      return invalid_input(
          fmt::format("port {} of {} is taken by another program; give another --port, or "
                      "--port 0 for any that is free",
                      port, numeric));
    case EACCES:
      return invalid_input(
          fmt::format("port {} is not for everyone's programs; give a --port from 1024 on, or 0", port));
    case EADDRNOTAVAIL:
      return invalid_input(
          fmt::format("{} is no address of this machine; give --host one of its own, or leave "
                      "it out for 127.0.0.1",
                      numeric));
    default:
      return io_error(fmt::format("cannot listen at port {} of {}: {}", port, numeric,
                                  code == 0 ? "it failed a moment ago; try again" : std::strerror(code)));
  }
}

/// An answer that says what is wrong.
void refuse(Response& response, int status, const std::string& why) {
  response.status = status;
  response.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.set_content(why + "\n", "text/plain; charset=utf-8");
}

/// The text of an event that has the page load the document, with the id of all that there was.
std::string reload_text(const EventRing& events, EventRing::Position position) {
  return fmt::format("id: {}\nevent: reload\ndata: {{}}\n\n", events.id_of(position));
}

/// One reader's way through the events.
class EventReader {
 public:
  EventReader(const EventRing& events, std::string_view last_id, std::chrono::milliseconds heartbeat)
      : events_(events), heartbeat_(heartbeat), position_(events.end()) {
    text_ = ": tamis watch\nretry: 1000\n\n";
    if (last_id.empty()) return;
    if (const auto known = events.find(last_id))
      position_ = *known;
    else
      text_ += reload_text(events, position_);
  }

  /// Sends what is new, or waits a while for it. False where the reader has gone.
  bool advance(httplib::DataSink& sink) {
    constexpr std::chrono::milliseconds kPatience{500};  // how soon a reader that has gone is noticed
    if (text_.empty()) take(kPatience);
    if (!sink.is_writable()) return false;
    if (text_.empty() && Clock::now() - said_ >= heartbeat_) text_ = ":\n\n";
    if (text_.empty()) return true;
    said_ = Clock::now();
    const std::string text = std::exchange(text_, {});
    return sink.write(text.data(), text.size());
  }

 private:
  using Clock = std::chrono::steady_clock;

  void take(std::chrono::milliseconds patience) {
    const auto news = events_.after(position_, patience);
    position_ = news ? news->position : events_.end();
    text_ = news ? news->text : reload_text(events_, position_);
  }

  const EventRing& events_;
  const std::chrono::milliseconds heartbeat_;
  EventRing::Position position_;
  std::string text_;  ///< not sent yet
  Clock::time_point said_ = Clock::now();
};

std::string own_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

}  // namespace

struct Server::State {
  State(ServerOptions given, Content served, Admission who)
      : options(std::move(given)),
        content(std::move(served)),
        admission(std::move(who)),
        http({.request_time = options.request_time,
              .reader_patience = options.reader_patience,
              .bytes_per_second = options.reader_bytes_per_second},
             options.most_connections) {}
  ~State() { stop(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool bind(const ListenAddress& at);
  void route();
  void answer(const Request& request, Response& response);
  void send_text(const Result<ServedText>& text, const char* type, Response& response) const;
  void send_events(const Request& request, Response& response);
  void stop();

  const ServerOptions options;
  const Content content;
  const Admission admission;
  std::string address;
  uint16_t port = 0;
  std::atomic<size_t> streams = 0;
  std::atomic<bool> stopping = false;
  BoundedServer http;
  std::thread thread;
};

bool Server::State::bind(const ListenAddress& at) {
  const uint16_t wanted = options.port.value_or(kUsualPort);
  int got = wanted != 0 && http.bind_to_port(at.numeric, wanted) ? wanted : -1;
  if (got < 0 && options.port.value_or(0) == 0) got = http.bind_to_any_port(at.numeric);
  if (got <= 0) return false;
  port = static_cast<uint16_t>(got);
  http.let_more_wait();
  std::string host = at.any ? own_name() : at.numeric;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";  // an address of IPv6
  address = fmt::format("http://{}:{}/", host, port);
  if (!admission.token().empty()) address += "?token=" + admission.token();
  return true;
}

void Server::State::route() {
  http.set_default_headers({{"Cache-Control", "no-store"},
                            {"Cross-Origin-Resource-Policy", "same-origin"},
                            {"Referrer-Policy", "no-referrer"},
                            {"X-Content-Type-Options", "nosniff"},
                            {"X-Frame-Options", "DENY"}});
  // Before the library looks at a path or reads a body; there are no other handlers.
  http.set_pre_routing_handler([this](const Request& request, Response& response) {
    answer(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  http.set_exception_handler([](const Request&, Response& response, const std::exception_ptr&) {
    response.status = 500;  // without what the library would say of it
  });
  // It would promise ranges, which are not given.
  http.set_post_routing_handler(
      [](const Request&, Response& response) { response.headers.erase("Accept-Ranges"); });
}

void Server::State::answer(const Request& request, Response& response) {
  const std::string host =
      request.get_header_value_count("Host") == 1 ? request.get_header_value("Host") : "";
  const std::string token = request.get_param_value("token");
  if (const char* why = admission.refuse(host, token); why != nullptr) {
    refuse(response, 403, why);
  } else if (request.method != "GET" && request.method != "HEAD") {
    response.set_header("Allow", "GET, HEAD");
    refuse(response, 405, "tamis watch only shows; it can be asked by GET and HEAD alone");
  } else if (request.path == "/") {
    response.set_header("Content-Security-Policy", "frame-ancestors 'none'");  // the page has one of its own
    send_text(content.page(), "text/html; charset=utf-8", response);
  } else if (request.path == "/document.json") {
    response.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    send_text(content.document(), "application/json", response);
  } else if (request.path == "/events") {
    send_events(request, response);
  } else {
    refuse(response, 404, "there is nothing here; the page of tamis watch is at /");
  }
}

void Server::State::send_text(const Result<ServedText>& text, const char* type, Response& response) const {
  if (!text.ok()) {
    refuse(response, 503, text.error().message);
    return;
  }
  response.set_content_provider(
      (*text)->size(), type, [text = *text](size_t offset, size_t length, httplib::DataSink& sink) {
        return sink.write(text->data() + offset, std::min(length, text->size() - offset));
      });
}

void Server::State::send_events(const Request& request, Response& response) {
  std::shared_ptr<StreamSlot> slot = StreamSlot::take(streams, options.most_streams);
  if (!slot) {
    response.set_header("Retry-After", "5");
    refuse(response, 503, "too many pages are watching; close one");
    return;
  }
  std::string last_id = request.get_header_value("Last-Event-ID");
  if (last_id.empty()) last_id = request.get_param_value("after");
  auto reader = std::make_shared<EventReader>(*content.events, last_id, options.heartbeat);
  response.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.set_content_provider("text/event-stream",
                                [this, reader, slot = std::move(slot)](size_t, httplib::DataSink& sink) {
                                  return !stopping && reader->advance(sink);
                                });
}

void Server::State::stop() {
  if (!thread.joinable()) return;
  stopping = true;
  content.events->wake();
  http.end_listening();
  http.end_connections();
  thread.join();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::start(const ServerOptions& options, Content content) {
  TAMIS_ASSIGN(const ListenAddress at, resolve(options.host));
  Admission admission = Admission::of_this_machine(options.host);
  if (!at.loopback) {
    TAMIS_ASSIGN(std::string token, random_token());
    admission = Admission::with_token(std::move(token));
  }
  auto state = std::make_unique<State>(options, std::move(content), std::move(admission));
  if (!state->bind(at)) return cannot_listen(at.numeric, options.port.value_or(0));
  state->route();
  state->thread = std::thread([http = &state->http] { http->listen_until_stopped(); });
  return Server(std::move(state));
}

const std::string& Server::address() const { return state_->address; }
uint16_t Server::port() const { return state_->port; }
size_t Server::open_streams() const { return state_->streams; }
void Server::stop() { state_->stop(); }

}  // namespace tamis::watch
