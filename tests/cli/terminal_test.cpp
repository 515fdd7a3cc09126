// What `tamis tune` shows on a terminal: the screen, not the bytes that make it.

#include "cli/terminal.h"

#include "base/json.h"
#include "cli/command.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

const std::string kNetwork = TAMIS_TEST_DATA "/../../examples/networks/small.onnx";

/// Programs of the target `command`: those of an odd `a` fail after a while, the others answer at once.
class OnATerminal : public CommandTest {
 protected:
  /// `seconds` is how long each takes; the name and the message are as JSON has them.
  std::string toy(const std::string& seconds, const std::string& name = "toy",
                  const std::string& message = "größer als der Speicher") const {
    const std::string path = directory_.file("toy.json");
    const std::string program = "sleep " + seconds +
                                "; if [ $(({a} % 2)) = 0 ]; then echo $(({a} + 100)); else printf '" +
                                message + "' >&2; exit 1; fi";
    write(path, R"j({"tamis": 1, "name": ")j" + name +
                    R"j(", "knobs": {"a": {"range": [1, 200]}}, "default": {"a": 200}, )j" +
                    R"j("program": {"run": ["sh", "-c", ")j" + program +
                    R"j("], "latency": "(?P<us>[0-9.]+)"}})j");
    return path;
  }
  OnTerminal tuning(const std::string& space, const std::vector<std::string>& more) const {
    OnTerminal start;
    start.arguments = {"tune", space, "--log", log_, "--jobs", "2", "--strategy", "random"};
    start.arguments.insert(start.arguments.end(), more.begin(), more.end());
    return start;
  }
  uint64_t logged() const {
    const Finished shown = tamis({"show", log_, "--json"});
    if (shown.code != 0) return 0;
    return parse_json(shown.out, "show").value().at(0).at("trials").get<uint64_t>();
  }
  /// Whatever ended the program, the terminal is as it was.
  static void expect_tidy(const Screen& screen) {
    EXPECT_TRUE(screen.cursor_visible());
    EXPECT_EQ(screen.colour(), 0);
    EXPECT_EQ(screen.cursor_column(), 0U);
    EXPECT_TRUE(screen.on_empty_line()) << screen.text();
    EXPECT_EQ(screen.unknown(), 0U);
  }

  const std::string log_ = directory_.file("log.sqlite");
};

/// With workers, whose limits sanitizers exceed.
class CommandOnATerminal : public OnATerminal {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "workers need their limits on memory";
  }
};

TEST_F(CommandOnATerminal, ShowsInPlaceWhatATaskIsAt) {
  OnTerminal start = tuning(toy("0.05"), {"--trials", "60"});
  start.environment = {{"LC_ALL", "C.UTF-8"}};
  TerminalSession session(start);
  ASSERT_TRUE(session.wait_for("most often run_failed"));
  ASSERT_TRUE(session.wait_for(" s left")) << session.screen().text();
  const Screen screen = session.screen();
  const std::vector<std::string> lines = screen.lines();
  ASSERT_EQ(lines.size(), 4U) << screen.text();
  EXPECT_THAT(lines[0], MatchesRegex("toy  (█|░)+  [0-9]+/60 trials  [0-9]+ s left"));
  EXPECT_THAT(
      lines[1],
      MatchesRegex(
          "  best [0-9.]+ us  [0-9.]+x faster  (just improved|improved [0-9]+ trials? ago .[0-9]+ s.)"));
  EXPECT_THAT(lines[2], MatchesRegex("  [0-9]+ valid  [0-9]+ run_failed"));
  EXPECT_THAT(lines[3], MatchesRegex("  most often run_failed .[0-9]+ times.: größer als der Speicher"));
  EXPECT_EQ(screen.colour_of("run_failed"), 31);
  EXPECT_EQ(screen.colour_of(" valid"), 32);
  EXPECT_EQ(session.finish(), 0);
  // What was drawn over is gone; the result stays above the table.
  const Screen last = session.screen();
  EXPECT_EQ(last.count("most often"), 0U) << last.text();
  EXPECT_EQ(last.count("60 trials"), 1U + 1U) << last.text();  // and below the table
  EXPECT_THAT(last.lines().front(),
              MatchesRegex("toy  +[0-9.]+ us +[0-9.]+x faster +60 trials +[0-9]+ invalid  [0-9]+ s"));
  expect_tidy(last);
}

TEST_F(CommandOnATerminal, FollowsTheWindow) {
  OnTerminal start = tuning(toy("0.1"), {"--trials", "all"});
  start.columns = 150;
  TerminalSession session(start);
  ASSERT_TRUE(session.wait_for("most often run_failed"));
  for (const auto& [columns, rows] :
       std::vector<std::pair<size_t, size_t>>{{60, 24}, {45, 10}, {200, 50}, {30, 24}, {90, 4}, {120, 30}}) {
    session.resize(columns, rows);
    const bool roomy = columns >= 40 && rows >= 6;
    const size_t height = roomy ? 4 : 1;
    EXPECT_TRUE(session.wait_for([&](const Screen& screen) {
      return screen.lines().size() == height && screen.count("toy") == 1 &&
             screen.count("most often") == (roomy ? 1U : 0U);
    })) << columns
        << " x " << rows << ":\n"
        << session.screen().text();
  }
  session.type("\x03");
  EXPECT_EQ(session.finish(), 130);
  expect_tidy(session.screen());
}

