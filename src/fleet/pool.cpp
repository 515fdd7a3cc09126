#include "fleet/pool.h"

#include "measure/protocol.h"

#include <array>

#include <fmt/format.h>

namespace tamis::fleet {
namespace {

/// What most targets bind one of at least.
constexpr std::array<const char*, 2> kSmallWorkloads = {"dense:ci=16,co=16", "resnet18.C11"};
/// Letters of a digest that tell pools apart.
constexpr size_t kPoolLetters = 12;

}  // namespace

Nature nature_of(const Target& target) {
  Nature nature;
  for (const char* name : kSmallWorkloads) {
    const auto workloads = target.resolve(name);
    if (!workloads.ok() || workloads->empty()) continue;
    const auto task = target.bind(workloads->front());
    if (!task.ok() || *task == nullptr) continue;
    if (nature.identity.empty()) nature.identity = to_string((*task)->identity());
    nature.spaces += knobs_fingerprint((*task)->space()) + " ";
  }
  return nature;
}

std::string pool_of(const Nature& nature, const Key& key) {
  return digest_of(fmt::format("{}\n{}\n{}\n{}", kProtocolVersion, nature.identity, nature.spaces,
                               key.sign("which key")))
      .substr(0, kPoolLetters);
}

std::string queue_of(const std::string& type, const std::string& pool) {
  return fmt::format("{}={}", type, pool);
}

SharedTask make_trial_task(const std::shared_ptr<const Target>& target) {
  for (const char* name : kSmallWorkloads) {
    const auto workloads = target->resolve(name);
    if (!workloads.ok() || workloads->empty()) continue;
    const auto task = bind_task(target, workloads->front());
    if (task.ok()) return *task;
  }
  return nullptr;
}

}  // namespace tamis::fleet
