#include "fleet/trial_target.h"

#include "base/clock.h"
#include "base/text.h"
#include "measure/fault_target.h"
#include "tamis/data.h"
#include "tamis/random.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tamis {
namespace {

/// What a device is like.
struct Habits {
  double shortest_ms = 0;
  double longest_ms = 0;
  std::string ill;
  std::string ill_while;
  double factor = 2;
  double probability = 0.2;
  double noise = 0;
  std::string diary;
};

Result<Habits> read_habits(const Settings& settings) {
  Habits habits;
  const std::vector<std::pair<std::string, double*>> numbers = {{"shortest_ms", &habits.shortest_ms},
                                                                {"longest_ms", &habits.longest_ms},
                                                                {"factor", &habits.factor},
                                                                {"probability", &habits.probability},
                                                                {"noise", &habits.noise}};
  const std::vector<std::pair<std::string, std::string*>> texts = {
      {"ill", &habits.ill}, {"while", &habits.ill_while}, {"diary", &habits.diary}};
  for (const auto& [name, number] : numbers) {
    const auto setting = settings.find(name);
    if (setting == settings.end()) continue;
    const auto value = parse_number(setting->second);
    if (!value) return invalid_input("the setting " + name + " is no number: " + setting->second);
    *number = *value;
  }
  for (const auto& [name, text] : texts)
    if (const auto setting = settings.find(name); setting != settings.end()) *text = setting->second;
  habits.longest_ms = std::max(habits.longest_ms, habits.shortest_ms);
  return habits;
}

struct TrialProgram final : Artifact {
  uint64_t index = 0;
  double cost = 0;
  bool fails = false;
  bool lies = false;
};

class TrialDevice final : public Device {
 public:
  explicit TrialDevice(Habits habits)
      : habits_(std::move(habits)), random_(static_cast<uint64_t>(::getpid())) {}
  const std::string& name() const override { return name_; }

  RunOutcome run(const Artifact& artifact, const WorkloadData& data, const RunOptions&) override {
    const auto& program = static_cast<const TrialProgram&>(artifact);
    note("begin", program.index);
    const std::string illness = is_ill() ? habits_.ill : "";
    while (illness == "dead") std::this_thread::sleep_for(std::chrono::seconds(1));
    sleep(program.index);
    RunOutcome outcome;
    if (program.fails) {
      outcome = {Verdict::run_failed, "the device does not like the config", {}, {}, {}};
    } else if (illness == "flaky" && random_.uniform() < habits_.probability) {
      outcome = {Verdict::run_failed, "a loose contact", {}, {}, {}};
    } else {
      const double slower = illness == "slow" ? habits_.factor : 1;
      outcome.costs = {program.cost * slower * (1 + habits_.noise * random_.normal())};
      outcome.output = data.output;
      if (program.lies || illness == "lying") outcome.output.values<int8_t>().back() ^= 1;
    }
    note("end", program.index);
    return outcome;
  }

 private:
  bool is_ill() const { return habits_.ill_while.empty() || std::filesystem::exists(habits_.ill_while); }
  void sleep(uint64_t index) const {
    if (habits_.longest_ms <= 0) return;
    Random random(index);
    const double shortest = std::max(habits_.shortest_ms, 1e-3);
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(
        shortest * std::pow(std::max(1.0, habits_.longest_ms / shortest), random.uniform())));
  }
  /// One write each, so that lines of several devices do not mix.
  void note(const char* what, uint64_t index) const {
    if (habits_.diary.empty()) return;
    const int file = ::open(habits_.diary.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    const std::string line = fmt::format("{} {} {}\n", what, index, monotonic_ns());
    (void)!::write(file, line.data(), line.size());
    ::close(file);
  }

  Habits habits_;
  Random random_;
  std::string name_ = "trial device";
};

class TrialTask final : public Task {
 public:
  TrialTask(TaskFacts facts, bool all_valid) : Task(std::move(facts)), all_valid_(all_valid) {}

  BuildOutcome build(const Config& config) const override {
    auto program = std::make_shared<TrialProgram>();
    program->index = space().index(config);
    program->cost = healthy_cost(config);
    const uint64_t chance = stable_hash(std::to_string(program->index)) % 40;
    const bool valid = all_valid_ || program->index == 0 || chance > 3;
    if (!valid && chance == 0) return {Verdict::build_failed, "cannot be built", {}, nullptr};
    if (!valid && chance == 1) return {Verdict::resource_exceeded, "needs 9 bytes of 8", {}, nullptr};
    program->fails = !valid && chance == 2;
    program->lies = !valid && chance == 3;
    return {Verdict::valid, "", {}, program};
  }

 private:
  bool all_valid_;
};

/// The specs there are. Those that are tried in a process of their own have invalid configs too.
constexpr std::array<std::string_view, 4> kSpecs = {"trial", "trial:varying", "trial:free", "trial:large"};

TargetTraits traits_of(std::string_view spec) {
  TargetTraits traits;
  traits.needs_isolation = spec == "trial" || spec == "trial:varying";
  traits.latencies_vary = spec == "trial:varying";
  return traits;
}

class TrialTarget final : public Target {
 public:
  TrialTarget(const std::string& spec, const Settings& settings, Habits habits)
      : Target(spec, settings, traits_of(spec)), habits_(std::move(habits)) {}

  Result<std::unique_ptr<Task>> bind(const Workload& workload) const override {
    std::vector<int64_t> values(spec() == "trial:large" ? 128 : 16);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i);
    TaskFacts facts;
    facts.workload = workload;
    TAMIS_ASSIGN(facts.space, Space::create({number_knob("a", values), number_knob("b", values),
                                             number_knob("c", values)}));
    facts.identity = {"trial", spec() == "trial" ? "boards" : spec(), {}};
    facts.default_config = facts.space.config(0);
    return std::unique_ptr<Task>(std::make_unique<TrialTask>(std::move(facts), !traits().needs_isolation));
  }

  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return std::unique_ptr<Device>(std::make_unique<TrialDevice>(habits_));
  }

 private:
  Habits habits_;
};

}  // namespace

Result<std::shared_ptr<const Target>> make_trial_target(const std::string& spec, const Settings& settings) {
  if (std::find(kSpecs.begin(), kSpecs.end(), spec) == kSpecs.end())
    return not_found("there is no target \"" + spec + "\"");
  TAMIS_ASSIGN(Habits habits, read_habits(settings));
  return std::shared_ptr<const Target>(
      std::make_shared<const TrialTarget>(spec, settings, std::move(habits)));
}

double healthy_cost(const Config& config) {
  constexpr std::array<double, 3> kBest = {7, 3, 5};
  double cost = 1000;
  for (size_t i = 0; i < kBest.size(); ++i) cost += 100 * std::pow(config.choices[i] - kBest[i], 2);
  return cost;
}

SharedTask trial_task(const std::string& spec, const Settings& settings) {
  return bind_task(make_trial_target(spec, settings).value(), small_workload()).value();
}

Result<std::shared_ptr<const Target>> make_fleet_test_target(const std::string& spec,
                                                             const Settings& settings) {
  return spec.starts_with("fault") ? make_fault_target(spec, settings) : make_trial_target(spec, settings);
}

}  // namespace tamis
