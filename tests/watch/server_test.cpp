#include "watch/server.h"

#include "watch/admission.h"
#include "watch/connection.h"
#include "watch/raw_client.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

namespace tamis::watch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ServedText text(const std::string& what) { return std::make_shared<const std::string>(what); }

/// A server of a page, a document and events, on a port that is free.
class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.port = options.port.value_or(0);
    Result<Server> started =
        Server::start(options, {[this]() -> Result<ServedText> { return text(page_); },
                                [this]() -> Result<ServedText> { return text(document_); }, &events_});
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::make_unique<Server>(std::move(*started));
  }
  httplib::Client client() const { return httplib::Client("127.0.0.1", server_->port()); }
  std::string ask(const std::string& request) const {
    RawClient raw(server_->port());
    EXPECT_TRUE(raw.send(request));
    return raw.read_all();
  }
  std::string ask_as(const std::string& host, const std::string& path = "/document.json") const {
    return ask("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }
  RawClient& listen(const std::string& path = "/events", const std::string& headers = "") {
    clients_.push_back(std::make_unique<RawClient>(server_->port()));
    EXPECT_TRUE(clients_.back()->send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n"));
    return *clients_.back();
  }
  void wait_for_streams(size_t count) const {
    const auto until = steady_clock::now() + std::chrono::seconds(10);
    while (server_->open_streams() != count && steady_clock::now() < until)
      std::this_thread::sleep_for(milliseconds(5));
    EXPECT_EQ(server_->open_streams(), count);
  }

  std::string page_ = "<!DOCTYPE html><title>page</title>";
  std::string document_ = "{\"schema\":1}";
  EventRing events_{"run", {.events = 4}};
  std::vector<std::unique_ptr<RawClient>> clients_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, ServesThePageAndTheDocument) {
  start();
  EXPECT_THAT(server_->address(), StartsWith("http://127.0.0.1:"));
  EXPECT_THAT(server_->address(), Not(HasSubstr("token")));
  const auto page = client().Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, page_);
  EXPECT_EQ(page->get_header_value("Content-Type"), "text/html; charset=utf-8");
  const auto document = client().Get("/document.json?token=x&more=1");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->body, document_);
  EXPECT_EQ(document->get_header_value("Content-Type"), "application/json");
  for (const httplib::Result* one : {&page, &document}) {
    const httplib::Result& answer = *one;
    EXPECT_EQ(answer->get_header_value("Cache-Control"), "no-store");
    EXPECT_EQ(answer->get_header_value("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer->get_header_value("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(answer->get_header_value("Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_FALSE(answer->has_header("Access-Control-Allow-Origin"));
    EXPECT_EQ(answer->get_header_value("Connection"), "close");
  }
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  start();
  for (const char* path : {"/", "/document.json", "/events"}) {
    const std::string answer = ask(std::string("HEAD ") + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n")) << path;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
    EXPECT_THAT(answer, Not(HasSubstr("Accept-Ranges")));
  }
  wait_for_streams(0);
}

TEST_F(ServerTest, HasNothingToWriteTo) {
  start();
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"})
    for (const char* path : {"/", "/document.json", "/events", "/other"}) {
      const std::string answer = ask(std::string(method) + " " + path +
                                     " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method << ' ' << path;
      EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
    }
  EXPECT_THAT(ask("BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, ServesNoFiles) {
  start();
  for (const char* path :
       {"/index.html", "/../etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd", "/%2e%2e/etc/passwd", "/./",
        "/document.json/", "/document.json%00", "/Document.json", "/events/..", "*", "/favicon.ico", "//"}) {
    const std::string answer = ask_as("localhost", path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 ")) << path;
    EXPECT_THAT(answer, Not(HasSubstr("root:")));
  }
}

TEST_F(ServerTest, AnswersOnlyToNamesOfThisMachine) {
  start();
  for (const std::string& host :
       {std::string("localhost"), std::string("LocalHost:80"), "127.0.0.1:" + std::to_string(server_->port()),
        std::string("127.1.2.3"), std::string("[::1]:9999"), std::string("[::1]")})
    EXPECT_THAT(ask_as(host), StartsWith("HTTP/1.1 200 ")) << host;
  for (const char* host :
       {"evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
        "localhost@evil.example", "", "[::2]", "0x7f000001", "localhost:80:80", "127.0.0.1 evil.example"})
    EXPECT_THAT(ask_as(host), StartsWith("HTTP/1.1 403 ")) << host;
  EXPECT_THAT(ask("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"),
              StartsWith("HTTP/1.1 403 "));
}

TEST_F(ServerTest, WantsATokenWhereOthersReachIt) {
  start({.host = "0.0.0.0"});
  const std::string mark = "?token=";
  const size_t at = server_->address().find(mark);
  ASSERT_NE(at, std::string::npos) << server_->address();
  const std::string token = server_->address().substr(at + mark.size());
  EXPECT_EQ(token.size(), 32U);
  for (const char* path : {"/", "/document.json"})
    EXPECT_THAT(ask_as("any.example", path + mark + token), StartsWith("HTTP/1.1 200 "));
  std::string wrong = token;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const std::string& query :
       {std::string(), mark, mark + wrong, mark + token + "0", mark + token.substr(1), "?tokem=" + token,
        mark + wrong + "&token=" + wrong})
    for (const char* path : {"/", "/document.json", "/events", "/other"})
      EXPECT_THAT(ask_as("localhost", path + query), StartsWith("HTTP/1.1 403 ")) << path << query;
  EXPECT_THAT(ask("POST /" + mark + token + " HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
}

TEST(Admission, MakesAnotherTokenEachTime) {
  const std::string one = random_token().value();
  EXPECT_EQ(one.size(), 32U);
  EXPECT_NE(one, random_token().value());
  EXPECT_TRUE(same_secret(one, one));
  for (const std::string& other : {std::string(), one + "0", one.substr(1), std::string(32, '0')})
    EXPECT_FALSE(same_secret(one, other)) << other;
}

TEST(Admission, KnowsWhichAddressesAreOfThisMachine) {
  EXPECT_TRUE(resolve("127.0.0.1").value().loopback);
  EXPECT_TRUE(resolve("127.5.5.5").value().loopback);
  EXPECT_TRUE(resolve("::1").value().loopback);
  EXPECT_TRUE(resolve("localhost").value().loopback);
  EXPECT_FALSE(resolve("0.0.0.0").value().loopback);
  EXPECT_TRUE(resolve("0.0.0.0").value().any);
  EXPECT_FALSE(resolve("::").value().loopback);
  EXPECT_FALSE(resolve("10.1.2.3").value().loopback);
  EXPECT_THAT(resolve("no.such.name.invalid").error().message, HasSubstr("no.such.name.invalid"));
}

TEST_F(ServerTest, SaysWhatIsWrongWithAnAddress) {
  start();
  const Content content{[]() -> Result<ServedText> { return text(""); },
                        []() -> Result<ServedText> { return text(""); }, &events_};
  const auto second = Server::start({.port = server_->port()}, content);
  ASSERT_FALSE(second.ok()) << "two servers would share the port";
  EXPECT_THAT(second.error().message, HasSubstr("is taken by another program; give another --port"));
  const auto foreign = Server::start({.host = "203.0.113.7", .port = 0}, content);
  ASSERT_FALSE(foreign.ok());
  EXPECT_THAT(foreign.error().message, HasSubstr("no address of this machine"));
}

TEST_F(ServerTest, SendsEventsAsTheyCome) {
  start();
  RawClient& stream = listen();
  EXPECT_THAT(stream.read_until("retry"), HasSubstr("Content-Type: text/event-stream\r\n"));
  events_.push("append", "{\"from\":1}");
  EXPECT_THAT(stream.read_until("from\":1"), HasSubstr("id: run-1\nevent: append\ndata: {\"from\":1}\n"));
  events_.push("append", "{\"from\":2}");
  EXPECT_THAT(stream.read_until("from\":2"), HasSubstr("id: run-2\n"));
}

TEST_F(ServerTest, BringsWhatWasMissedOrAReload) {
  start();
  for (int i = 1; i <= 6; ++i) events_.push("append", std::to_string(i));  // the newest four are kept
  EXPECT_THAT(listen("/events?after=run-4").read_until("run-6"), HasSubstr("id: run-5\nevent: append"));
  EXPECT_THAT(listen("/events?after=run-4", "Last-Event-ID: run-5\r\n").read_until("run-6"),
              Not(HasSubstr("id: run-5")))
      << "the header counts";
  for (const char* after : {"run-1", "old-5", "run-7", "17", "%00", "run-2%0d%0aX:%20y"})
    EXPECT_THAT(listen("/events?after=" + std::string(after)).read_until("reload"),
                HasSubstr("id: run-6\nevent: reload\ndata: {}"))
        << after;
  EXPECT_THAT(listen("/events", "Last-Event-ID: other-1\r\n").read_until("reload"),
              HasSubstr("event: reload"));
}

TEST_F(ServerTest, SaysNowAndThenThatAStreamIsAlive) {
  start({.heartbeat = milliseconds(50)});
  EXPECT_THAT(listen().read_until("\n:\n\n:\n\n"), HasSubstr("\n:\n\n:\n\n"));
}

TEST_F(ServerTest, BoundsItsStreamsAndForgetsThoseWhoHaveGone) {
  start({.most_streams = 3});
  for (int i = 0; i < 3; ++i) listen().read_until("retry");
  EXPECT_THAT(listen().read_until("close one"), HasSubstr("HTTP/1.1 503 "));
  EXPECT_EQ(client().Get("/")->status, 200) << "pages are served still";
  clients_.clear();
  wait_for_streams(0);
  EXPECT_THAT(listen().read_until("retry"), HasSubstr("HTTP/1.1 200 "));
}

TEST_F(ServerTest, BoundsItsConnections) {
  start({.most_connections = 4});
  for (int i = 0; i < 4; ++i) {
    clients_.push_back(std::make_unique<RawClient>(server_->port()));
    clients_.back()->send("GET / HT");
  }
  const auto until = steady_clock::now() + std::chrono::seconds(5);
  std::string answer;
  while (answer.find(" 503 ") == std::string::npos && steady_clock::now() < until)
    answer = ask_as("localhost");
  EXPECT_THAT(answer, HasSubstr(" 503 "));
  clients_.front()->send("TP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(clients_.front()->read_all(), HasSubstr(" 200 "));
}

TEST_F(ServerTest, ManyAtOnceAreAllAnswered) {
  start();
  std::atomic<int> good = 0, later = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) {
        const std::string answer = ask_as("localhost", k % 2 == 0 ? "/" : "/document.json");
        if (answer.starts_with("HTTP/1.1 200 ")) ++good;
        if (answer.starts_with("HTTP/1.1 503 ")) ++later;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good + later, 320);
  EXPECT_GT(good, 300);
}

TEST_F(ServerTest, GivesUpOnRequestsThatNeverEnd) {
  start({.request_time = milliseconds(200)});
  RawClient silent(server_->port());
  RawClient slow(server_->port());
  const auto begun = steady_clock::now();
  for (int i = 0; i < 100 && slow.send("G"); ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(silent.read_all(), "");
  slow.read_all();
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(10));
}

TEST_F(ServerTest, BoundsRequests) {
  start();
  const std::string host = "Host: localhost\r\n";
  EXPECT_THAT(ask("GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n"),
              Not(StartsWith("HTTP/1.1 200")));
  std::string many = "GET / HTTP/1.1\r\n" + host;
  for (int i = 0; i < 100'000; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  RawClient raw(server_->port());
  raw.send(many);  // the server hangs up in the middle
  EXPECT_THAT(raw.read_all(), Not(StartsWith("HTTP/1.1 200")));
  EXPECT_EQ(client().Get("/")->status, 200);
}

TEST_F(ServerTest, GivesNoRangesWhateverIsAskedFor) {
  document_ = std::string(100'000, 'x');
  start();
  for (const std::string range : {"bytes=0-1", "bytes=5-99999999999", "nonsense", "bytes=0-,0-,0-"}) {
    const std::string answer =
        ask("GET /document.json HTTP/1.1\r\nrAnge:" + range + "\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    EXPECT_LT(answer.size(), 101'000U);
    EXPECT_THAT(answer, HasSubstr(document_));
  }
}

TEST(Connection, DropsHeadersThatTheLibraryCannotBeTrustedWith) {
  const auto dropped = [](std::string request) {
    drop_risky_headers(request);
    return request;
  };
  EXPECT_EQ(dropped("GET / HTTP/1.1\r\nHost: a\r\nRANGE: b\r\nX: Range: c\r\naccept-encoding: br\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a\r\nX: Range: c\r\n\r\n");
  EXPECT_EQ(dropped("GET / HTTP/1.1\r\nA: b\nRange: c\r\n\r\n"), "GET / HTTP/1.1\r\nA: b\n\r\n");
  EXPECT_EQ(dropped("Range: as a request\r\n\r\n"), "Range: as a request\r\n\r\n");
  EXPECT_EQ(dropped("\n\r\n"), "\n\r\n");
  EXPECT_EQ(dropped("\n"), "\n");
}

TEST_F(ServerTest, SendsWhatItServesAsItIs) {
  document_ = std::string(100'000, 'x');
  start();
  const std::string answer =
      ask("GET /document.json HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br, gzip\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 100000\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Encoding")));
}

TEST_F(ServerTest, DropsReadersThatTakeNothing) {
  document_ = std::string(size_t{32} << 20, 'x');
  start({.most_connections = 2,
         .reader_patience = milliseconds(100),
         .reader_bytes_per_second = size_t{1} << 30});
  RawClient lazy(server_->port(), 4096);
  lazy.send("GET /document.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
  RawClient deaf(server_->port(), 4096);
  deaf.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  wait_for_streams(1);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) {
      events_.push("append", std::string(1 << 20, 'y'));
      std::this_thread::sleep_for(milliseconds(2));
    }
  });
  const auto until = steady_clock::now() + std::chrono::seconds(20);
  while (server_->open_streams() > 0 && steady_clock::now() < until)
    std::this_thread::sleep_for(milliseconds(20));
  stop = true;
  writer.join();
  EXPECT_EQ(server_->open_streams(), 0U);
  EXPECT_LT(lazy.read_all().size(), document_.size());
}

TEST_F(ServerTest, StopsAtOnceWithOpenStreams) {
  document_ = std::string(size_t{32} << 20, 'x');
  start();
  for (int i = 0; i < 5; ++i) listen().read_until("retry");
  RawClient silent(server_->port());
  RawClient lazy(server_->port(), 4096);
  lazy.send("GET /document.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto begun = steady_clock::now();
  server_->stop();
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(1));
  EXPECT_EQ(clients_.front()->read_all().find("event:"), std::string::npos);
  server_->stop();
  start();
  server_.reset();
}

TEST_F(ServerTest, SurvivesGarbage) {
  start();
  uint64_t state = 88172645463325252U;
  const auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  const std::string whole =
      "GET /document.json?after=%zz HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1,5-\r\n\r\n";
  for (int i = 0; i < 300; ++i) {
    std::string bytes = whole;
    for (uint64_t k = next() % 4; k < 6; ++k) bytes[next() % bytes.size()] = static_cast<char>(next());
    RawClient raw(server_->port());
    raw.send(bytes.substr(0, next() % bytes.size()));
  }
  EXPECT_EQ(client().Get("/")->status, 200);
}

}  // namespace
}  // namespace tamis::watch
