// Workloads bound to targets: what constraints of the user's do to a task.

#include "tamis/task.h"

#include "tamis/targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tamis {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Workload& layer() {
  static const Workload c2 = resolve_workloads("resnet18.C2").value().front();
  return c2;
}

SharedTask vta_task(const std::vector<std::string>& constraints) {
  return bind_task(make_target("vta").value(), layer(), {constraints}).value();
}

Config config_of(const Space& space, const std::vector<std::string>& knobs) {
  return space.parse(knobs).value();
}

TEST(BindTask, AddsConstraintsToTheSpace) {
  const SharedTask task = vta_task({"tile_h * tile_w <= 64", "oc_nthread == 1"});
  const Space& space = task->space();
  ASSERT_EQ(space.constraints().size(), 2U);
  EXPECT_EQ(space.constraints()[0].text, "tile_h * tile_w <= 64");
  EXPECT_TRUE(space.allows(config_of(space, {"tile_h=8", "tile_w=8"})));
  EXPECT_FALSE(space.allows(config_of(space, {"tile_h=56", "tile_w=8"})));
  EXPECT_NE(space.fingerprint(), vta_task({})->space().fingerprint());
}

TEST(BindTask, KeepsIndexesAndBuilds) {
  const SharedTask plain = vta_task({});
  const SharedTask constrained = vta_task({"tile_h == 1"});
  const Config config = config_of(constrained->space(), {"tile_h=8"});
  EXPECT_EQ(constrained->space().index(config), plain->space().index(config));
  EXPECT_EQ(constrained->build(config).verdict, plain->build(config).verdict);
  EXPECT_EQ(constrained->build(config).features, plain->build(config).features);
  EXPECT_EQ(constrained->target().spec(), plain->target().spec());
  EXPECT_EQ(constrained->identity(), plain->identity());
  EXPECT_EQ(constrained->bound_ns(), plain->bound_ns());
}

TEST(BindTask, SaysWhatIsWrongWithAConstraint) {
  for (const auto& [formula, message] :
       std::vector<std::pair<std::string, std::string>>{{"tile_hh > 1", "did you mean \"tile_h\""},
                                                        {"tile_h >", "tile_h >"},
                                                        {"", "constraint"},
                                                        {"'a'", "'a'"}}) {
    const auto task = bind_task(make_target("vta").value(), layer(), {{"tile_h > 1", formula}});
    ASSERT_FALSE(task.ok()) << formula;
    EXPECT_EQ(task.error().kind, ErrorKind::invalid_input);
    EXPECT_THAT(task.error().message, HasSubstr("a constraint on resnet18.C2"));
    EXPECT_THAT(task.error().message, HasSubstr(message));
  }
}

TEST(BindTask, RefusesAWorkloadThatIsNotValid) {
  Workload wrong = layer();
  wrong.shape.ci = 0;
  const auto task = bind_task(make_target("vta").value(), wrong);
  ASSERT_FALSE(task.ok());
  EXPECT_EQ(task.error().kind, ErrorKind::invalid_input);
}

/// Ten values of x and ten of y; the default is in their middle.
class ToyTarget final : public Target {
 public:
  explicit ToyTarget(Space space) : Target("toy", {}, {.needs_isolation = false}), space_(std::move(space)) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    class ToyTask final : public Task {
     public:
      using Task::Task;
      BuildOutcome build(const Config&) const override { return {}; }
    };
    TaskFacts facts;
    facts.workload = workload;
    facts.space = space_;
    facts.identity = {"toy", ""};
    facts.default_config = config_of(space_, {"x=5", "y=5"});
    for (const char* x : {"x=0", "x=3", "x=9"}) facts.suggestions.push_back(config_of(space_, {x, "y=4"}));
    facts.suggestions.push_back(Config{{1}});  // of another space
    return std::unique_ptr<Task>(std::make_unique<ToyTask>(std::move(facts)));
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return unsupported("a toy has no device");
  }

 private:
  Space space_;
};

std::vector<Knob> toy_knobs() {
  const std::vector<int64_t> digits = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  return {number_knob("x", digits), number_knob("y", digits)};
}

std::vector<ConfigKey> all_but_the_last() {
  std::vector<ConfigKey> indexes;
  for (uint64_t i = 0; i < 99; ++i) indexes.push_back(i);
  return indexes;
}

