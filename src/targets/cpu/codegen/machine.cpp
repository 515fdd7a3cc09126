#include "targets/cpu/codegen/machine.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>

#include <fmt/format.h>
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

/// What the machine's code may use and the processor of this process has not; empty where it runs here.
std::string missing_here(const Machine& machine, const llvm::MCSubtargetInfo& known) {
  if (machine.triple != host_triple()) return "its architecture";
  for (const auto& feature : llvm::sys::getHostCPUFeatures())
    if (!feature.second && generated(feature.first()) && known.checkFeatures("+" + feature.first().str()))
      return feature.first().str();
  return {};
}

std::unique_ptr<llvm::MCSubtargetInfo> subtarget_of(const Machine& machine, std::string& fault) {
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(machine.triple, fault);
  if (target == nullptr) return nullptr;
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      target->createMCSubtargetInfo(machine.triple, machine.cpu, machine.features));
}

/// Fills what follows from the features that LLVM knows the processor to have.
Result<Machine> describe(Machine machine) {
  initialize_llvm();
  std::string fault;
  const std::unique_ptr<llvm::MCSubtargetInfo> known = subtarget_of(machine, fault);
  if (known == nullptr) return unsupported("LLVM was built without " + machine.triple + ": " + fault);
  const auto has = [&](const char* feature) { return known->checkFeatures(std::string("+") + feature); };
  machine.host = missing_here(machine, *known).empty();
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

/// The features of a string that LLVM knows; it would print a line for each other one. What code does not use
/// need not be known. Errors: as check_runs_here.
Result<std::string> known_features(const std::string& features, const llvm::MCSubtargetInfo& all) {
  constexpr size_t kShown = 40;
  std::string known;
  for (const std::string& feature : split_text(features, ',')) {
    if (feature.empty()) continue;
    if (feature[0] != '+' && feature[0] != '-')
      return corrupt("the features of its processor are not a list of features");
    const auto every = all.getAllProcessorFeatures();
    const bool is_known = std::any_of(every.begin(), every.end(), [&](const llvm::SubtargetFeatureKV& one) {
      return feature.compare(1, std::string::npos, one.Key) == 0;
    });
    if (is_known) known += (known.empty() ? "" : ",") + feature;
    if (!is_known && feature[0] == '+')
      return unsupported(
          fmt::format("it may use \"{}\", which LLVM does not know here", feature.substr(1, kShown)));
  }
  return known;
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

Status check_runs_here(const std::string& cpu, const std::string& features) {
  initialize_llvm();
  std::string fault;
  Machine bare;
  bare.triple = host_triple();
  const std::unique_ptr<llvm::MCSubtargetInfo> all = subtarget_of(bare, fault);
  if (all == nullptr) return unsupported("LLVM was built without " + bare.triple + ": " + fault);
  TAMIS_ASSIGN(const std::string known, known_features(features, *all));
  const Result<Machine> machine = recorded_machine(cpu, known);
  if (!machine.ok()) return unsupported(machine.error().message);
  if (machine->host) return {};
  const std::unique_ptr<llvm::MCSubtargetInfo> its = subtarget_of(*machine, fault);
  return unsupported(
      fmt::format("it is for the processor {}, and {} is missing here", cpu, missing_here(*machine, *its)));
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
