// tamis watch beside a tamis tune, as a browser meets it.
#include "cli/command.h"

#include <chrono>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace tamis::cli::testing {
namespace {

using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// One request on a connection of its own, and what comes of it.
class Request {
 public:
  Request(uint16_t port, const std::string& path) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const std::string text = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  ~Request() { ::close(socket_); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// All that came, up to a text or to the end.
  const std::string& read_until(const std::string& part) {
    char buffer[4096];
    const auto until = steady_clock::now() + std::chrono::seconds(30);
    while ((part.empty() || got_.find(part) == std::string::npos) && steady_clock::now() < until) {
      const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      got_.append(buffer, static_cast<size_t>(count));
    }
    return got_;
  }

 private:
  int socket_;
  std::string got_;
};

class WatchCommandTest : public CommandTest {
 protected:
  static Invocation invoke(std::vector<std::string> arguments) {
    Invocation invocation;
    invocation.arguments = std::move(arguments);
    return invocation;
  }
  /// The address that it prints.
  static std::string address_of(const Running& watch) {
    const auto until = steady_clock::now() + std::chrono::seconds(20);
    while (watch.out().find('\n') == std::string::npos && steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return watch.out();
  }
  static uint16_t port_of(const std::string& address) {
    return static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  /// Whether the document has a text within half a minute.
  static bool comes_to_have(uint16_t port, const std::string& text) {
    const auto until = steady_clock::now() + std::chrono::seconds(30);
    while (Request(port, "/document.json").read_until("").find(text) == std::string::npos) {
      if (steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
  }
  std::string log() const { return directory_.path() + "/log.sqlite"; }
};

TEST_F(WatchCommandTest, ShowsTheTrialsOfATuner) {
  Running watch(invoke({"watch", log(), "--port", "0"}));
  const std::string address = address_of(watch);
  ASSERT_THAT(address, StartsWith("http://127.0.0.1:"));
  const uint16_t port = port_of(address);
  EXPECT_THAT(Request(port, "/document.json").read_until(""), HasSubstr("no such log yet"));
  Request stream(port, "/events");
  stream.read_until("retry");
  Running tuner(invoke(tune_arguments(kLarge, {"--target", "vta", "--trials", "200", "--jobs", "1"})));
  EXPECT_THAT(stream.read_until("event: append"), HasSubstr("event: reload")) << "the log and its session";
  const std::string page = Request(port, "/").read_until("");
  EXPECT_THAT(page, HasSubstr("\"live\":{"));
  EXPECT_EQ(tuner.finish().code, 0);
  // How soon is bench/watch_beside_tune's to say.
  EXPECT_TRUE(comes_to_have(port, "\"trials\":200,"));
  watch.send(SIGINT);
  const Finished finished = watch.finish();
  EXPECT_EQ(finished.code, 0) << "with an open stream";
  EXPECT_EQ(finished.err, "");
  EXPECT_EQ(finished.out, address);
}

TEST_F(WatchCommandTest, GoesOnWhenTheTunerIsKilled) {
  Running watch(invoke({"watch", log(), "--port", "0"}));
  const uint16_t port = port_of(address_of(watch));
  Request stream(port, "/events");
  stream.read_until("retry");
  {
    Running tuner(invoke(tune_arguments(kLarge, {"--target", "vta", "--trials", "900"})));
    stream.read_until("event: append");
    tuner.send(SIGKILL);
    EXPECT_EQ(tuner.finish().code, 128 + SIGKILL);
  }
  const Finished resumed = tune(kLarge, {"--target", "vta", "--trials", "900", "--resume"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_TRUE(comes_to_have(port, "\"trials\":900,"));
}

TEST_F(WatchCommandTest, PrintsAnAddressWithATokenWhereOthersReachIt) {
  Running watch(invoke({"watch", log(), "--port", "0", "--host", "0.0.0.0"}));
  const std::string address = address_of(watch);
  const size_t token = address.find("/?token=");
  ASSERT_NE(token, std::string::npos) << address;
  const uint16_t port = port_of(address.substr(0, token));
  EXPECT_THAT(Request(port, "/document.json").read_until(""), StartsWith("HTTP/1.1 403 "));
  const std::string query = address.substr(token + 1, address.size() - token - 2);
  EXPECT_THAT(Request(port, "/document.json" + query).read_until(""), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WatchCommandTest, RefusesWhatCannotBeALog) {
  for (const std::string& path :
       {directory_.path(), std::string("/dev/zero"), std::string(TAMIS_TEST_DATA "/log/README.md")}) {
    const Finished finished = tamis({"watch", path, "--port", "0"});
    EXPECT_EQ(finished.code, 2) << path;
    EXPECT_THAT(finished.err, HasSubstr(path));
  }
}

TEST_F(WatchCommandTest, SaysWhatIsWrongWithItsArguments) {
  Running watch(invoke({"watch", log(), "--port", "0"}));
  const std::string port = std::to_string(port_of(address_of(watch)));
  const Finished second = tamis({"watch", log(), "--port", port});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("port " + port + " of 127.0.0.1 is taken by another program"));
  EXPECT_EQ(tamis({"watch"}).code, 2);
  EXPECT_EQ(tamis({"watch", log(), "--port", "65536"}).code, 2);
  const Finished nowhere = tamis({"watch", log(), "--host", "no.such.name.invalid"});
  EXPECT_EQ(nowhere.code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("no address \"no.such.name.invalid\""));
}

}  // namespace
}  // namespace tamis::cli::testing
