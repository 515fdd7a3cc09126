// A session with what the user makes: what a factory is given, and what is said of one that gives nothing.
#include "session/scripted.h"
#include "tamis/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using testing::HasSubstr;

class OwnStrategy : public testing::Test {
 protected:
  OwnStrategy() { options_.budget.trials = 10; }
  Result<SessionResult> run() const { return run_session(make_bowl_task(), nullptr, options_, {}, {}); }

  SessionOptions options_ = scripted_options();
};

TEST_F(OwnStrategy, MustBeGivenByItsFactory) {
  options_.make_strategy = [](const Task&, const SearchOptions&) -> Result<std::unique_ptr<Strategy>> {
    return std::unique_ptr<Strategy>();
  };
  const auto result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(result.error().message, HasSubstr("the strategy scripted gave none"));
}

TEST_F(OwnStrategy, NeedsAMeasurerToo) {
  options_.make_measurer = [](const SharedTask&, const MeasureOptions&) -> Result<std::unique_ptr<Measurer>> {
    return std::unique_ptr<Measurer>();
  };
  const auto result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::invalid_input);
}

TEST_F(OwnStrategy, GetsTheOptionsBehindItsName) {
  options_.strategy = "climb:step=2:wrap=yes";
  StrategyOptions given;
  options_.make_strategy = [&](const Task& task, const SearchOptions& options) {
    given = options.options;
    return factory_of<ScriptedStrategy>()(task, options);
  };
  const auto result = run();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->session.strategy, "climb:step=2:wrap=yes");
  EXPECT_EQ(given, (StrategyOptions{{"step", "2"}, {"wrap", "yes"}}));
}

TEST_F(OwnStrategy, HasNoOptionWithoutAValue) {
  options_.strategy = "climb:step";
  const auto result = run();
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("write climb:OPTION=VALUE"));
}

}  // namespace
}  // namespace tamis
