#include "targets/targets.h"

#include "base/text.h"
#include "targets/command/command_target.h"
#include "targets/cpu/cpu_target.h"
#include "targets/cpu/emit_program.h"
#include "targets/cpu/print_program.h"
#include "targets/table/table_target.h"
#include "targets/vta/vta_target.h"

namespace tamis {

const std::vector<TargetKind>& target_kinds() {
  static const std::vector<TargetKind> kinds = {
      {"vta", "the VTA accelerator: `vta` or `vta:FILE` with tvm-vta's vta_config.json", vta::needs_isolation,
       vta::make_target},
      {"cpu", "the processor of this machine: `cpu`, or `cpu:mcpu=NAME` for code for another",
       cpu::needs_isolation, cpu::make_target, cpu::emit_program, cpu::print_program},
      {"table", "recorded tables (T4, CSV), whose files are the workloads", table::needs_isolation,
       table::make_target},
      {"command", "programs of your own, over spaces that files describe", command::needs_isolation,
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

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(spec));
  return kind->make(spec, options);
}

}  // namespace tamis
