// Spaces of more configs than an index of 64 bits counts, such as the flags of a compiler, through the
// command.

#include "base/json.h"
#include "cli/command.h"

#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::HasSubstr;

class LargeSpace : public CommandTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
    std::string text = "tamis: 1\nname: compiler_flags\nknobs:\n";
    for (int i = 0; i < 170; ++i) {
      const std::string flag = std::to_string(i);
      text += "  flag" + flag + ": ['', '-f" + flag + "', '-fno-" + flag + "']\n";
    }
    write(space_, text);
  }

  std::vector<std::string> arguments(const std::vector<std::string>& more,
                                     const std::string& run_command) const {
    std::vector<std::string> all = {"tune",      space_,      "--target",          "command", "--run",
                                    run_command, "--latency", "(?P<us>[0-9]+) us", "--log",   log_};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Finished tuned(const std::vector<std::string>& more) const { return tamis(arguments(more, kQuick)); }

  const std::string kQuick = "f={flag0}{flag1}{flag2}; echo $((100 + ${#f})) us";
  const std::string space_ = directory_.file("space.yaml");
  const std::string log_ = directory_.file("log.sqlite");
};

TEST_F(LargeSpace, IsShownWithItsSize) {
  const Finished shown = tamis({"space", space_, "--sample", "2"});
  ASSERT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("about 1.3e81 configs"));
  EXPECT_THAT(shown.out, HasSubstr("\nconfig  flag0="));
  const Finished listed = tamis({"space", space_, "--sample", "2", "--json"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  const Json json = parse_json(listed.out, "space").value();
  EXPECT_TRUE(json.at("size").is_null());
  EXPECT_TRUE(json.at("valid_size").is_null());
  EXPECT_TRUE(json.at("samples").at(0).at("index").is_null());
  EXPECT_EQ(json.at("samples").at(0).at("config").size(), 170U);
  EXPECT_NE(json.at("samples").at(0), json.at("samples").at(1));
  const Finished numbered = tamis({"space", space_, "--index", "7"});
  EXPECT_EQ(numbered.code, 2);
  EXPECT_THAT(numbered.err, HasSubstr("too many to be numbered"));
}

TEST_F(LargeSpace, IsTunedLoggedAndTakenOut) {
  const Finished first = tuned({"--trials", "40", "--finalists", "0", "--json"});
  ASSERT_EQ(first.code, 0) << first.err;
  const Json row = parse_json(first.out, "report").value().at("workloads").at(0);
  EXPECT_EQ(row.at("counts").at("trials"), 40);
  EXPECT_TRUE(row.at("configs").is_null());
  EXPECT_TRUE(row.at("best").at("index").is_null());
  const Finished further = tuned({"--trials", "60", "--resume", "--finalists", "0", "--json"});
  ASSERT_EQ(further.code, 0) << further.err;
  EXPECT_EQ(parse_json(further.out, "report").value().at("workloads").at(0).at("resumed_trials"), 40);
  EXPECT_EQ(tamis({"show", log_}).code, 0);
  EXPECT_EQ(tamis({"best", log_}).code, 0);
  const Finished trials = tamis({"show", log_, "--session", "1"});
  EXPECT_EQ(trials.code, 0) << trials.err;
  const std::string table = exported();
  EXPECT_THAT(table, HasSubstr("\ncompiler_flags,,"));
  const std::string csv = directory_.file("back.csv");
  write(csv, table);
  const Finished imported = tamis({"import", csv, "--log", directory_.file("second.sqlite")});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(exported("second.sqlite"), table);
  const Finished learnt =
      tamis({"tune", space_, "--target", "command", "--run", kQuick, "--latency", "(?P<us>[0-9]+) us",
             "--log", directory_.file("third.sqlite"), "--learn-from", log_, "--trials", "16"});
  EXPECT_EQ(learnt.code, 0) << learnt.err;
  EXPECT_EQ(tamis({"explain", log_}).code, 0);
}

TEST_F(LargeSpace, GoesOnAfterItsTunerWasKilled) {
  Invocation invocation;
  invocation.arguments = arguments({"--trials", "200"}, "sleep 0.02; echo 5 us");
  {
    Running running(invocation);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    running.send(SIGKILL);
    EXPECT_EQ(running.finish().code, 128 + SIGKILL);
  }
  invocation.arguments = arguments({"--trials", "200", "--resume", "--json"}, "sleep 0.02; echo 5 us");
  const Finished again = run(invocation);
  ASSERT_EQ(again.code, 0) << again.err;
  const Json row = parse_json(again.out, "report").value().at("workloads").at(0);
  EXPECT_EQ(row.at("counts").at("trials"), 200);
  EXPECT_GT(row.at("resumed_trials"), 0);
}

}  // namespace
}  // namespace tamis::cli::testing
