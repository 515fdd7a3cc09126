#pragma once

#include "tamis/expression.h"
#include "tamis/measurer.h"
#include "tamis/random.h"
#include "tamis/space.h"
#include "tamis/task.h"
#include "tamis/trial.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// What every target keeps to, as tests of GoogleTest over tasks of it. Include it in one source of a test
/// program and say which targets:
///
///     using tamis::testing::TargetConformance;
///     INSTANTIATE_TEST_SUITE_P(Mine, TargetConformance,
///                              ::testing::Values(tamis::testing::target_case(
///                                  "mine", make_my_target, "mine", {}, "dense:ci=16,co=16")),
///                              tamis::testing::name_of_case);
namespace tamis::testing {

/// A target in one configuration, with a workload that it can run.
struct TargetCase {
  std::string name;  ///< of the case: letters and digits
  /// Makes the target and binds the workload, anew with every call.
  std::function<Result<SharedTask>()> make_task;
  /// Makes the same target from its spec and settings, as worker processes do. Empty: it cannot be, and so
  /// must be one that needs no isolation.
  TargetFactory make_target = nullptr;
  bool runs_here = true;  ///< whether its device can be opened here; false also tests that it says why not
};

/// For GoogleTest's messages.
inline void PrintTo(const TargetCase& one, std::ostream* stream) { *stream << one.name; }

/// The last argument of INSTANTIATE_TEST_SUITE_P.
inline std::string name_of_case(const ::testing::TestParamInfo<TargetCase>& one) { return one.param.name; }

/// The case of a target that is made from a spec and settings, and of a workload as its users name it.
inline TargetCase target_case(std::string name, TargetFactory make_target, std::string spec,
                              Settings settings, std::string workload, bool runs_here = true) {
  TargetCase one;
  one.name = std::move(name);
  one.make_target = std::move(make_target);
  one.runs_here = runs_here;
  one.make_task = [make = one.make_target, spec = std::move(spec), settings = std::move(settings),
                   workload = std::move(workload)]() -> Result<SharedTask> {
    TAMIS_ASSIGN(const std::shared_ptr<const Target> target, make(spec, settings));
    TAMIS_ASSIGN(const std::vector<Workload> workloads, target->resolve(workload));
    if (workloads.empty()) return not_found("the target resolves " + workload + " to no workload");
    return bind_task(target, workloads.front());
  };
  return one;
}

/// What two builds of a config must have in common; artifacts are opaque.
struct BuildRecord {
  Verdict verdict = Verdict::valid;
  std::string message;
  Features features;
  std::string code_hash;
  friend bool operator==(const BuildRecord&, const BuildRecord&) = default;
};

/// The suite: every test runs once per TargetCase that INSTANTIATE_TEST_SUITE_P names, on a task made for it.
/// Where the case runs here, tests open the device and run programs.
class TargetConformance : public ::testing::TestWithParam<TargetCase> {
 protected:
  void SetUp() override {
    Result<SharedTask> made = GetParam().make_task();
    ASSERT_TRUE(made.ok()) << made.error().message;
    task_ = std::move(*made);
    ASSERT_NE(task_, nullptr);
  }

  const Target& target() const { return task_->target(); }

  /// The default config, what is suggested, and others: `count` that the space allows, `count` of the
  /// product.
  std::vector<Config> some_configs(int count = 6) const {
    std::vector<Config> configs = task_->suggestions();
    configs.insert(configs.begin(), task_->default_config());
    Random random(7);
    for (int i = 0; i < count; ++i) {
      if (const auto config = task_->space().sample(random)) configs.push_back(*config);
      configs.push_back(task_->space().config(random.below(task_->space().size())));
    }
    return configs;
  }

  static BuildRecord record_of(const Task& task, const Config& config) {
    BuildOutcome built = task.build(config);
    return {built.verdict, std::move(built.message), std::move(built.features),
            built.artifact ? built.artifact->code_hash() : std::string()};
  }

  static void expect_same(const Task& one, const Task& other) {
    EXPECT_EQ(one.workload(), other.workload());
    EXPECT_EQ(one.space().fingerprint(), other.space().fingerprint());
    EXPECT_EQ(one.identity(), other.identity());
    EXPECT_EQ(one.default_config(), other.default_config());
    EXPECT_EQ(one.suggestions(), other.suggestions());
    EXPECT_EQ(one.bound_ns(), other.bound_ns());
  }

  static void expect_same(const Target& one, const Target& other) {
    EXPECT_EQ(one.spec(), other.spec());
    EXPECT_EQ(one.settings(), other.settings());
    EXPECT_EQ(one.traits(), other.traits());
  }

