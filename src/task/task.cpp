#include "tamis/task.h"

#include "base/text.h"
#include "tamis/expression.h"
#include "tamis/space.h"
#include "task/exclusion.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tamis {
namespace {

bool is_property(const std::string& word) {
  const size_t sign = word.find('=');
  if (sign == 0 || sign == std::string::npos || word.find('=', sign + 1) != std::string::npos) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(sign),
                     [](char c) { return c == '_' || (c >= 'a' && c <= 'z'); });
}

/// Whether there is no config even without the constraints.
bool is_empty(const Space& space) {
  return space.size() == 0 || (space.listed() != nullptr && space.listed()->empty());
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
      : Target(facts.identity.kind, {}, {.needs_isolation = false, .times_recorded = true}),
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

std::optional<std::string> TaskIdentity::property(std::string_view name) const {
  for (const auto& [key, value] : properties)
    if (key == name) return value;
  return std::nullopt;
}

std::string to_string(const TaskIdentity& identity) {
  std::string text = identity.kind;
  if (!identity.subject.empty()) text += " " + identity.subject;
  for (const auto& [name, value] : identity.properties)
    text.append(" ").append(name).append("=").append(value);
  return text;
}

Result<TaskIdentity> parse_identity(const std::string& text) {
  std::vector<std::string> words = split_text(text, ' ');
  if (words.empty() || words.front().empty())
    return corrupt("an identity of a task must name the kind of its target");
  TaskIdentity identity;
  identity.kind = words.front();
  size_t end = words.size();
  while (end > 1 && is_property(words[end - 1])) --end;
  for (size_t i = end; i < words.size(); ++i) {
    const size_t sign = words[i].find('=');
    identity.properties.emplace_back(words[i].substr(0, sign), words[i].substr(sign + 1));
  }
  for (size_t i = 1; i < end; ++i) identity.subject += (i == 1 ? "" : " ") + words[i];
  return identity;
}

Status Task::complete(std::shared_ptr<const Target> target, const BindOptions& options) {
  target_ = std::move(target);
  const std::string& name = facts_.workload.name;
  if (!options.constraints.empty()) {
    Result<std::vector<Constraint>> constraints =
        parse_constraints(options.constraints, facts_.space.knobs());
    if (!constraints.ok()) return constraints.error().within("a constraint on " + name);
    facts_.space = facts_.space.constrained(std::move(*constraints));
  }
  std::vector<Hint> hints;
  for (const std::string& text : options.hints) {
    Result<Hint> hint = parse_hint(facts_.space.knobs(), text);
    if (!hint.ok()) return hint.error().within("what is likely good of " + name);
    hints.push_back(std::move(*hint));
  }
  if (!hints.empty()) facts_.space = facts_.space.hinted(std::move(hints));
  if (is_empty(facts_.space)) return invalid_input(fmt::format("{}: its space has no config", name));
  if (!belongs(facts_.space, facts_.default_config))
    return invalid_input(fmt::format("{}: the default config is not of its space", name));
  Found allowed = allowed_near(facts_.space, facts_.default_config);
  if (!allowed.config) return nothing_allowed(name, facts_.space, allowed.all_seen);
  if (*allowed.config != facts_.default_config) excluded_default_ = std::move(facts_.default_config);
  facts_.default_config = std::move(*allowed.config);
  std::erase_if(facts_.suggestions, [&](const Config& config) {
    return !belongs(facts_.space, config) || !facts_.space.allows(config);
  });
  return {};
}

Result<SharedTask> bind_task(const std::shared_ptr<const Target>& target, const Workload& workload,
                             const BindOptions& options) {
  TAMIS_TRY(validate(workload));
  TAMIS_ASSIGN(std::unique_ptr<Task> task, target->bind(workload));
  if (task == nullptr)
    return Error{ErrorKind::internal,
                 fmt::format("the target {} gave no task for {}; its bind() must return a task or an error",
                             target->spec(), workload.name)};
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
  facts.objective = std::move(plain.objective);
  facts.default_config =
      plain.default_config == Config{} ? facts.space.config(0) : std::move(plain.default_config);
  const Workload workload = facts.workload;
  return bind_task(std::make_shared<const CallersTarget>(std::move(facts)), workload);
}

}  // namespace tamis
