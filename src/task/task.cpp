#include "task/task.h"

#include "base/random.h"
#include "space/allowed_configs.h"
#include "space/expression.h"
#include "space/membership.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A config that the space allows, near this one; nothing where none was found.
std::optional<Config> allowed_near(const Space& space, const Config& config) {
  if (space.allows(config)) return config;
  const Config near = near_allowed(space, config);
  if (space.allows(near)) return near;
  Random random(0);
  return space.sample(random);
}

bool allows_any(const Space& space) {
  if (const auto count = known_count(space)) return *count > 0;
  Random random(0);
  return space.sample(random).has_value();
}

/// Those of the constraints that exclude everything by themselves, else all of them: together they do.
std::string excluding_everything(const Space& space) {
  std::vector<std::string> alone;
  std::vector<std::string> all;
  for (const Constraint& constraint : space.constraints()) {
    all.push_back(constraint.text);
    const Result<Space> unconstrained = Space::create(space.knobs());
    if (unconstrained.ok() && !allows_any(unconstrained->constrained({constraint})))
      alone.push_back(constraint.text);
  }
  std::string names;
  for (const std::string& text : alone.empty() ? all : alone)
    names += (names.empty() ? "`" : ", `") + text + "`";
  return names;
}

Error nothing_allowed(const std::string& name, const Space& space) {
  if (space.constraints().empty()) return invalid_input(fmt::format("{}: its space has no config", name));
  return invalid_input(
      fmt::format("{}: no config is allowed: {} exclude{} everything; leave out or loosen {}", name,
                  excluding_everything(space), space.constraints().size() == 1 ? "s" : "",
                  space.constraints().size() == 1 ? "it" : "one of them"));
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