  /// A formula that excludes a value of a knob.
  static std::string unequal(const Knob& knob, const KnobValue& value) {
    const std::string name = expression_name(knob.name) + " != ";
    if (const auto* text = std::get_if<std::string>(&value)) return name + expression_text(*text);
    if (const auto* factors = std::get_if<std::vector<int64_t>>(&value))
      return name + std::to_string(factors->back());  // a split is its innermost factor
    return name + to_string(value);
  }

  /// Runs a program once; nothing where the config has none.
  std::optional<RunOutcome> run(Device& device, const Config& config, const WorkloadData& data) const {
    const BuildOutcome built = task_->build(config);
    if (!built.artifact) return std::nullopt;
    return device.run(*built.artifact, data, {});
  }

  /// The bytes of a config's program; nothing where it has none, or programs of the target cannot travel.
  std::optional<std::string> saved(const Config& config) const {
    const BuildOutcome built = task_->build(config);
    if (!built.artifact) return std::nullopt;
    Result<std::string> bytes = task_->save(config, *built.artifact);
    if (bytes.ok()) return std::move(*bytes);
    EXPECT_EQ(bytes.error().kind, ErrorKind::unsupported);
    EXPECT_FALSE(bytes.error().message.empty());
    return std::nullopt;
  }

  SharedTask task_;
};

TEST_P(TargetConformance, BindsTheSameTaskEveryTime) {
  const auto bound = target().bind(task_->workload());
  ASSERT_TRUE(bound.ok()) << bound.error().message;
  EXPECT_EQ((*bound)->space().fingerprint(), task_->space().fingerprint());
  EXPECT_EQ((*bound)->identity(), task_->identity());
  const auto again = GetParam().make_task();
  ASSERT_TRUE(again.ok()) << again.error().message;
  expect_same(**again, *task_);
  expect_same((*again)->target(), target());
}

TEST_P(TargetConformance, BindsAWorkloadThatIsValid) {
  const Status valid = validate(task_->workload());
  EXPECT_TRUE(valid.ok()) << valid.error().message;
  EXPECT_FALSE(task_->workload().name.empty());
  EXPECT_GT(task_->space().size(), 0U);
  EXPECT_TRUE(std::isfinite(task_->bound_ns()) && task_->bound_ns() >= 0);
}

TEST_P(TargetConformance, IsMadeAgainFromItsSpecAndSettings) {
  if (!GetParam().make_target) {
    EXPECT_FALSE(target().traits().needs_isolation) << "a worker process could not make the target";
    return;
  }
  const auto again = GetParam().make_target(target().spec(), target().settings());
  ASSERT_TRUE(again.ok()) << again.error().message;
  expect_same(**again, target());
  const auto task = bind_task(*again, task_->workload());
  ASSERT_TRUE(task.ok()) << task.error().message;
  expect_same(**task, *task_);
}

TEST_P(TargetConformance, HasAnIdentityThatALogCanKeep) {
  EXPECT_FALSE(task_->identity().kind.empty());
  const std::string text = to_string(task_->identity());
  const auto read = parse_identity(text);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, task_->identity()) << text;
}

TEST_P(TargetConformance, NamesOnlyConfigsThatAreAllowed) {
  const auto expect_allowed = [&](const Config& config) {
    ASSERT_TRUE(belongs(task_->space(), config));
    EXPECT_TRUE(task_->space().allows(config)) << task_->space().describe(config);
  };
  expect_allowed(task_->default_config());
  for (const Config& config : task_->suggestions()) expect_allowed(config);
}

TEST_P(TargetConformance, GivesUpADefaultThatAConstraintExcludes) {
  if (!GetParam().make_target) GTEST_SKIP() << "only the target itself can bind a task again";
  const auto shared = GetParam().make_target(target().spec(), target().settings());
  ASSERT_TRUE(shared.ok()) << shared.error().message;
  const Config& config = task_->default_config();
  for (size_t i = 0; i < task_->space().knobs().size(); ++i) {
    const std::string formula = unequal(task_->space().knobs()[i], task_->space().value(config, i));
    const auto constrained = bind_task(*shared, task_->workload(), {{formula}});
    if (!constrained.ok()) {
      EXPECT_EQ(constrained.error().kind, ErrorKind::invalid_input);
      EXPECT_THAT(constrained.error().message, ::testing::HasSubstr("`" + formula + "`"));
      continue;  // the knob has no other value
    }
    EXPECT_FALSE((*constrained)->space().allows(config)) << formula;
    EXPECT_TRUE((*constrained)->space().allows((*constrained)->default_config())) << formula;
    for (const Config& suggestion : (*constrained)->suggestions())
      EXPECT_TRUE((*constrained)->space().allows(suggestion)) << formula;
    EXPECT_EQ((*constrained)->identity(), task_->identity());
  }
}

