#include "tamis/targets.h"

#include "base/text.h"
#include "tamis/table.h"
#include "targets/command/command_target.h"
#include "targets/cpu/cpu_target.h"
#include "targets/cpu/emission.h"
#include "targets/gpu/cuda_target.h"
#include "targets/gpu/emission.h"
#include "targets/gpu/gpu_target.h"
#include "targets/gpu/opencl_target.h"
#include "targets/gpu/operator_task.h"
#include "targets/vta/vta_target.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis {
namespace {

bool declares(const TargetKind& kind, const std::string& setting) {
  return std::any_of(kind.settings.begin(), kind.settings.end(),
                     [&](const SettingKind& one) { return one.name == setting; });
}

/// Refuses a setting that the kind does not declare, which would have no effect.
Status check_setting(const TargetKind& kind, const std::string& setting) {
  if (declares(kind, setting)) return {};
  std::string others;
  for (const TargetKind& other : target_kinds())
    if (declares(other, setting)) others += (others.empty() ? "" : " or ") + other.name;
  if (!others.empty())
    return invalid_input(
        fmt::format("--{0} is a setting of the target {1}, and the target here is {2}: add --target {1} or "
                    "leave --{0} out",
                    setting, others, kind.name));
  if (kind.settings.empty())
    return invalid_input(
        fmt::format("the target {} has no setting \"{}\": it has none at all", kind.name, setting));
  std::vector<std::string_view> known;
  for (const SettingKind& one : kind.settings) known.emplace_back(one.name);
  return invalid_input(
      fmt::format("the target {} has no setting \"{}\"{}", kind.name, setting, did_you_mean(setting, known)));
}

}  // namespace

const std::vector<TargetKind>& target_kinds() {
  static const std::vector<TargetKind> kinds = {
      {"vta",
       "the VTA accelerator: `vta`, a design (`vta:chisel`, `vta:hls`, `vta:fsim`) or `vta:FILE` with "
       "tvm-vta's "
       "vta_config.json",
       vta::setting_kinds(), vta::make_target, vta::recall_task},
      {"cpu", "the processor of this machine: `cpu`, or `cpu:mcpu=NAME` for code for another",
       cpu::setting_kinds(), cpu::make_target, cpu::recall_task, cpu::emit_program, cpu::print_program},
      {"opencl",
       "operators, and kernels of your own in OpenCL C: `opencl`, or `opencl:DEVICE` with a device's number "
       "or "
       "a part of its name",
       gpu::opencl_setting_kinds(), gpu::make_opencl_target, gpu::recall_opencl_task, gpu::emit_program,
       gpu::print_opencl_program},
      {"cuda",
       "operators, and kernels of your own in CUDA C++: `cuda`, `cuda:1` for the second device, or "
       "`cuda:arch=sm_90` to build for an architecture without a device",
       gpu::cuda_setting_kinds(), gpu::make_cuda_target, gpu::recall_cuda_task, gpu::emit_program,
       gpu::print_cuda_program},
      {"table", "recorded tables, whose files are the workloads", table::setting_kinds(), table::make_target},
      {"command", "programs of your own, over spaces that files describe", command::setting_kinds(),
       command::make_target},
  };
  return kinds;
}

Result<const TargetKind*> find_target_kind(const std::string& spec) {
  const std::string name = spec.substr(0, spec.find(':'));
  std::vector<std::string_view> known;
  for (const TargetKind& kind : target_kinds()) {
    if (kind.name == name) return &kind;
    known.emplace_back(kind.name);
  }
  return not_found("there is no target \"" + name + "\"" + did_you_mean(name, known));
}

Result<SharedTask> recall_task(const std::string& target_spec, const std::string& identity,
                               const Workload& workload, const Space& space) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(target_spec));
  if (kind->recall == nullptr)
    return unsupported(
        fmt::format("tasks of the target {} cannot be made again from a log: their programs are made where "
                    "they run",
                    target_spec));
  TAMIS_ASSIGN(const TaskIdentity parsed, parse_identity(identity));
  return kind->recall(parsed, workload, space);
}

Result<std::shared_ptr<const Target>> make_target(const std::string& spec, const Settings& settings) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(spec));
  Settings kept;
  for (const auto& [name, value] : settings) {
    TAMIS_TRY(check_setting(*kind, name));
    if (value != setting_or_default({}, kind->settings, name)) kept.emplace(name, value);
  }
  return kind->make(spec, kept);
}

}  // namespace tamis