TEST_F(CommandOnATerminal, KeepsWidthsOfNamesAndTakesNoOrdersFromMessages) {
  for (const size_t columns : std::vector<size_t>{20, 41, 60}) {
    OnTerminal start =
        tuning(toy("0.02", "日本語の畳み込み層の名前-e\u0301\u0301-🙂🙂🙂🙂",
                   R"(\\033[2J\\033[31mred\\tand \\007loud\\r漢字漢字漢字漢字)"),
               {"--trials", "30"});
    start.columns = columns;
    start.directory = directory_.path();  // so that no path is longer than a line
    std::replace(start.arguments.begin(), start.arguments.end(), log_, std::string("none"));
    TerminalSession session(start);
    EXPECT_TRUE(session.wait_for("日本語"));
    EXPECT_EQ(session.finish(), 0);
    const Screen screen = session.screen();
    EXPECT_EQ(screen.unknown(), 0U) << screen.text();
    if (columns > 20) {
      EXPECT_EQ(screen.wraps(), 0U) << screen.text();
    }
    EXPECT_EQ(screen.count("\a"), 0U);
    expect_tidy(screen);
  }
}

TEST_F(CommandOnATerminal, LetsTrialsEndAfterCtrlCAndSaysHowToGoOn) {
  OnTerminal start = tuning(toy("1"), {"--trials", "all"});
  start.columns = 300;
  TerminalSession session(start);
  ASSERT_TRUE(session.wait_for([](const Screen& screen) { return screen.count("1/200 trials") > 0; }));
  std::this_thread::sleep_for(milliseconds(300));  // the next ones are under way
  session.type("\x03");
  ASSERT_TRUE(session.wait_for("Ctrl-C again ends at once"));
  EXPECT_GT(session.screen().count("stopping: the trials under way come to their end"), 0U);
  EXPECT_EQ(session.finish(), 130);
  const Screen screen = session.screen();
  expect_tidy(screen);
  EXPECT_THAT(screen.text(), HasSubstr("log.sqlite holds every finished trial. Go on with:\n"));
  const uint64_t kept = logged();
  EXPECT_GE(kept, 2U) << screen.text();  // also the one that was under way

  // The command that it names goes on.
  std::string command;
  for (const std::string& line : screen.lines())
    if (line.find(" --resume") != std::string::npos) command = line;
  const size_t all = command.find("--trials all");
  ASSERT_NE(all, std::string::npos) << screen.text();
  command.replace(all, 12, "--trials " + std::to_string(kept + 1));
  Invocation again;
  again.program = "/bin/sh";
  again.arguments = {"-c", command};
  const Finished resumed = run(again);
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("session 1 continues"));
  EXPECT_EQ(logged(), kept + 1);
}

TEST_F(CommandOnATerminal, EndsAtOnceAfterCtrlCTwice) {
  TerminalSession session(tuning(toy("8"), {"--trials", "all"}));
  ASSERT_TRUE(session.wait_for("0/200 trials"));
  session.type("\x03");
  ASSERT_TRUE(session.wait_for("Ctrl-C again"));
  std::this_thread::sleep_for(milliseconds(600));
  session.type("\x03");
  EXPECT_EQ(session.finish(), 130);
  EXPECT_EQ(session.screen().count("Go on with"), 0U) << "it waited for the trial";
  EXPECT_TRUE(session.screen().cursor_visible());
  EXPECT_EQ(session.screen().colour(), 0);
}

TEST_F(CommandOnATerminal, LeavesItTidyWhateverEndsIt) {
  for (const int signal : {SIGTERM, SIGKILL, SIGHUP}) {
    TerminalSession session(tuning(toy("0.1"), {"--trials", "all"}));
    ASSERT_TRUE(session.wait_for("most often run_failed"));
    session.send(signal);
    EXPECT_EQ(session.finish(), signal == SIGTERM ? 130 : 128 + signal);
    expect_tidy(session.screen());
  }
}

TEST_F(CommandOnATerminal, CountsDownABudgetOfTime) {
  TerminalSession session(tuning(toy("0.2"), {"--trials", "all", "--time", "3s"}));
  EXPECT_TRUE(session.wait_for(" s left")) << session.screen().text();
  EXPECT_EQ(session.finish(), 0);
}

TEST_F(CommandOnATerminal, KeepsFinishedTasks) {
  OnTerminal start = tuning(kSmall, {kLarge, "--target", "vta", "--trials", "36", "--checks", "none"});
  TerminalSession session(start);
  EXPECT_EQ(session.finish(), 0);
  const std::vector<std::string> lines = session.screen().lines();
  const auto is_result = [](const std::string& line) {
    return line.starts_with("conv2d") && line.find(" of bound") != std::string::npos &&
           line.find("trials") != std::string::npos && line.find("faster") != std::string::npos;
  };
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), is_result), 2) << session.screen().text();
}

