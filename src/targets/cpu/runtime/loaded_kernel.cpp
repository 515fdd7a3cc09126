#include "targets/cpu/runtime/loaded_kernel.h"

#include "targets/cpu/runtime/loaded_code.h"

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

constexpr size_t kAlignment = 64;

/// A program may read a vector that begins inside a buffer and ends beyond it only by a defect; the margin
/// keeps such a defect from touching what is not ours, and the check of the output then tells it.
constexpr size_t kMargin = 256;

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
  std::unique_ptr<LoadedCode> loaded;
  LoadedCode::Function run;
  LoadedCode::Function prepare;
};

LoadedKernel::LoadedKernel() : code_(std::make_unique<Code>()) {}
LoadedKernel::~LoadedKernel() = default;

Result<std::unique_ptr<LoadedKernel>> LoadedKernel::load(const CpuArtifact& artifact,
                                                         const WorkloadData& data) {
  std::unique_ptr<LoadedKernel> kernel(new LoadedKernel());
  Code& code = *kernel->code_;
  std::vector<const CompiledObject*> objects{&artifact.object};
  if (artifact.prepare != nullptr) objects.push_back(artifact.prepare.get());
  TAMIS_ASSIGN(code.loaded, LoadedCode::load(objects));
  TAMIS_ASSIGN(code.run, code.loaded->find("run_call"));
  if (!artifact.prepare_arguments.empty()) {
    TAMIS_ASSIGN(code.prepare, code.loaded->find("prepare_call"));
  }
  TAMIS_TRY(kernel->allocate(artifact, data));
  return kernel;
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
  if (code_->prepare.code != nullptr) {
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
