#include "tamis/task.h"

#include "space/allowed_configs.h"
#include "tamis/expression.h"
#include "tamis/random.h"
#include "tamis/space.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Of the listed configs that are allowed the nearest, knob by knob as AllowedConfigs::nearest.
std::optional<Config> nearest_listed(const Space& space, const Config& config) {
  std::optional<Config> nearest;
  std::vector<uint32_t> least;
  for (const uint64_t index : *space.listed()) {
    Config other = space.config(index);
    if (!space.allows(other)) continue;
    std::vector<uint32_t> distances;
    for (size_t i = 0; i < config.choices.size(); ++i)
      distances.push_back(std::max(config.choices[i], other.choices[i]) -
                          std::min(config.choices[i], other.choices[i]));
    if (nearest && !(distances < least)) continue;
    nearest = std::move(other);
    least = std::move(distances);
  }
  return nearest;
}

/// The config that the space allows nearest to this one. Nothing where it allows none; in a space that is too
/// large to be enumerated, where none was found.
std::optional<Config> allowed_near(const Space& space, const Config& config) {
  if (space.allows(config)) return config;
  if (space.listed() != nullptr) return nearest_listed(space, config);
  if (const Result<Space> known = space.enumerated(); known.ok())
    return known->enumeration()->nearest(config);
  Random random(0);
  return space.sample(random);
}

/// Those of the constraints that exclude everything, each by itself; none where only all together do.
std::vector<std::string> excluding_alone(const Space& space) {
  std::vector<std::string> alone;
  const Result<Space> whole = space.listed() != nullptr ? Space::create_listed(space.knobs(), *space.listed())
                                                        : Space::create(space.knobs());
  if (!whole.ok() || whole->size() == 0) return alone;
  for (const Constraint& constraint : space.constraints())
    if (!allowed_near(whole->constrained({constraint}), whole->config(0))) alone.push_back(constraint.text);
  return alone;
}

Error nothing_allowed(const std::string& name, const Space& space) {
  if (space.constraints().empty()) return invalid_input(fmt::format("{}: its space has no config", name));
  std::vector<std::string> texts = excluding_alone(space);
  const bool alone = !texts.empty();
  if (!alone)
    for (const Constraint& constraint : space.constraints()) texts.push_back(constraint.text);
  const char* says = texts.size() == 1 ? "excludes everything; leave out or loosen it"
                     : alone           ? "each exclude everything; leave out or loosen all of them"
                                       : "together exclude everything; leave out or loosen one of them";
  return invalid_input(
      fmt::format("{}: no config is allowed: `{}` {}", name, fmt::join(texts, "`, `"), says));
}

class CallersTask final : public Task {
 public:
  using Task::Task;
  BuildOutcome build(const Config&) const override {
    return {Verdict::build_failed, "configs of this task are built by the caller, not by tamis", {}, nullptr};
  }
};

class CallersTarget final : public Target {
 public:
  explicit CallersTarget(TaskFacts facts)
      : Target(facts.identity.kind, {}, {.needs_isolation = false, .latencies_vary = false}),
        facts_(std::move(facts)) {}
  Result<std::unique_ptr<Task>> bind(const Workload&) const override {
    return std::unique_ptr<Task>(std::make_unique<CallersTask>(facts_));
  }
  Result<std::unique_ptr<Device>> open_device(const DeviceOptions&) const override {
    return unsupported("configs of this task are run by the caller: it has no device of tamis");
  }

 private:
  TaskFacts facts_;
};

}  // namespace

Status Task::complete(std::shared_ptr<const Target> target, const BindOptions& options) {
  target_ = std::move(target);
  const std::string& name = facts_.workload.name;
  if (!options.constraints.empty()) {
    Result<std::vector<Constraint>> constraints =
        parse_constraints(options.constraints, facts_.space.knobs());
    if (!constraints.ok()) return constraints.error().within("a constraint on " + name);
    facts_.space = facts_.space.constrained(std::move(*constraints));
  }
  std::optional<Config> allowed = allowed_near(facts_.space, facts_.default_config);
  if (!allowed) return nothing_allowed(name, facts_.space);
  if (*allowed != facts_.default_config) excluded_default_ = std::move(facts_.default_config);
  facts_.default_config = std::move(*allowed);
  std::erase_if(facts_.suggestions, [&](const Config& config) {
    return !belongs(facts_.space, config) || !facts_.space.allows(config);
  });
  return {};
}

Result<SharedTask> bind_task(const std::shared_ptr<const Target>& target, const Workload& workload,
                             const BindOptions& options) {
  TAMIS_TRY(validate(workload));
  TAMIS_ASSIGN(std::unique_ptr<Task> task, target->bind(workload));
  TAMIS_TRY(task->complete(target, options));
  return SharedTask(std::move(task));
}

Result<SharedTask> make_plain_task(PlainTask plain) {
  TaskFacts facts;
  facts.workload.op = Operator::external;
  facts.workload.name = plain.name;
  facts.workload.source = std::move(plain.name);
  facts.space = std::move(plain.space);
  facts.identity = std::move(plain.identity);
  if (facts.space.size() == 0) return nothing_allowed(facts.workload.name, facts.space);
  facts.default_config =
      plain.default_config == Config{} ? facts.space.config(0) : std::move(plain.default_config);
  const Workload workload = facts.workload;
  return bind_task(std::make_shared<const CallersTarget>(std::move(facts)), workload);
}

}  // namespace tamis
