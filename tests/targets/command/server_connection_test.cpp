#include "targets/command/server_connection.h"

#include "support/temporary_directory.h"
#include "targets/command/server_protocol.h"

#include <chrono>
#include <filesystem>

#include "fake_server.h"
#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::unique_ptr<ServerConnection> server(const std::string& script = fake_server()) {
  return ServerConnection::start(fake_server_command(script)).value();
}

Deadline soon() { return deadline_after(milliseconds(10'000)); }

Json run(const char* what) { return run_request({{"what", what}}, {}); }

TEST(ServerConnection, AnswersComeInTheirOrder) {
  const auto connection = server();
  for (int i = 0; i < 3; ++i) {
    const ServerReply reply = connection->ask(run("good"), soon());
    ASSERT_EQ(reply.state, ReplyState::answered) << reply.message;
    EXPECT_EQ(reply.json->at("latencies_ns"), Json({7, 8}));
    EXPECT_FALSE(reply.json->contains("id"));
  }
  EXPECT_TRUE(connection->close(soon()));
}

TEST(ServerConnection, TellsWhatBecameOfAServer) {
  const auto state = [](const char* what) { return server()->ask(run(what), soon()).state; };
  EXPECT_EQ(state("refused"), ReplyState::refused);
  EXPECT_EQ(state("crash"), ReplyState::died);
  EXPECT_EQ(state("end"), ReplyState::died);
  EXPECT_EQ(state("noise"), ReplyState::malformed);
  EXPECT_EQ(state("foreign"), ReplyState::malformed);
  EXPECT_EQ(server()->ask(run("hang"), deadline_after(milliseconds(100))).state, ReplyState::timed_out);
}

TEST(ServerConnection, QuotesLastWords) {
  const ServerReply reply = server()->ask(run("crash"), soon());
  EXPECT_EQ(reply.message, "the server ended: signal SIGSEGV; it last wrote: last words");
  EXPECT_THAT(server()->ask(run("noise"), soon()).message, HasSubstr("not a JSON object on one line: hello"));
  EXPECT_THAT(server()->ask(run("huge"), soon()).message, HasSubstr("the number 1e400 is too large"));
  EXPECT_THAT(server()->ask(run("foreign"), soon()).message, HasSubstr("must have \"id\": 1"));
}

TEST(ServerConnection, AServerThatHasEndedStaysSo) {
  const auto connection = server();
  EXPECT_EQ(connection->ask(run("end"), soon()).state, ReplyState::died);
  EXPECT_EQ(connection->ask(run("good"), soon()).state, ReplyState::died);
}

TEST(ServerConnection, AServerThatDoesNotReadMeetsTheDeadline) {
  const auto connection = server("exec sleep 1000");
  const Json much = {{"request", std::string(size_t{8} << 20, 'x')}};
  EXPECT_EQ(connection->ask(much, deadline_after(milliseconds(100))).state, ReplyState::timed_out);
}

TEST(ServerConnection, RefusesALineWithoutEnd) {
  const auto connection = server("read line; head -c 20000000 /dev/zero; sleep 1000");
  const ServerReply reply = connection->ask(run("good"), soon());
  EXPECT_EQ(reply.state, ReplyState::malformed);
  EXPECT_THAT(reply.message, HasSubstr("a line of more than"));
}

TEST(ServerConnection, SurvivesAFloodOfErrors) {
  const auto connection = server("read line; head -c 3000000 /dev/zero >&2; echo '{\"id\":1}'; read line");
  EXPECT_EQ(connection->ask(run("good"), soon()).state, ReplyState::answered);
}

TEST(ServerConnection, AServerMayTakeItsTimeToSayGoodbye) {
  const TemporaryDirectory directory;
  { const auto connection = server("read line; sleep 0.1; touch " + directory.file("said")); }
  EXPECT_TRUE(std::filesystem::exists(directory.file("said")));
}

TEST(ServerProtocol, ReadsADescription) {
  const auto read = [](const char* text) { return read_description(*parse_json(text, "text")); };
  const ServerDescription all =
      read(R"({"tamis": 1, "requests": ["build", "run"], "knobs": {"a": [1]}, "name": "x"})").value();
  EXPECT_TRUE(all.builds);
  EXPECT_FALSE(all.features);
  EXPECT_EQ(all.space, R"({"tamis":1,"knobs":{"a":[1]},"name":"x"})");
  EXPECT_EQ(read(R"({"tamis": 1})").value().space, "");
  EXPECT_THAT(read("{}").error().message, HasSubstr("\"tamis\": 1"));
  EXPECT_EQ(read(R"({"tamis": 2})").error().kind, ErrorKind::unsupported);
  EXPECT_THAT(read(R"({"tamis": 1, "requests": ["dance"]})").error().message, HasSubstr("\"requests\""));
  EXPECT_THAT(read(R"({"tamis": 1, "requests": 3})").error().message, HasSubstr("\"requests\""));
}

TEST(ServerProtocol, SaysWhyAServerDidNotOpen) {
  const auto opened =
      open_server(fake_server_command("echo no board >&2; exit 1"), "w", "", milliseconds(10'000));
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message,
              HasSubstr("did not describe itself: the server ended: exit status 1; it last wrote: no board"));
}

TEST(ServerProtocol, SendsTheIncumbentOnlyWhereThereIsOne) {
  RunOptions options;
  EXPECT_FALSE(run_request({}, options).contains("incumbent_ns"));
  options.incumbent_ns = 5;
  EXPECT_EQ(run_request({}, options)["incumbent_ns"], 5);
}

}  // namespace
}  // namespace tamis::command
