#include "cli/change_log.h"
#include "cli/command.h"

#include <gmock/gmock.h>

namespace tamis::cli::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Best = CommandTest;

TEST_F(Best, TellsRowsApartThatDifferInSettings) {
  const std::string log = directory_.file("log.sqlite");
  ASSERT_EQ(tune(kSmall, {"--trials", "3", "--quiet"}).code, 0);
  EXPECT_THAT(tamis({"best", log}).out, Not(HasSubstr("settings")));
  ASSERT_EQ(tune(kSmall, {"--trials", "3", "--quiet", "--checks", "none"}).code, 0);
  const Finished both = tamis({"best", log});
  EXPECT_THAT(both.out, AllOf(HasSubstr("settings"), HasSubstr("checks=static"), HasSubstr("checks=none"),
                              Not(HasSubstr("device=simulator"))));
}

TEST_F(Best, TellsThreadsAndCachesApart) {
  const std::string log = directory_.file("log.sqlite");
  ASSERT_EQ(tune(kSmall, {"--trials", "3", "--quiet"}).code, 0);
  ASSERT_EQ(tune(kSmall, {"--trials", "3", "--quiet", "--checks", "none"}).code, 0);
  change_log(log,
             "UPDATE sessions SET target_spec = 'cpu', target_identity = 'cpu a +b threads=' || id || "
             "' caches=' || CASE id WHEN 1 THEN 'warm' ELSE 'cold' END || ' generation=1'");
  EXPECT_THAT(tamis({"best", log}).out,
              AllOf(HasSubstr("threads=1 caches=warm"), HasSubstr("threads=2 caches=cold"),
                    Not(HasSubstr("generation"))));
}

TEST_F(Best, SaysWhatToDoWhereNothingWasValid) {
  const std::string log = directory_.file("log.sqlite");
  ASSERT_EQ(tune(kSmall, {"--trials", "3", "--quiet"}).code, 0);
  ASSERT_EQ(tune(kSmall, {"--trials", "3", "--quiet"}).code, 0);
  change_log(log, "UPDATE trials SET verdict = 'crashed', latencies_ns = '[]'");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"best", log}, {"best", log, "--json"}, {"export", log, "--best"}}) {
    const Finished finished = tamis(arguments);
    EXPECT_EQ(finished.code, 1) << finished.err;
    EXPECT_THAT(finished.err,
                HasSubstr("no trial was valid: `tamis show " + log + " --session 2` has every"));
    const bool json = arguments.back() == "--json";
    EXPECT_EQ(finished.out, json ? "[]\n" : "") << "no empty table follows";
  }
}

}  // namespace
}  // namespace tamis::cli::testing