struct Kind {
  const char* name;
  Space space;
};
void PrintTo(const Kind& kind, std::ostream* stream) { *stream << kind.name; }

/// Spaces of every kind, as far as knowing what they allow goes.
class BindToy : public ::testing::TestWithParam<Kind> {
 protected:
  static Result<SharedTask> bind(const std::vector<std::string>& constraints) {
    Workload workload;
    workload.op = Operator::external;
    workload.name = workload.source = "toy";
    return bind_task(std::make_shared<const ToyTarget>(GetParam().space), workload, {constraints});
  }
  static std::string refusal(const std::vector<std::string>& constraints) {
    const auto task = bind(constraints);
    EXPECT_FALSE(task.ok());
    if (task.ok()) return "";
    EXPECT_EQ(task.error().kind, ErrorKind::invalid_input);
    return task.error().message;
  }
};

INSTANTIATE_TEST_SUITE_P(
    Spaces, BindToy,
    ::testing::Values(Kind{"Plain", Space::create(toy_knobs()).value()},
                      Kind{"Enumerated", Space::create(toy_knobs()).value().enumerated().value()},
                      Kind{"Listed", Space::create_listed(toy_knobs(), all_but_the_last()).value()}),
    [](const auto& kind) { return std::string(kind.param.name); });

TEST_P(BindToy, KeepsADefaultThatIsAllowed) {
  const SharedTask task = bind({"x + y == 10"}).value();
  EXPECT_EQ(task->space().describe(task->default_config()), "x=5 y=5");
}

TEST_P(BindToy, GivesAnExcludedDefaultUpForTheNearestThatIsAllowed) {
  for (const auto& [formula, nearest] :
       std::vector<std::pair<std::string, std::string>>{{"x + y >= 12", "x=5 y=7"},
                                                        {"x != 5 and x != 4", "x=6 y=5"},
                                                        {"x > 7", "x=8 y=5"},
                                                        {"x == 9 and y == 8", "x=9 y=8"}}) {
    const SharedTask task = bind({formula}).value();
    EXPECT_EQ(task->space().describe(task->default_config()), nearest) << formula;
  }
}

TEST_P(BindToy, LeavesOutSuggestionsThatAreNotAllowed) {
  const auto described = [](const Task& task) {
    std::vector<std::string> all;
    for (const Config& config : task.suggestions()) all.push_back(task.space().describe(config));
    return all;
  };
  EXPECT_THAT(described(*bind({}).value()), ElementsAre("x=0 y=4", "x=3 y=4", "x=9 y=4"));
  EXPECT_THAT(described(*bind({"x % 9 != 0"}).value()), ElementsAre("x=3 y=4"));
  EXPECT_THAT(described(*bind({"y != 4"}).value()), IsEmpty());
}

TEST_P(BindToy, NamesTheConstraintThatExcludesEverything) {
  EXPECT_EQ(refusal({"x > 9"}),
            "toy: no config is allowed: `x > 9` excludes everything; leave out or loosen it");
  EXPECT_EQ(refusal({"x > 2", "x * y > 81", "y > 1"}),
            "toy: no config is allowed: `x * y > 81` excludes everything; leave out or loosen it");
}

TEST_P(BindToy, NamesEachConstraintThatExcludesEverythingAlone) {
  EXPECT_EQ(refusal({"x > 9", "y > 3", "y < 0"}),
            "toy: no config is allowed: `x > 9`, `y < 0` each exclude everything; leave out or loosen all of "
            "them");
}

TEST_P(BindToy, NamesTheConstraintsThatExcludeEverythingTogether) {
  EXPECT_EQ(
      refusal({"x > 6", "x < 3"}),
      "toy: no config is allowed: `x > 6`, `x < 3` together exclude everything; leave out or loosen one "
      "of them");
}

TEST_P(BindToy, AdvisesOnlyWhatHelps) {
  EXPECT_EQ(refusal({"x > 5", "x > 6", "x < 3"}),
            "toy: no config is allowed: `x > 6`, `x < 3` together exclude everything; leave out or loosen "
            "`x < 3`");
  EXPECT_EQ(refusal({"x > 5", "x > 6", "x < 3", "x < 4"}),
            "toy: no config is allowed: `x > 5`, `x > 6`, `x < 3`, `x < 4` together exclude everything, also "
            "without any one of them; leave out or loosen several");
}