TEST_F(OnATerminal, WrapsNothingInAnyWindow) {
  for (const size_t columns : std::vector<size_t>{20, 25, 39, 40, 60, 80, 110, 200, 300}) {
    OnTerminal start;
    start.arguments = {"tune",     kLarge,   "resnet18.C8", "--target", "vta",   "--trials", "150",
                       "--checks", "static", "--strategy",  "random",   "--log", "none"};
    start.columns = columns;
    TerminalSession session(start);
    EXPECT_EQ(session.finish(), 0);
    const Screen screen = session.screen();
    EXPECT_EQ(screen.wraps(), 0U) << columns << ":\n" << screen.text();
    EXPECT_GT(screen.count("best"), 0U);
    EXPECT_EQ(screen.count("A wider window"), columns <= 110 ? 1U : 0U) << screen.text();
    expect_tidy(screen);
  }
}

TEST_F(OnATerminal, HasOneLineWhereThereAreFewRows) {
  OnTerminal start;
  start.arguments = {"tune", "resnet18.C2", "--target", "vta",   "--trials",
                     "all",  "--strategy",  "random",   "--log", "none"};
  start.rows = 5;
  TerminalSession session(start);
  ASSERT_TRUE(session.wait_for([](const Screen& screen) { return screen.count("best") > 0; }));
  for (int look = 0; look < 5; ++look) {
    EXPECT_LE(session.screen().lines().size(), 1U) << session.screen().text();
    std::this_thread::sleep_for(milliseconds(20));
  }
  session.send(SIGINT);
  EXPECT_EQ(session.finish(), 130);
}

TEST_F(OnATerminal, HasColoursUnlessTheUserWantsNone) {
  const std::vector<std::string> arguments = {"tune", "resnet18.C8", "--target", "vta",        "--trials",
                                              "200",  "--log",       "none",     "--strategy", "random"};
  for (const auto& [value, coloured] : std::vector<std::pair<std::string, bool>>{{"", true}, {"1", false}}) {
    TerminalSession session({arguments, 80, 24, {{"NO_COLOR", value}}});
    EXPECT_EQ(session.finish(), 0);
    EXPECT_EQ(session.screen().coloured(), coloured);
    EXPECT_THAT(session.written(), HasSubstr(" valid"));
  }
}

TEST_F(OnATerminal, GetsPlainLinesWhereItIsDumb) {
  TerminalSession session(
      {{"tune", kLarge, "--target", "vta", "--trials", "100", "--log", "none"}, 120, 24, {{"TERM", "dumb"}}});
  EXPECT_EQ(session.finish(), 0);
  EXPECT_THAT(session.written(), Not(HasSubstr("\033")));
  EXPECT_GT(session.screen().count("/100 trials"), 1U) << session.screen().text();
}

TEST_F(OnATerminal, ShowsOnlyResultsWhenQuiet) {
  for (const std::string flag : {"--quiet", "--json"}) {
    TerminalSession session({{"tune", kLarge, "--target", "vta", "--trials", "50", "--log", "none", flag}});
    EXPECT_EQ(session.finish(), 0);
    EXPECT_THAT(session.written(), Not(HasSubstr("\033")));
    EXPECT_TRUE(session.screen().lines().front().starts_with(flag == "--json" ? "{" : "workload"));
  }
}

TEST_F(OnATerminal, ShowsTheBudgetOfANetworkAndItsLayers) {
  OnTerminal start;
  // On vta it would be over before the block is drawn a second time.
  start.arguments = {"tune",  kNetwork, "--target", "cpu",   "--trials",   "40",
                     "--log", log_,     "--share",  "equal", "--strategy", "random"};
  start.columns = 110;
  TerminalSession session(start);
  ASSERT_TRUE(session.wait_for([](const Screen& screen) {
    return screen.count("faster") > 0 && screen.count("  now ") > 0;
  })) << session.screen().text();
  const std::vector<std::string> lines = session.screen().lines();
  EXPECT_THAT(lines, Contains(MatchesRegex("small.onnx  [#.]+  [0-9]+/[0-9]+ trials.*")));
  EXPECT_THAT(lines, Contains(MatchesRegex("  network [0-9.]+ [mu]s.*")));
  EXPECT_THAT(lines, Contains(MatchesRegex("  now .*best .*trials?")));
  EXPECT_THAT(lines, Contains(HasSubstr(" valid")));
  EXPECT_EQ(session.finish(), 0);
  const Screen screen = session.screen();
  EXPECT_EQ(screen.count("  now "), 0U) << screen.text();
  EXPECT_GT(screen.count(" invalid  "), 1U) << screen.text();  // a line of each layer
  expect_tidy(screen);
}

}  // namespace
}  // namespace tamis::cli::testing
