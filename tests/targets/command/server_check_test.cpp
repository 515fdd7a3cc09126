#include "targets/command/server_check.h"

#include <algorithm>

#include "fake_server.h"
#include <gmock/gmock.h>

namespace tamis::command {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::vector<ServerCheck> checks(const std::string& script, const std::string& space = {}) {
  ServerCheckOptions options;
  options.command = fake_server_command(script);
  options.workload = "fake";
  options.space = space;
  options.configs = 2;
  options.deadline = milliseconds(1000);
  return check_server(options).value();
}

/// The detail of the first broken rule; empty where all are kept.
std::string broken(const std::string& script, const std::string& space = {}) {
  const auto all = checks(script, space);
  const auto found =
      std::find_if(all.begin(), all.end(), [](const ServerCheck& check) { return !check.kept; });
  return found == all.end() ? "" : found->rule + ": " + found->detail;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(ServerCheck, AGoodServerKeepsAllRules) {
  EXPECT_EQ(broken(fake_server()), "");
  EXPECT_EQ(checks(fake_server()).back().rule, "it ends when its input is closed");
}

TEST(ServerCheck, AConfigMayTakeTheServerDown) {
  const std::string space =
      R"({"tamis": 1, "knobs": {"what": ["good", "crash", "hang"]}, "default": {"what": "crash"}})";
  EXPECT_EQ(broken(fake_server(), space), "");
}

TEST(ServerCheck, FindsWhatIsBroken) {
  EXPECT_THAT(broken("exit 1"), HasSubstr("it describes itself: the server ended"));
  EXPECT_THAT(broken("sleep 1000"), HasSubstr("did not answer in time"));
  EXPECT_THAT(broken(replaced(fake_server(), "\"tamis\":1", "\"tamis\":9")), HasSubstr("version 9"));
  EXPECT_THAT(broken(replaced(fake_server(), "\"what\":[", "\"what\":[[")), HasSubstr("not valid JSON"));
  EXPECT_THAT(broken(replaced(fake_server(), "\"what\":[\"good\",\"slow\"]", "\"what\":[]")),
              HasSubstr("its knobs can be read"));
  EXPECT_THAT(broken(replaced(fake_server(), "[\"good\",\"slow\"]", "[1'\"$(date +%N)\"']")),
              HasSubstr("twice the same"));
  EXPECT_THAT(broken(fake_server(), R"({"tamis": 1, "knobs": {"what": ["odd"]}})"), HasSubstr("latency_ns"));
  EXPECT_THAT(broken(fake_server(), R"({"tamis": 1, "knobs": {"what": ["noise"]}})"),
              HasSubstr("not a JSON object"));
  EXPECT_THAT(broken(fake_server(), R"({"tamis": 1, "knobs": {"what": ["hang"]}})"),
              HasSubstr("none of them was answered in time"));
  EXPECT_THAT(broken(replaced(fake_server(), "*) answer '\"error\"", "*) answer '\"fine\"")),
              HasSubstr("does not know with an error"));
  EXPECT_THAT(broken("trap '' TERM; " + fake_server() + "exec sleep 1000"),
              HasSubstr("it ends when its input is closed"));
}

TEST(ServerCheck, NamesAProgramThatIsNotThere) {
  ServerCheckOptions options;
  options.command.arguments = {"/no/such/server"};
  EXPECT_EQ(check_server(options).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tamis::command