TEST_P(BindToy, NamesNoConstraintThatIsInnocent) {
  EXPECT_EQ(
      refusal({"x + y >= 0", "x > y", "x * y < 90", "y > x"}),
      "toy: no config is allowed: `x > y`, `y > x` together exclude everything; leave out or loosen one "
      "of them");
  EXPECT_EQ(
      refusal({"x > 3", "x + y < 9", "y != 0", "y > 5"}),
      "toy: no config is allowed: `x > 3`, `x + y < 9`, `y > 5` together exclude everything; leave out or "
      "loosen one of them");
}

TEST(BindTask, FindsTheOneConfigThatASpaceAllows) {
  // One of 10^9: what is drawn at random would not be found.
  std::vector<int64_t> values;
  for (int64_t value = 0; value < 1000; ++value) values.push_back(value);
  const Space space =
      Space::create({number_knob("x", values), number_knob("y", values), number_knob("z", values)}).value();
  Workload workload;
  workload.op = Operator::external;
  workload.name = workload.source = "needle";
  const auto target = std::make_shared<const ToyTarget>(space);
  const std::vector<std::string> needle = {"x == 700", "y == 800", "z == 900"};
  const SharedTask task = bind_task(target, workload, {needle}).value();
  EXPECT_EQ(task->space().describe(task->default_config()), "x=700 y=800 z=900");
  const auto nothing = bind_task(target, workload, {{"x + y + z == 2997", "x == 1000"}});
  ASSERT_FALSE(nothing.ok());
  EXPECT_THAT(nothing.error().message, HasSubstr("`x == 1000` excludes everything"))
      << "the other allows one config and so excludes not everything";
}

/// A target of the user's own that binds to whatever task it is told to; to none where that has no facts.
class OddTarget final : public Target {
 public:
  explicit OddTarget(std::optional<TaskFacts> facts)
      : Target("odd", {}, {.needs_isolation = false}), facts_(std::move(facts)) {}
  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    class OddTask final : public Task {
     public:
      using Task::Task;
      BuildOutcome build(const Config&) const override { return {}; }
    };
    if (!facts_) return std::unique_ptr<Task>();
    TaskFacts facts = *facts_;
    facts.workload = workload;
    return std::unique_ptr<Task>(std::make_unique<OddTask>(std::move(facts)));
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return unsupported("an odd target has no device");
  }

 private:
  std::optional<TaskFacts> facts_;
};

Error refusal_of(std::optional<TaskFacts> facts, const std::vector<std::string>& constraints = {}) {
  Workload workload;
  workload.op = Operator::external;
  workload.name = workload.source = "odd";
  const auto task = bind_task(std::make_shared<const OddTarget>(std::move(facts)), workload, {constraints});
  EXPECT_FALSE(task.ok());
  return task.ok() ? Error{} : task.error();
}

TEST(BindTask, RefusesADefaultConfigOfAnotherSpace) {
  const Space space = Space::create(toy_knobs()).value();
  for (const Config& foreign : {Config{}, Config{{3}}, Config{{3, 10}}, Config{{3, 4, 5}}}) {
    TaskFacts facts;
    facts.space = space;
    facts.default_config = foreign;
    const Error error = refusal_of(facts, {"x > 3"});
    EXPECT_EQ(error.kind, ErrorKind::invalid_input);
    EXPECT_EQ(error.message, "odd: the default config is not of its space");
  }
}

TEST(BindTask, RefusesASpaceWithoutConfigs) {
  TaskFacts facts;
  EXPECT_EQ(refusal_of(facts).message, "odd: its space has no config");
  facts.space = Space::create_listed(toy_knobs(), {}).value();
  facts.default_config = facts.space.config(0);
  EXPECT_EQ(refusal_of(facts, {"x > 3"}).message, "odd: its space has no config");
}

TEST(BindTask, RefusesATargetThatGivesNoTask) {
  const Error error = refusal_of(std::nullopt);
  EXPECT_EQ(error.kind, ErrorKind::internal);
  EXPECT_THAT(error.message, HasSubstr("the target odd gave no task for odd"));
}

