#include "targets/cpu/identity.h"

#include "base/text.h"

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

/// Raised whenever a config gives another program than before, so that trials of different generations are
/// not taken for the same.
constexpr int kGeneration = 1;

std::optional<int64_t> integer_of(const TaskIdentity& identity, std::string_view name) {
  const std::optional<std::string> value = identity.property(name);
  return value ? parse_integer(*value) : std::nullopt;
}

}  // namespace

TaskIdentity identity_of(const RunConditions& conditions) {
  const Machine& machine = conditions.machine;
  return {"cpu",
          machine.cpu + " " + machine.features,
          {{"threads", std::to_string(conditions.threads)},
           {"caches", std::string(to_string(conditions.caches))},
           {"generation", std::to_string(kGeneration)}}};
}

Result<RunConditions> conditions_of(const TaskIdentity& identity) {
  const std::vector<std::string> machine = split_text(identity.subject, ' ');
  const std::optional<int64_t> threads = integer_of(identity, "threads");
  const std::optional<std::string> caches = identity.property("caches");
  const std::optional<int64_t> generation = integer_of(identity, "generation");
  if (identity.kind != "cpu" || machine.size() != 2 || identity.properties.size() != 3 || !threads ||
      *threads < 1 || *threads > 65536 || !caches || !generation)
    return corrupt(fmt::format("\"{}\" is not an identity of a target cpu", to_string(identity)));
  if (*generation != kGeneration)
    return unsupported(fmt::format(
        "it was tuned by a release whose configs were other programs (generation {} instead of {}); "
        "tune it again",
        *generation, kGeneration));
  RunConditions conditions;
  TAMIS_ASSIGN(conditions.machine, recorded_machine(machine[0], machine[1]));
  conditions.threads = static_cast<int>(*threads);
  const Result<Caches> state = parse_caches(*caches);
  if (!state.ok()) return corrupt(fmt::format("\"{}\": {}", to_string(identity), state.error().message));
  conditions.caches = *state;
  return conditions;
}

}  // namespace tamis::cpu
