#include "targets/cpu/codegen/compiler.h"

// A build without LLVM (TAMIS_WITH_LLVM=OFF): it knows no processor, so that the target cpu is refused where
// it is made.

namespace tamis::cpu {
namespace {

Error no_llvm() {
  return unsupported(
      "this build of tamis has no LLVM, so the target cpu cannot compile; build it with -DTAMIS_WITH_LLVM=ON "
      "(Debian: llvm-19-dev)");
}

}  // namespace

Result<Machine> host_machine() { return no_llvm(); }
Result<Machine> find_machine(const std::string&) { return no_llvm(); }
Result<Machine> recorded_machine(const std::string&, const std::string&) { return no_llvm(); }
Status check_runs_here(const std::string&, const std::string&) { return no_llvm(); }

Result<CompiledObject> compile(const std::vector<LoweredProgram>&, const Machine&, int,
                               const CompileOptions&) {
  return no_llvm();
}
Result<std::string> llvm_text(const LoweredProgram&, const Machine&, int) { return no_llvm(); }
Result<std::string> assembly_text(const LoweredProgram&, const Machine&, int) { return no_llvm(); }

}  // namespace tamis::cpu
