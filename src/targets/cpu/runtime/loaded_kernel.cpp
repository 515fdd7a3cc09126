#include "targets/cpu/runtime/loaded_kernel.h"

#include "targets/cpu/codegen/machine.h"

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Support/MemoryBuffer.h>

extern "C" {
void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned flags);
int omp_get_thread_num();
int omp_get_num_threads();
}

namespace tamis::cpu {
namespace {

constexpr size_t kAlignment = 64;

/// A program may read a vector that begins inside a buffer and ends beyond it only by a defect; the margin
/// keeps such a defect from touching what is not ours, and the check of the output then tells it.
constexpr size_t kMargin = 256;

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
Status check_architecture(const llvm::MemoryBufferRef& bytes, const llvm::Triple& here) {
  auto object = llvm::object::ObjectFile::createObjectFile(bytes);
  if (!object) return link_error(object.takeError());
  if ((*object)->getArch() == here.getArch()) return {};
  return unsupported(fmt::format("the program is for {}, and this process runs code for {}",
                                 llvm::Triple::getArchTypeName((*object)->getArch()).str(),
                                 llvm::Triple::getArchTypeName(here.getArch()).str()));
}

Status add_object(llvm::orc::LLJIT& linker, const CompiledObject& object) {
  const llvm::StringRef bytes(object.bytes.data(), object.bytes.size());
  TAMIS_TRY(check_architecture({bytes, "object"}, linker.getTargetTriple()));
  if (llvm::Error error = linker.addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(bytes)))
    return link_error(std::move(error));
  return {};
}

}  // namespace

Result<AlignedBytes> AlignedBytes::create(size_t size) {
  const size_t rounded = (size + kMargin + kAlignment - 1) / kAlignment * kAlignment;
  // Rounding a size near the largest number wraps around.
  AlignedBytes memory(rounded > size ? std::aligned_alloc(kAlignment, rounded) : nullptr, size);
  if (memory.bytes_ == nullptr)
    return io_error(fmt::format("there is no memory for a buffer of {} bytes", size));
  std::memset(memory.data(), 0, rounded);
  return memory;
}

void AlignedBytes::Free::operator()(void* pointer) const { std::free(pointer); }

struct LoadedKernel::Code {
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*run)(void**) = nullptr;
  void (*prepare)(void**) = nullptr;
};

LoadedKernel::LoadedKernel() : code_(std::make_unique<Code>()) {}
LoadedKernel::~LoadedKernel() = default;

Result<std::unique_ptr<LoadedKernel>> LoadedKernel::load(const CpuArtifact& artifact,
                                                         const WorkloadData& data) {
  initialize_llvm();
  std::unique_ptr<LoadedKernel> loaded(new LoadedKernel());
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return link_error(jit.takeError());
  loaded->code_->jit = std::move(*jit);
  llvm::orc::LLJIT& linker = *loaded->code_->jit;
  // What fails is told by the error of the look-up; the session would print it.
  linker.getExecutionSession().setErrorReporter(
      [](llvm::Error error) { llvm::consumeError(std::move(error)); });
  if (llvm::Error error = linker.getMainJITDylib().define(llvm::orc::absoluteSymbols(openmp_symbols(linker))))
    return link_error(std::move(error));
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      linker.getDataLayout().getGlobalPrefix());
  if (!process) return link_error(process.takeError());
  linker.getMainJITDylib().addGenerator(std::move(*process));
  TAMIS_TRY(add_object(linker, artifact.object));
  if (artifact.prepare != nullptr) TAMIS_TRY(add_object(linker, *artifact.prepare));
  auto run = linker.lookup("run_call");
  if (!run) return link_error(run.takeError());
  loaded->code_->run = run->toPtr<void(void**)>();
  if (!artifact.prepare_arguments.empty()) {
    auto prepare = linker.lookup("prepare_call");
    if (!prepare) return link_error(prepare.takeError());
    loaded->code_->prepare = prepare->toPtr<void(void**)>();
  }
  TAMIS_TRY(loaded->allocate(artifact, data));
  return loaded;
}

Status LoadedKernel::allocate(const CpuArtifact& artifact, const WorkloadData& data) {
  type_ = artifact.workload.type;
  for (const std::vector<Buffer>* arguments : {&artifact.run_arguments, &artifact.prepare_arguments})
    for (const Buffer& argument : *arguments) {
      if (buffer(argument.name) != nullptr) continue;
      const auto size = static_cast<size_t>(argument.elements() * bytes(argument.element));
      TAMIS_ASSIGN(AlignedBytes memory, AlignedBytes::create(size));
      buffers_.emplace_back(argument.name, std::move(memory));
    }
  const auto fill = [&](const char* name, const Tensor& tensor) {
    for (const auto& [known, memory] : buffers_)
      if (known == name)
        std::memcpy(memory.data(), tensor.data(), std::min(memory.size(), tensor.byte_count()));
  };
  fill("input", data.input);
  fill("weights", data.weights);
  fill("bias", data.bias);
  fill("residual", data.residual);
  output_elements_ = data.output.size();
  const int64_t preparing = artifact.prepare == nullptr ? 0 : artifact.prepare->workspace_bytes;
  TAMIS_ASSIGN(workspace_, AlignedBytes::create(
                               static_cast<size_t>(std::max(artifact.object.workspace_bytes, preparing))));
  if (code_->prepare != nullptr) {
    std::vector<void*> prepare = pointers(artifact.prepare_arguments);
    code_->prepare(prepare.data());
  }
  run_pointers_ = pointers(artifact.run_arguments);
  return {};
}

void* LoadedKernel::buffer(const std::string& name) const {
  for (const auto& [known, memory] : buffers_)
    if (known == name) return memory.data();
  return nullptr;
}

std::vector<void*> LoadedKernel::pointers(const std::vector<Buffer>& arguments) const {
  std::vector<void*> all;
  for (const Buffer& argument : arguments) all.push_back(buffer(argument.name));
  all.push_back(workspace_.data());
  return all;
}

void LoadedKernel::run() const { code_->run(const_cast<void**>(run_pointers_.data())); }

Tensor LoadedKernel::output() const {
  const void* memory = buffer("output");
  if (type_ == DataType::int8) {
    std::vector<int8_t> values(output_elements_);
    std::memcpy(values.data(), memory, values.size());
    return values;
  }
  std::vector<float> values(output_elements_);
  std::memcpy(values.data(), memory, values.size() * sizeof(float));
  return values;
}

}  // namespace tamis::cpu
