#include "targets/cpu/codegen/llvm_targets.h"

#include <mutex>

#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>

namespace tamis::cpu {
namespace {

/// Shapes are constants, so addresses in loops are a register and a displacement already. LLVM's search for
/// cheaper ones takes about a tenth of a build and finds none; the code generator has no other switch for it
/// than this option of the command line tools.
void disable_loop_strength_reduction() {
  auto& options = llvm::cl::getRegisteredOptions();
  const auto found = options.find("disable-lsr");
  if (found != options.end()) static_cast<llvm::cl::opt<bool>*>(found->second)->setValue(true);
}

}  // namespace

void initialize_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    disable_loop_strength_reduction();
  });
}

}  // namespace tamis::cpu
