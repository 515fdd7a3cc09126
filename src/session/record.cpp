#include "session/record.h"

#include "base/clock.h"
#include "base/json.h"
#include "tamis/objective.h"
#include "tamis/random.h"
#include "tamis/task.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// What differs, with both values where they are short enough to be read.
std::string change(std::string_view what, std::string_view logged, std::string_view now) {
  constexpr size_t kReadable = 60;
  if (std::max(logged.size(), now.size()) > kReadable) return std::string(what);
  const auto named = [](std::string_view value) { return value.empty() ? "none" : value; };
  return fmt::format("{} ({}, now {})", what, named(logged), named(now));
}

/// Whether a text is a hash of 64 bits, which stands for a text that is not known any more.
bool is_hash(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// The properties of either identity in which they differ.
void compare_properties(const TaskIdentity& logged, const TaskIdentity& now, std::vector<std::string>& all) {
  for (const auto& [name, value] : now.properties) {
    const std::optional<std::string> before = logged.property(name);
    if (before == value) continue;
    if (name == "generation" && before)
      all.push_back(
          fmt::format("the generation of the target {} ({}, now {}: the same config is another program or "
                      "takes another time, so its trials are neither continued nor learnt from)",
                      now.kind, *before, value));
    else
      all.push_back(change(name, before.value_or(""), value));
  }
  for (const auto& [name, value] : logged.properties)
    if (!now.property(name)) all.push_back(change(name, value, ""));
}

/// Where both subjects are JSON objects, their members that differ: `DESIGN (chisel, now hls)`. False where
/// they are none.
bool compare_members(const std::string& logged, const std::string& now, std::vector<std::string>& all) {
  const Json before = Json::parse(logged, nullptr, /*allow_exceptions=*/false);
  const Json after = Json::parse(now, nullptr, /*allow_exceptions=*/false);
  if (!before.is_object() || !after.is_object()) return false;
  const auto text_of = [](const Json& object, const std::string& key) -> std::string {
    const auto found = object.find(key);
    if (found == object.end()) return "";
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  Json both = before;
  both.update(after);
  for (const auto& member : both.items()) {
    const std::string old_text = text_of(before, member.key());
    const std::string new_text = text_of(after, member.key());
    if (old_text != new_text) all.push_back(change(member.key(), old_text, new_text));
  }
  return true;
}

/// What differs between the subjects of two identities of one kind.
void compare_subjects(const TaskIdentity& logged, const TaskIdentity& now, std::vector<std::string>& all) {
  if (logged.subject == now.subject || compare_members(logged.subject, now.subject, all)) return;
  if (!is_hash(logged.subject) || !is_hash(now.subject)) {
    all.push_back(change("what the target " + now.kind + " is", logged.subject, now.subject));
  } else if (now.kind == "table") {  // two hashes tell nobody anything
    all.emplace_back("the rows of the recorded table");
  } else {
    all.push_back(fmt::format("the program of the target {}: what it runs, or how", now.kind));
  }
}

void compare_identities(const SessionRecord& logged, const SessionRecord& now,
                        std::vector<std::string>& all) {
  if (logged.target_identity == now.target_identity) return;
  const Result<TaskIdentity> before = parse_identity(logged.target_identity);
  const Result<TaskIdentity> after = parse_identity(now.target_identity);
  const size_t begin = all.size();
  if (!before.ok() || !after.ok() || before->kind != after->kind) {
    all.push_back(change("target", before.ok() ? before->kind : "", after.ok() ? after->kind : ""));
    return;
  }
  compare_subjects(*before, *after, all);
  compare_properties(*before, *after, all);
  if (all.size() == begin) all.emplace_back("target");
}

void compare_spaces(const SessionRecord& logged, const SessionRecord& now, std::vector<std::string>& all) {
  if (logged.space_fingerprint == now.space_fingerprint) return;
  const size_t begin = all.size();
  if (logged.knobs != now.knobs) all.emplace_back("knobs");
  if (logged.constraints != now.constraints)
    all.push_back(change("constraints", logged.constraints, now.constraints));
  if (all.size() == begin) all.emplace_back("the configs that the space lists");
}

}  // namespace

SessionRecord describe_task(const Task& task) {
  SessionRecord record;
  record.target_spec = task.target().spec();
  record.target_identity = to_string(task.identity());
  record.workload = task.workload();
  record.knobs = knobs_to_text(task.space());
  record.constraints = constraints_to_text(task.space());
  record.space_fingerprint = task.space().fingerprint();
  record.objective = task.objective();
  if (!task.space().hints().empty())
    record.hints = to_json(task.space().knobs(), task.space().hints())
                       .dump(-1, ' ', false, Json::error_handler_t::replace);
  record.started_unix_ms = unix_ms();
  return record;
}

Result<const StrategyKind*> resolve_strategy(SessionRecord& record) {
  TAMIS_ASSIGN(const StrategyChoice choice, parse_strategy(record.strategy));
  TAMIS_ASSIGN(const StrategyKind* kind, find_strategy(choice.name));
  record.strategy = to_string(choice);
  // What it passes over makes no difference.
  if (!kind->heeds_hints) record.hints.clear();
  if (record.initializer.empty()) record.initializer = kind->default_initializer;
  TAMIS_ASSIGN(const InitializerKind* initializer, find_initializer(record.initializer));
  // Generations only grow, so that the sum differs as soon as one of them does.
  record.generation = kind->generation + initializer->generation - 1;
  return kind;
}

uint64_t strategy_seed(uint64_t seed, const Workload& workload, uint64_t learnt_at_once) {
  std::string text =
      fmt::format("{} {}", seed, workload.op == Operator::external ? workload.name : to_spec(workload));
  if (learnt_at_once > 0) text += fmt::format(" after {}", learnt_at_once);
  return stable_hash(text);
}

bool same_workload(const Workload& a, const Workload& b) {
  if (a.op != b.op) return false;
  if (a.op == Operator::external) return a.name == b.name;
  Workload renamed = a;
  renamed.name = b.name;
  return renamed == b;
}

std::vector<std::string> differences(const SessionRecord& logged, const SessionRecord& now) {
  std::vector<std::string> all;
  if (!same_workload(logged.workload, now.workload))
    all.push_back(change("workload", logged.workload.name, now.workload.name));
  compare_identities(logged, now, all);
  compare_spaces(logged, now, all);
  const auto compare = [&](std::string_view what, const auto& before, const auto& after) {
    if (before != after) all.push_back(change(what, fmt::format("{}", before), fmt::format("{}", after)));
  };
  compare("objective", to_string(logged.objective), to_string(now.objective));
  compare("strategy", logged.strategy, now.strategy);
  // An initializer is named `none`, too.
  const auto initializer = [](const SessionRecord& one) {
    return one.initializer.empty() ? std::string("the strategy's own") : one.initializer;
  };
  compare("initializer", initializer(logged), initializer(now));
  compare("what is likely good", logged.hints, now.hints);
  compare("seed", logged.seed, now.seed);
  const auto pace = [](const SessionRecord& one) {
    return one.batch == 0 ? std::string("none: asynchronous") : fmt::format("{}", one.batch);
  };
  compare("batch", pace(logged), pace(now));
  return all;
}

}  // namespace tamis