TEST_P(TargetConformance, HasTraitsThatAgree) {
  const TargetTraits& traits = target().traits();
  EXPECT_GE(traits.jobs.usual, 0);
  EXPECT_GE(traits.jobs.most, 1);
  EXPECT_LE(traits.jobs.usual, traits.jobs.most);
  if (!traits.builds_freely) return;
  bool reveals = false;
  for (const Config& config : some_configs())
    reveals = reveals || !task_->build(config).features.values.empty();
  EXPECT_TRUE(reveals) << "building freely is of use where it reveals features";
}

TEST_P(TargetConformance, BuildsAnArtifactOrSaysWhyNot) {
  for (const Config& config : some_configs()) {
    SCOPED_TRACE(task_->space().describe(config));
    const BuildOutcome built = task_->build(config);
    EXPECT_EQ(built.verdict == Verdict::valid, built.artifact != nullptr);
    EXPECT_EQ(built.verdict == Verdict::valid, built.message.empty()) << built.message;
    EXPECT_THAT(built.verdict, ::testing::AnyOf(Verdict::valid, Verdict::build_failed,
                                                Verdict::resource_exceeded, Verdict::build_timeout));
    for (const auto& [name, value] : built.features.values) EXPECT_TRUE(std::isfinite(value)) << name;
  }
}

TEST_P(TargetConformance, BuildsTheSameEveryTime) {
  const auto other = GetParam().make_task();
  ASSERT_TRUE(other.ok()) << other.error().message;
  for (const Config& config : some_configs()) {
    const BuildRecord first = record_of(*task_, config);
    EXPECT_EQ(record_of(*task_, config), first) << task_->space().describe(config);
    EXPECT_EQ(record_of(**other, config), first) << task_->space().describe(config);
  }
}

TEST_P(TargetConformance, BuildsOnSeveralThreadsAtOnce) {
  const std::vector<Config> configs = some_configs(3);
  std::vector<BuildRecord> expected;
  for (const Config& config : configs) expected.push_back(record_of(*task_, config));
  std::vector<std::vector<BuildRecord>> built(4);
  {
    std::vector<std::jthread> threads;
    for (std::vector<BuildRecord>& own : built)
      threads.emplace_back([&] {
        for (const Config& config : configs) own.push_back(record_of(*task_, config));
      });
  }
  for (const std::vector<BuildRecord>& own : built) EXPECT_EQ(own, expected);
}

TEST_P(TargetConformance, RefusesAWorkloadThatIsNone) {
  const std::string nonsense = "no-such-workload:of=any/target";
  const auto resolved = target().resolve(nonsense);
  if (!resolved.ok()) {
    EXPECT_THAT(resolved.error().message, ::testing::HasSubstr("no-such-workload"));
    return;
  }
  for (const Workload& workload : *resolved)
    EXPECT_FALSE(target().bind(workload).ok()) << "what resolve() does not know, bind() must refuse";
}

TEST_P(TargetConformance, OpensDevicesWithNames) {
  const auto device = target().open_device({});
  if (!GetParam().runs_here) {
    ASSERT_FALSE(device.ok());
    EXPECT_FALSE(device.error().message.empty());
    return;
  }
  ASSERT_TRUE(device.ok()) << device.error().message;
  EXPECT_FALSE((*device)->name().empty());
  const auto again = target().open_device({});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ((*again)->name(), (*device)->name());
}

TEST_P(TargetConformance, RunsProgramsAndTimesThem) {
  if (!GetParam().runs_here) GTEST_SKIP() << "the target has no device here";
  const auto device = target().open_device({});
  ASSERT_TRUE(device.ok()) << device.error().message;
  const WorkloadData data = make_data(task_->workload(), 1);
  int valid = 0;
  for (const Config& config : some_configs()) {
    SCOPED_TRACE(task_->space().describe(config));
    const std::optional<RunOutcome> outcome = run(**device, config, data);
    if (!outcome) continue;
    EXPECT_EQ(outcome->verdict == Verdict::valid, !outcome->costs.empty());
    if (outcome->verdict != Verdict::valid) {
      EXPECT_FALSE(outcome->message.empty());
      continue;
    }
    ++valid;
    for (const double latency : outcome->costs) {
      const Status taken = check_latency_ns(latency);
      EXPECT_TRUE(taken.ok()) << taken.error().message;
    }
  }
  EXPECT_GT(valid, 0) << "the case shows nothing: no program ran to its end";
}

TEST_P(TargetConformance, ComputesTheReferenceResultByDefault) {
  if (!GetParam().runs_here) GTEST_SKIP() << "the target has no device here";
  const auto device = target().open_device({});
  ASSERT_TRUE(device.ok()) << device.error().message;
  const WorkloadData data = make_data(task_->workload(), 1);
  const std::optional<RunOutcome> outcome = run(**device, task_->default_config(), data);
  if (!outcome || outcome->output.empty()) return;  // a box that shows no result
  EXPECT_EQ(find_difference(task_->workload(), data, outcome->output).value_or("right"), "right");
}

