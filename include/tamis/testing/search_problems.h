#pragma once

#include "tamis/expression.h"
#include "tamis/space.h"
#include "tamis/strategy.h"
#include "tamis/task.h"
#include "tamis/trial.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

/// Made-up search problems for tests of strategies: spaces, landscapes that say what comes of their configs,
/// tasks over them, and a loop that searches. Nothing is built or measured.
namespace tamis::testing {

/// What comes of a config: its latency in ns, or nothing when it is invalid.
using Landscape = std::function<std::optional<double>(const Space&, const Config&)>;

/// Tries configs on a landscape; trials are numbered from `first`.
inline std::vector<Trial> try_configs(const Space& space, std::span<const Config> configs,
                                      const Landscape& landscape, uint64_t first = 0) {
  std::vector<Trial> trials;
  for (const Config& config : configs) {
    Trial trial;
    trial.number = first++;
    trial.config = config;
    trial.measured = true;
    const std::optional<double> latency = landscape(space, config);
    if (latency)
      trial.costs = {*latency};
    else
      trial.verdict = Verdict::run_failed;
    trials.push_back(std::move(trial));
  }
  return trials;
}

/// Proposes, tries and teaches until `limit` trials were made or nothing is proposed; the trials in their
/// order. Proposer is a strategy or an initializer; an initializer is also left when it is finished.
template <class Proposer>
std::vector<Trial> search(Proposer& proposer, const Space& space, const Landscape& landscape, size_t limit,
                          size_t batch = 8) {
  std::vector<Trial> all;
  while (all.size() < limit) {
    if constexpr (requires { proposer.finished(); })
      if (proposer.finished()) break;
    const auto configs = proposer.propose(std::min(batch, limit - all.size()));
    EXPECT_TRUE(configs.ok());
    if (!configs.ok() || configs->empty()) break;
    const std::vector<Trial> trials = try_configs(space, *configs, landscape, all.size());
    EXPECT_TRUE(proposer.learn(trials).ok());
    all.insert(all.end(), trials.begin(), trials.end());
  }
  return all;
}

inline std::vector<uint64_t> indexes(const Space& space, std::span<const Trial> trials) {
  std::vector<uint64_t> result;
  for (const Trial& trial : trials) result.push_back(space.index(trial.config));
  return result;
}

inline std::vector<ConfigKey> keys(const Space& space, std::span<const Trial> trials) {
  std::vector<ConfigKey> result;
  for (const Trial& trial : trials) result.push_back(space.key(trial.config));
  return result;
}

inline size_t count_valid(std::span<const Trial> trials) {
  return static_cast<size_t>(std::count_if(
      trials.begin(), trials.end(), [](const Trial& trial) { return trial.verdict == Verdict::valid; }));
}

/// 4 * 4 * 3 * 2 = 96 configs with a number, a split, a name and a second number.
inline Space small_space() {
  return Space::create({number_knob("tile", {1, 2, 4, 8}), split_knob("rows", 6, 2),
                        name_knob("order", {"hw", "wh", "ho"}), number_knob("threads", {1, 2})})
      .value();
}

/// 8 * 8 * 8 * 2 * 2 = 2048 configs, shaped like those of VTA's template.
inline Space tile_space() {
  const std::vector<int64_t> powers = {1, 2, 4, 8, 16, 32, 64, 128};
  return Space::create({number_knob("h", powers), number_knob("w", powers), number_knob("c", powers),
                        number_knob("h_threads", {1, 2}), number_knob("c_threads", {1, 2})})
      .value();
}

/// 2^60 configs.
inline Space huge_space() {
  std::vector<Knob> knobs;
  std::vector<int64_t> values;
  for (int64_t value = 1; value <= 64; ++value) values.push_back(value);
  for (int i = 0; i < 10; ++i) knobs.push_back(number_knob("knob" + std::to_string(i), values));
  return Space::create(std::move(knobs)).value();
}

/// 2^170 configs, as many as 170 switches of a compiler have: too many for an index of 64 bits.
inline Space switches_space() {
  std::vector<Knob> knobs;
  for (int i = 0; i < 170; ++i) {
    const std::string name = "switch" + std::to_string(i);
    knobs.push_back(i % 2 == 0 ? name_knob(name, {"off", "on"}) : number_knob(name, {1, 2}));
  }
  return Space::create(std::move(knobs)).value();
}

/// Of 170 two-valued knobs exactly 80 at their second value: about 2^167 allowed configs, which are
/// enumerated and of which no two differ in one knob only.
inline Space balanced_switches_space() {
  std::vector<Knob> knobs;
  std::string sum;
  for (int i = 0; i < 170; ++i) {
    knobs.push_back(number_knob("s" + std::to_string(i), {0, 1}));
    sum += (i > 0 ? " + s" : "s") + std::to_string(i);
  }
  return Space::create(knobs, {*parse_constraint(sum + " == 80", knobs)}).value().enumerated().value();
}

/// 97 of the 2^60 configs of huge_space(), as a recorded table lists them.
inline Space listed_space() {
  const Space whole = huge_space();
  Random random(11);
  std::set<uint64_t> listed;
  while (listed.size() < 97) listed.insert(random.below(whole.size()));
  return Space::create_listed(whole.knobs(), {listed.begin(), listed.end()}).value();
}

/// x * y * z == product, each from 1 to 10000: a few of 10^12 configs, of which none differ in one knob.
inline Space sparse_space(int64_t product) {
  std::vector<int64_t> values;
  for (int64_t value = 1; value <= 10000; ++value) values.push_back(value);
  const std::vector<Knob> knobs = {number_knob("x", values), number_knob("y", values),
                                   number_knob("z", values)};
  const std::string formula = "x * y * z == " + std::to_string(product);
  return Space::create(knobs, {*parse_constraint(formula, knobs)}).value().enumerated().value();
}

/// 252278523 of 10^12 configs: six pairs of knobs of which one divides the other, and a limit on a sum.
inline Space large_enumerated_space() {
  std::vector<Knob> knobs;
  std::vector<std::string> formulas;
  std::string sum;
  for (const char* side : {"a", "b"})
    for (int i = 0; i < 6; ++i)
      knobs.push_back(number_knob(side + std::to_string(i), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  for (int i = 0; i < 6; ++i) {
    formulas.push_back("b" + std::to_string(i) + " % a" + std::to_string(i) + " == 0");
    sum += (i > 0 ? " + b" : "b") + std::to_string(i);
  }
  formulas.push_back(sum + " <= 40");
  return Space::create(knobs, *parse_constraints(formulas, knobs)).value().enumerated().value();
}

/// Valid everywhere; the last config is the fastest.
inline std::optional<double> always_valid(const Space& space, const Config& config) {
  return 1e6 / (1.0 + static_cast<double>(space.key(config).hash() % 100000));
}

inline std::optional<double> never_valid(const Space&, const Config&) { return std::nullopt; }

/// A memory of limited size: tiles must fit it with all threads, so that 11 % of tile_space() is valid. Full
/// memory is fast, best with one shape of tile.
inline std::optional<double> small_memory(const Space& space, const Config& config) {
  double product = 1;
  for (size_t i = 0; i < space.knobs().size(); ++i) product *= scalar(space.value(config, i));
  if (product > 64) return std::nullopt;
  const auto excess = [&](size_t knob, double best) {
    return knob < config.choices.size() ? std::abs(static_cast<double>(config.choices[knob]) - best) : 0.0;
  };
  return 1e6 / product * (1 + 0.2 * excess(0, 3) + 0.1 * excess(1, 1));
}

/// Builds a config: what a target says of it that builds freely.
using Build = std::function<BuildOutcome(const Config&)>;

/// What building tells of small_memory(): what does not fit is refused, the product of the knobs is shown.
inline BuildOutcome build_for_small_memory(const Space& space, const Config& config) {
  double product = 1;
  for (size_t i = 0; i < space.knobs().size(); ++i) product *= scalar(space.value(config, i));
  BuildOutcome outcome;
  if (product > 64) outcome.verdict = Verdict::resource_exceeded;
  outcome.features.set("product", product);
  return outcome;
}

/// A task over a space, of a target that builds freely where `build` is given. It has no device: landscapes
/// say what comes of its configs.
inline SharedTask make_task(const Space& space, std::vector<Config> suggestions = {}, Build build = nullptr) {
  class BuiltTask final : public Task {
   public:
    BuiltTask(TaskFacts facts, Build build) : Task(std::move(facts)), build_(std::move(build)) {}
    BuildOutcome build(const Config& config) const override {
      return build_ ? build_(config)
                    : BuildOutcome{Verdict::build_failed, "nothing builds here", {}, nullptr};
    }

   private:
    Build build_;
  };
  class LandscapeTarget final : public Target {
   public:
    LandscapeTarget(TaskFacts facts, Build build)
        : Target("landscape", {}, {.needs_isolation = false, .builds_freely = build != nullptr}),
          facts_(std::move(facts)),
          build_(std::move(build)) {}
    Result<std::unique_ptr<Task>> bind(const Workload&) const override {
      return std::unique_ptr<Task>(std::make_unique<BuiltTask>(facts_, build_));
    }
    Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
      return unsupported("a landscape has no device");
    }

   private:
    TaskFacts facts_;
    Build build_;
  };
  TaskFacts facts;
  facts.workload.op = Operator::external;
  facts.workload.name = facts.workload.source = "landscape";
  facts.space = space;
  facts.identity = {"landscape", "", {}};
  facts.default_config = space.config(0);
  facts.suggestions = std::move(suggestions);
  const Workload workload = facts.workload;
  Result<SharedTask> task =
      bind_task(std::make_shared<const LandscapeTarget>(std::move(facts), std::move(build)), workload);
  EXPECT_TRUE(task.ok()) << (task.ok() ? "" : task.error().message);
  return task.value();
}

}  // namespace tamis::testing