TEST(BindTask, DoesNotSayThatNothingIsAllowedWhereChanceMetNothing) {
  std::vector<int64_t> values;
  for (int64_t value = 0; value < 10000; ++value) values.push_back(value);
  // One of 10^12, which only looking at all of them would find.
  const Constraint needle{"needle", [](const Space&, const Config& config) {
                            return config == Config{{7000, 8000, 9000}};
                          }};
  TaskFacts facts;
  facts.space =
      Space::create({number_knob("x", values), number_knob("y", values), number_knob("z", values)}, {needle})
          .value();
  facts.default_config = facts.space.config(0);
  const Error error = refusal_of(facts);
  EXPECT_EQ(error.kind, ErrorKind::invalid_input);
  EXPECT_EQ(error.message,
            "odd: no allowed config was met by chance; the constraints (`needle`) allow very few or none: "
            "loosen one, or name a default config that they allow");
}

TEST(TargetTraits, DifferInEveryMember) {
  const std::vector<TargetTraits> changed = {{.needs_isolation = false}, {.builds_freely = true},
                                             {.latencies_vary = true},   {.jobs = {.usual = 1}},
                                             {.jobs = {.most = 1}},      {.devices = {"board"}}};
  for (size_t i = 0; i < changed.size(); ++i) EXPECT_FALSE(changed[i] == TargetTraits{}) << i;
  EXPECT_EQ(TargetTraits{}, TargetTraits{});
}

TEST(PlainTask, LeavesBuildingToTheCaller) {
  const SharedTask task =
      make_plain_task({Space::create(toy_knobs()).value(), "mine", {"study", "here", {{"a", "b"}}}}).value();
  EXPECT_EQ(task->workload().name, "mine");
  EXPECT_EQ(task->workload().op, Operator::external);
  EXPECT_EQ(to_string(task->identity()), "study here a=b");
  EXPECT_EQ(task->space().describe(task->default_config()), "x=0 y=0");
  EXPECT_THAT(task->suggestions(), IsEmpty());
  EXPECT_EQ(task->bound_ns(), 0.0);
  EXPECT_FALSE(task->target().traits().needs_isolation);
  EXPECT_FALSE(task->target().traits().builds_freely);
  const BuildOutcome built = task->build(task->default_config());
  EXPECT_EQ(built.verdict, Verdict::build_failed);
  EXPECT_EQ(built.artifact, nullptr);
  EXPECT_THAT(built.message, HasSubstr("by the caller"));
  const auto device = task->target().open_device({});
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.error().kind, ErrorKind::unsupported);
}

TEST(PlainTask, BeginsWithTheCallersDefaultOrTheNearestThatIsAllowed) {
  const std::vector<Knob> knobs = toy_knobs();
  const Space space =
      Space::create(knobs, {{"not the first",
                             [](const Space& of, const Config& config) { return of.index(config) != 0; }}})
          .value();
  PlainTask plain{space};
  EXPECT_TRUE(space.allows(make_plain_task(plain).value()->default_config()));
  plain.default_config = config_of(space, {"x=2", "y=3"});
  EXPECT_EQ(make_plain_task(plain).value()->default_config(), plain.default_config);
  plain.default_config = Config{{2}};
  EXPECT_THAT(make_plain_task(plain).error().message, HasSubstr("the default config is not of its space"));
}

TEST(PlainTask, RefusesASpaceThatAllowsNothing) {
  const auto empty = make_plain_task({});
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(empty.error().message, EndsWith("task: its space has no config"));
  const Space never =
      Space::create(toy_knobs(), {{"never", [](const Space&, const Config&) { return false; }}}).value();
  const auto nothing = make_plain_task({never, "mine"});
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(nothing.error().message, AllOf(HasSubstr("mine"), HasSubstr("`never` excludes everything")));
}

TEST(Settings, AreAsGivenElseTheirDefault) {
  const std::vector<SettingKind> kinds = {{"threads", "", "0"}, {"caches", "", "warm"}};
  EXPECT_EQ(setting_or_default({{"threads", "2"}}, kinds, "threads"), "2");
  EXPECT_EQ(setting_or_default({{"threads", ""}}, kinds, "threads"), "");
  EXPECT_EQ(setting_or_default({{"threads", "2"}}, kinds, "caches"), "warm");
  EXPECT_EQ(setting_or_default({}, kinds, "threads"), "0");
}

}  // namespace
}  // namespace tamis