TEST_P(TargetConformance, RepeatsLatenciesUnlessTheyVary) {
  if (!GetParam().runs_here) GTEST_SKIP() << "the target has no device here";
  if (target().traits().latencies_vary) return;
  const auto device = target().open_device({});
  ASSERT_TRUE(device.ok()) << device.error().message;
  const WorkloadData data = make_data(task_->workload(), 1);
  for (const Config& config : some_configs()) {
    const std::optional<RunOutcome> first = run(**device, config, data);
    if (!first) continue;
    EXPECT_EQ(run(**device, config, data)->costs, first->costs)
        << task_->space().describe(config) << ": the target says that latencies do not vary";
  }
}

TEST_P(TargetConformance, LoadsAProgramThatWasSaved) {
  const auto other = GetParam().make_task();  // as another process binds it
  ASSERT_TRUE(other.ok()) << other.error().message;
  for (const Config& config : some_configs(2)) {
    SCOPED_TRACE(task_->space().describe(config));
    const std::optional<std::string> bytes = saved(config);
    if (!bytes) continue;
    EXPECT_LE(bytes->size(), kMostProgramBytes);
    const Result<BuildOutcome> loaded = (*other)->load(config, *bytes);
    if (!loaded.ok()) {
      EXPECT_FALSE(GetParam().runs_here) << loaded.error().message;
      EXPECT_EQ(loaded.error().kind, ErrorKind::unsupported) << loaded.error().message;
      continue;
    }
    ASSERT_NE(loaded->artifact, nullptr) << loaded->message;
    EXPECT_EQ(loaded->artifact->code_hash(), record_of(*task_, config).code_hash);
    EXPECT_EQ((*other)->save(config, *loaded->artifact).value(), *bytes);
  }
}

TEST_P(TargetConformance, RunsALoadedProgramAsTheOneThatWasBuilt) {
  if (!GetParam().runs_here) GTEST_SKIP() << "the target has no device here";
  const auto other = GetParam().make_task();
  ASSERT_TRUE(other.ok()) << other.error().message;
  const auto device = target().open_device({});
  const auto another = (*other)->target().open_device({});
  ASSERT_TRUE(device.ok() && another.ok());
  const WorkloadData data = make_data(task_->workload(), 1);
  for (const Config& config : {task_->default_config(), some_configs(1).back()}) {
    SCOPED_TRACE(task_->space().describe(config));
    const std::optional<std::string> bytes = saved(config);
    if (!bytes) continue;
    const Result<BuildOutcome> loaded = (*other)->load(config, *bytes);
    ASSERT_TRUE(loaded.ok() && loaded->artifact != nullptr)
        << (loaded.ok() ? loaded->message : loaded.error().message);
    const std::optional<RunOutcome> built = run(**device, config, data);
    const RunOutcome ran = (*another)->run(*loaded->artifact, data, {});
    EXPECT_EQ(ran.verdict, built->verdict) << ran.message;
    EXPECT_EQ(ran.message, built->message);
    EXPECT_EQ(ran.output, built->output);
    if (!target().traits().latencies_vary) {
      EXPECT_EQ(ran.costs, built->costs);
    }
  }
}

TEST_P(TargetConformance, RefusesAProgramThatIsDamagedOrOfAnotherConfig) {
  const Config& config = task_->default_config();
  const std::optional<std::string> bytes = saved(config);
  if (!bytes) return;
  const auto expect_refused = [&](const std::string& damaged) {
    const Result<BuildOutcome> loaded = task_->load(config, damaged);
    ASSERT_FALSE(loaded.ok());
    EXPECT_THAT(loaded.error().kind, ::testing::AnyOf(ErrorKind::corrupt, ErrorKind::unsupported));
    EXPECT_FALSE(loaded.error().message.empty());
  };
  // All of the beginning, and samples of the rest, which may be long.
  const size_t step = std::max<size_t>(bytes->size() / 300, 1);
  for (size_t at = 0; at < bytes->size(); at += at < 300 ? 1 : step) {
    SCOPED_TRACE("at byte " + std::to_string(at));
    expect_refused(bytes->substr(0, at));
    std::string flipped = *bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    expect_refused(flipped);
  }
  expect_refused(*bytes + "x");
  for (const Config& another : some_configs(2)) {
    if (another == config || task_->space().describe(another) == task_->space().describe(config)) continue;
    EXPECT_EQ(task_->load(another, *bytes).error().kind, ErrorKind::corrupt);
  }
}

}  // namespace tamis::testing
