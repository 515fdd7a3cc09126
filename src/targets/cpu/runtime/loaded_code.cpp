#include "targets/cpu/runtime/loaded_code.h"

#include "targets/cpu/codegen/machine.h"

#include <fmt/format.h>
#include <llvm/BinaryFormat/Magic.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/TargetParser/Host.h>

extern "C" {
void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned flags);
int omp_get_thread_num();
int omp_get_num_threads();
}

namespace tamis::cpu {
namespace {

/// What several threads need of OpenMP's runtime: named here, it is linked into every program that loads
/// others.
llvm::orc::SymbolMap openmp_symbols(llvm::orc::LLJIT& linker) {
  llvm::orc::SymbolMap symbols;
  const auto add = [&](const char* name, auto* function) {
    symbols[linker.mangleAndIntern(name)] =
        llvm::orc::ExecutorSymbolDef(llvm::orc::ExecutorAddr::fromPtr(function),
                                     llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable);
  };
  add("GOMP_parallel", &GOMP_parallel);
  add("omp_get_thread_num", &omp_get_thread_num);
  add("omp_get_num_threads", &omp_get_num_threads);
  return symbols;
}

Error link_error(llvm::Error error) {
  return Error{ErrorKind::internal, "the program cannot be linked: " + llvm::toString(std::move(error))};
}

/// Refuses code of another architecture, which would be run all the same.
Status check_architecture(const llvm::object::ObjectFile& object, const llvm::Triple& here) {
  if (object.getArch() == here.getArch()) return {};
  return unsupported(fmt::format("the program is for {}, and this process runs code for {}",
                                 llvm::Triple::getArchTypeName(object.getArch()).str(),
                                 llvm::Triple::getArchTypeName(here.getArch()).str()));
}

Status add_object(llvm::orc::LLJIT& linker, const CompiledObject& object) {
  const llvm::StringRef bytes(object.bytes.data(), object.bytes.size());
  auto file = llvm::object::ObjectFile::createObjectFile({bytes, "object"});
  if (!file) return link_error(file.takeError());
  TAMIS_TRY(check_architecture(**file, linker.getTargetTriple()));
  if (llvm::Error error = linker.addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(bytes)))
    return link_error(std::move(error));
  return {};
}

}  // namespace

Status check_object(const CompiledObject& object) {
  initialize_llvm();
  const llvm::StringRef bytes(object.bytes.data(), object.bytes.size());
  const auto magic = llvm::identify_magic(bytes);
  if (magic != llvm::file_magic::elf_relocatable) return corrupt("its code is no object file");
  auto file = llvm::object::ObjectFile::createObjectFile({bytes, "object"}, magic);
  if (!file) return corrupt("its code is damaged: " + llvm::toString(file.takeError()));
  return check_architecture(**file, llvm::Triple(llvm::sys::getDefaultTargetTriple()));
}

struct LoadedCode::Linker {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

LoadedCode::LoadedCode() : linker_(std::make_unique<Linker>()) {}
LoadedCode::~LoadedCode() = default;

Result<std::unique_ptr<LoadedCode>> LoadedCode::load(std::span<const CompiledObject* const> objects) {
  initialize_llvm();
  std::unique_ptr<LoadedCode> loaded(new LoadedCode());
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return link_error(jit.takeError());
  loaded->linker_->jit = std::move(*jit);
  llvm::orc::LLJIT& linker = *loaded->linker_->jit;
  // What fails is told by the error of the look-up; the session would print it.
  linker.getExecutionSession().setErrorReporter(
      [](llvm::Error error) { llvm::consumeError(std::move(error)); });
  if (llvm::Error error = linker.getMainJITDylib().define(llvm::orc::absoluteSymbols(openmp_symbols(linker))))
    return link_error(std::move(error));
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      linker.getDataLayout().getGlobalPrefix());
  if (!process) return link_error(process.takeError());
  linker.getMainJITDylib().addGenerator(std::move(*process));
  for (const CompiledObject* object : objects) TAMIS_TRY(add_object(linker, *object));
  return loaded;
}

Result<LoadedCode::Function> LoadedCode::find(const std::string& name) const {
  auto found = linker_->jit->lookup(name);
  if (!found) return link_error(found.takeError());
  return Function{found->toPtr<void(void**)>()};
}

}  // namespace tamis::cpu
