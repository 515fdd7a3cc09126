#include "watch/watch.h"

#include "base/json.h"
#include "watch/follower.h"
#include "watch/log_writing.h"
#include "watch/raw_client.h"

#include <chrono>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis::watch {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class WatchTest : public LogWriting {
 protected:
  void start(std::vector<std::string> logs = {}) {
    WatchOptions options;
    options.logs = logs.empty() ? std::vector<std::string>{path_} : std::move(logs);
    options.server.port = 0;
    Result<Watch> started = Watch::start(options);
    ASSERT_TRUE(started.ok()) << started.error().message;
    watch_.emplace(std::move(*started));
    const std::string& address = watch_->address();
    port_ = static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  std::string get(const std::string& path) const {
    RawClient raw(port_);
    raw.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string answer = raw.read_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }
  Json document() const { return parse_json(get("/document.json"), "document").value(); }
  std::unique_ptr<RawClient> events(const Json& document) const {
    auto raw = std::make_unique<RawClient>(port_);
    raw->send("GET /events?after=" + document["live"]["after"].get<std::string>() +
              " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    raw->read_until("retry");
    return raw;
  }
  /// The data of the first event of a kind.
  static Json data_of(const std::string& stream, const std::string& kind) {
    const std::string mark = "event: " + kind + "\ndata: ";
    const size_t at = stream.find(mark);
    if (at == std::string::npos) return {};
    const size_t begin = at + mark.size();
    return parse_json(stream.substr(begin, stream.find('\n', begin) - begin), "event").value();
  }

  std::optional<Watch> watch_;
  uint16_t port_ = 0;
};

TEST_F(WatchTest, ShowsALogAndWhatComesToItWithinASecond) {
  Log log = open();
  const int64_t id = add_session(log);
  append(log, id, {0, 1});
  start();
  EXPECT_THAT(get("/"), HasSubstr("\"live\":{"));
  EXPECT_THAT(get("/"), Not(HasSubstr("%TAMIS_DATA%")));
  const Json before = document();
  EXPECT_EQ(before["live"]["events"], "events");
  EXPECT_EQ(before["live"]["document"], "document.json");
  EXPECT_EQ(before["sessions"][0]["trials"]["count"], 2);
  const auto stream = events(before);
  const auto begun = steady_clock::now();
  append(log, id, {2});
  const Json news = data_of(stream->read_until("\"session\":0"), "append");
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(1));
  EXPECT_EQ(news["session"], 0);
  EXPECT_EQ(news["from"], 2);
  EXPECT_EQ(news["trials"]["count"], 1);
  EXPECT_EQ(document()["sessions"][0]["trials"]["count"], 3);
}

TEST_F(WatchTest, APageThatWasAwayGetsWhatItMissed) {
  Log log = open();
  const int64_t id = add_session(log);
  append(log, id, {0});
  start();
  const Json before = document();
  std::string last;
  {
    const auto stream = events(before);
    append(log, id, {1});
    const std::string got = stream->read_until("\"session\":0");
    const size_t at = got.find("id: ") + 4;
    last = got.substr(at, got.find('\n', at) - at);
  }
  append(log, id, {2});
  Json there;
  there["live"]["after"] = last;
  EXPECT_EQ(data_of(events(there)->read_until("\"session\":0"), "append")["from"], 2);
  there["live"]["after"] = "another-1";
  EXPECT_THAT(events(there)->read_until("reload"), HasSubstr("event: reload\ndata: {}"));
}

TEST_F(WatchTest, WaitsForALogAndSaysSo) {
  start();
  const Json before = document();
  EXPECT_THAT(before["sessions"], IsEmpty());
  EXPECT_THAT(before["missing"][0]["why"].get<std::string>(), HasSubstr("no such log yet"));
  const auto stream = events(before);
  Log log = open();
  append(log, add_session(log), {0});
  EXPECT_THAT(stream->read_until("reload"), HasSubstr("event: reload"));
  EXPECT_THAT(document()["sessions"], SizeIs(1));
}

TEST_F(WatchTest, ShowsSeveralLogsByTheirPositionsInTheDocument) {
  Log log = open();
  append(log, add_session(log, 1), {0});
  append(log, add_session(log, 2), {0});
  const std::string other_path = directory_ + "/other.db";
  Log other = Log::open(other_path, LogMode::read_write).value();
  const int64_t id = add_session(other, 3);
  append(other, id, {0});
  start({path_, other_path});
  const Json before = document();
  ASSERT_THAT(before["sessions"], SizeIs(3));
  EXPECT_EQ(before["sessions"][2]["seed"], "3");
  const auto stream = events(before);
  append(other, id, {1});
  EXPECT_EQ(data_of(stream->read_until("\"session\":"), "append")["session"], 2);
}

TEST_F(WatchTest, RowsAndTextsAddUpToTheDocument) {
  Log log = open();
  const int64_t id = add_session(log);
  EventRing events("run");
  Follower follower({path_}, events, milliseconds(0));
  follower.look();
  std::vector<std::string> messages;
  uint64_t rows = 0;
  for (uint64_t number = 0; number < 12; number += 3) {
    append(log, id, {number, number + 1, number + 2});
    const EventRing::Position before = events.end();
    follower.look();
    const Json news = data_of(events.after(before, milliseconds(0))->text, "append");
    EXPECT_EQ(news["from"], rows);
    rows += news["trials"]["count"].get<uint64_t>();
    for (const Json& message : news["messages"]) messages.push_back(message);
  }
  const Follower::Snapshot snapshot = follower.snapshot();
  EXPECT_EQ(rows, 12U);
  EXPECT_EQ(snapshot.logs[0].sessions[0].to_json(0, "g")["messages"], Json(messages));
  EXPECT_EQ(snapshot.position, events.end());
  EXPECT_EQ(follower.trials(), 12U);
}

TEST_F(WatchTest, WritesNothing) {
  std::string before;
  {
    Log log = open();
    append(log, add_session(log), {0, 1, 2});
  }
  before = bytes_of(path_);
  start();
  document();
  get("/");
  watch_.reset();
  EXPECT_EQ(bytes_of(path_), before);
}

}  // namespace
}  // namespace tamis::watch
