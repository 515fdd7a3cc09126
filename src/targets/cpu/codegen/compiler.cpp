#include "targets/cpu/codegen/compiler.h"

#include "targets/cpu/codegen/emitter.h"
#include "targets/cpu/codegen/machine.h"

#include <llvm/Analysis/CGSCCPassManager.h>
#include <llvm/Analysis/LoopAnalysisManager.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/Linker/Linker.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/LEB128.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

namespace tamis::cpu {
namespace {

/// What the emitted code needs before code generation: registers out of memory, common addresses computed
/// once, invariants out of loops. Loops are shaped by the schedule, so none of LLVM's loop optimisations run.
constexpr const char* kPasses =
    "function(sroa,early-cse<memssa>,loop-mssa(licm),instsimplify,early-cse<memssa>,simplifycfg)";

Result<std::unique_ptr<llvm::TargetMachine>> make_target_machine(const Machine& machine) {
  initialize_llvm();
  std::string fault;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(machine.triple, fault);
  if (target == nullptr) return unsupported("LLVM cannot compile for " + machine.triple + ": " + fault);
  llvm::TargetOptions options;
  // Only a multiply_add is rounded once: a product and a sum of two operators of a network are rounded each,
  // as they are where the operators do not share a program. Otherwise a quantisation behind them meets a tie.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  options.EmitStackSizeSection = true;
  std::unique_ptr<llvm::TargetMachine> made(
      target->createTargetMachine(machine.triple, machine.cpu, machine.features, options, llvm::Reloc::PIC_,
                                  std::nullopt, llvm::CodeGenOptLevel::Default));
  if (made == nullptr) return Error{ErrorKind::internal, "LLVM has no code generator for " + machine.cpu};
  return made;
}

Status optimize(llvm::Module& module, llvm::TargetMachine& target) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager calls;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&target);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(calls);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, calls, modules);
  llvm::ModulePassManager passes;
  if (llvm::Error error = builder.parsePassPipeline(passes, kPasses))
    return Error{ErrorKind::internal, "LLVM refuses the passes: " + llvm::toString(std::move(error))};
  passes.run(module, modules);
  return {};
}

Result<std::unique_ptr<llvm::Module>> emit_all(const std::vector<LoweredProgram>& programs,
                                               const Machine& machine, int threads, Team team,
                                               llvm::TargetMachine& target, llvm::LLVMContext& context) {
  std::unique_ptr<llvm::Module> all;
  for (const LoweredProgram& program : programs) {
    TAMIS_ASSIGN(std::unique_ptr<llvm::Module> module, emit_module(program, machine, threads, team, context));
    module->setDataLayout(target.createDataLayout());
    if (all == nullptr) {
      all = std::move(module);
    } else if (llvm::Linker::linkModules(*all, std::move(module))) {
      return Error{ErrorKind::internal, "the programs of one object have functions of one name"};
    }
  }
  TAMIS_TRY(optimize(*all, target));
  return all;
}

Result<std::vector<char>> generate(llvm::Module& module, llvm::TargetMachine& target,
                                   llvm::CodeGenFileType kind) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if (target.addPassesToEmitFile(passes, stream, nullptr, kind))
    return Error{ErrorKind::internal, "LLVM cannot write this kind of file"};
  passes.run(module);
  return std::vector<char>(bytes.begin(), bytes.end());
}

/// The largest of the frame sizes in a section that LLVM writes: for each function its address, 8 bytes, and
/// the size as ULEB128 ("Emitting function stack size information", LLVM's code generator manual).
int64_t largest_frame(llvm::StringRef section) {
  constexpr size_t kAddressBytes = 8;
  uint64_t largest = 0;
  while (section.size() > kAddressBytes) {
    section = section.drop_front(kAddressBytes);
    unsigned length = 0;
    largest = std::max(largest, llvm::decodeULEB128(section.bytes_begin(), &length, section.bytes_end()));
    section = section.drop_front(length);
  }
  return static_cast<int64_t>(largest);
}

/// Fills in what the object's sections tell of the code.
void measure_code(CompiledObject& object) {
  const llvm::MemoryBufferRef memory(llvm::StringRef(object.bytes.data(), object.bytes.size()), "object");
  auto file = llvm::object::ObjectFile::createObjectFile(memory);
  if (!file) return llvm::consumeError(file.takeError());
  for (const llvm::object::SectionRef& section : (*file)->sections()) {
    if (section.isText()) object.code_bytes += static_cast<int64_t>(section.getSize());
    auto name = section.getName();
    auto contents = section.getContents();
    if (name && contents && *name == ".stack_sizes")
      object.stack_bytes = std::max(object.stack_bytes, largest_frame(*contents));
    if (!name) llvm::consumeError(name.takeError());
    if (!contents) llvm::consumeError(contents.takeError());
  }
}

}  // namespace

Result<CompiledObject> compile(const std::vector<LoweredProgram>& programs, const Machine& machine,
                               int threads, const CompileOptions& options) {
  for (const LoweredProgram& program : programs)
    if (is_for_gpu(program))
      return Error{
          ErrorKind::internal,
          "the program " + program.name +
              " has loops over groups and items, which only GPUs run; lower it by a schedule of the cpu"};
  TAMIS_ASSIGN(const std::unique_ptr<llvm::TargetMachine> target, make_target_machine(machine));
  llvm::LLVMContext context;
  TAMIS_ASSIGN(const std::unique_ptr<llvm::Module> module,
               emit_all(programs, machine, threads, options.team, *target, context));
  CompiledObject object;
  for (const LoweredProgram& program : programs)
    object.workspace_bytes = std::max(object.workspace_bytes, workspace_bytes(program, threads));
  TAMIS_ASSIGN(object.bytes, generate(*module, *target, llvm::CodeGenFileType::ObjectFile));
  measure_code(object);
  return object;
}

Result<std::string> llvm_text(const LoweredProgram& program, const Machine& machine, int threads) {
  TAMIS_ASSIGN(const std::unique_ptr<llvm::TargetMachine> target, make_target_machine(machine));
  llvm::LLVMContext context;
  TAMIS_ASSIGN(const std::unique_ptr<llvm::Module> module,
               emit_all({program}, machine, threads, Team::compiled, *target, context));
  std::string text;
  llvm::raw_string_ostream(text) << *module;
  return text;
}

Result<std::string> assembly_text(const LoweredProgram& program, const Machine& machine, int threads) {
  TAMIS_ASSIGN(const std::unique_ptr<llvm::TargetMachine> target, make_target_machine(machine));
  llvm::LLVMContext context;
  TAMIS_ASSIGN(const std::unique_ptr<llvm::Module> module,
               emit_all({program}, machine, threads, Team::compiled, *target, context));
  TAMIS_ASSIGN(const std::vector<char> bytes,
               generate(*module, *target, llvm::CodeGenFileType::AssemblyFile));
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace tamis::cpu
