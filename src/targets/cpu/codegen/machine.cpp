#include "targets/cpu/codegen/machine.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <mutex>

#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/AArch64TargetParser.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>
#include <llvm/TargetParser/X86TargetParser.h>

namespace tamis::cpu {
namespace {

constexpr const char* kX86Triple = "x86_64-pc-linux-gnu";
constexpr const char* kArmTriple = "aarch64-linux-gnu";

const char* host_triple() {
  return llvm::sys::getDefaultTargetTriple().rfind("aarch64", 0) == 0 ? kArmTriple : kX86Triple;
}

/// Instructions that only programs that ask for them have: virtual machines hide some of them.
constexpr std::array<std::string_view, 13> kNeverGenerated = {
    "clzero", "invpcid", "movdir64b", "movdiri", "mwaitx",   "pconfig", "pku",
    "rdpru",  "sgx",     "shstk",     "uintr",   "wbnoinvd", "xsaves"};

bool generated(std::string_view feature) {
  return std::find(kNeverGenerated.begin(), kNeverGenerated.end(), feature) == kNeverGenerated.end();
}

/// Whether the processor of this process has all that the machine's code may use.
bool runs_here(const Machine& machine, const llvm::MCSubtargetInfo& known) {
  if (machine.triple != host_triple()) return false;
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    if (!feature.second && generated(feature.first()) && known.checkFeatures("+" + feature.first().str()))
      return false;
  return true;
}

/// Fills what follows from the features that LLVM knows the processor to have.
Result<Machine> describe(Machine machine) {
  initialize_llvm();
  std::string fault;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(machine.triple, fault);
  if (target == nullptr) return unsupported("LLVM was built without " + machine.triple + ": " + fault);
  const std::unique_ptr<llvm::MCSubtargetInfo> known(
      target->createMCSubtargetInfo(machine.triple, machine.cpu, machine.features));
  const auto has = [&](const char* feature) { return known->checkFeatures(std::string("+") + feature); };
  machine.host = runs_here(machine, *known);
  if (machine.triple == kArmTriple) {
    machine.vector_registers = 32;
    machine.converts_float16 = true;
    return machine;
  }
  machine.converts_float16 = has("f16c");
  if (has("avx512f")) {
    machine.vector_bytes = 64;
    machine.vector_registers = 32;
    machine.dot_product = has("avx512vnni");
  } else if (has("avx")) {
    machine.vector_bytes = 32;
  }
  return machine;
}

bool contains(const llvm::SmallVectorImpl<llvm::StringRef>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Shapes are constants, so addresses in loops are a register and a displacement already. LLVM's search for
/// cheaper ones takes about a tenth of a build and finds none; the code generator has no other switch for it
/// than this option of the command line tools.
void disable_loop_strength_reduction() {
  auto& options = llvm::cl::getRegisteredOptions();
  const auto found = options.find("disable-lsr");
  if (found != options.end()) static_cast<llvm::cl::opt<bool>*>(found->second)->setValue(true);
}

}  // namespace

Result<Machine> host_machine() {
  Machine machine;
  machine.triple = host_triple();
  machine.cpu = llvm::sys::getHostCPUName().str();
  llvm::SubtargetFeatures features;
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  machine.features = features.getString();
  return describe(std::move(machine));
}

Result<Machine> recorded_machine(const std::string& cpu, const std::string& features) {
  llvm::SmallVector<llvm::StringRef> x86;
  llvm::SmallVector<llvm::StringRef> arm;
  llvm::X86::fillValidCPUArchList(x86, true);
  llvm::AArch64::fillValidCPUArchList(arm);
  if (contains(x86, cpu)) return describe({kX86Triple, cpu, features});
  if (contains(arm, cpu)) return describe({kArmTriple, cpu, features});
  std::vector<std::string_view> known(x86.begin(), x86.end());
  known.insert(known.end(), arm.begin(), arm.end());
  return not_found("there is no processor \"" + cpu + "\"" + did_you_mean(cpu, known));
}

Result<Machine> find_machine(const std::string& cpu) {
  if (cpu.empty()) return host_machine();
  return recorded_machine(cpu, "");
}

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
