#include "targets/cpu/runtime/loaded_kernel.h"

#include "targets/cpu/runtime/loaded_code.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>

namespace tamis::cpu {
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
  fill("inner_weights", data.inner.weights);
  fill("inner_bias", data.inner.bias);
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
  for (const Buffer& argument : artifact.run_arguments) run_names_.push_back(argument.name);
  both_are_activations_ = artifact.workload.op == Operator::matmul;
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

bool LoadedKernel::copy_weights(const AlignedBytes& memory) {
  std::vector<const AlignedBytes*> sources;
  size_t bytes = 0;
  for (size_t i = 0; i < run_names_.size(); ++i) {
    const std::string& name = run_names_[i];
    const bool weights = name == "packed_weights" || name == "corrections" || name == "bias" ||
                         name == "packed_inner_weights" || name == "inner_bias" ||
                         (name == "weights" && !both_are_activations_);
    if (!weights) continue;
    const auto known =
        std::find_if(buffers_.begin(), buffers_.end(), [&](const auto& one) { return one.first == name; });
    turning_.push_back(i);
    sources.push_back(&known->second);
    bytes += AlignedBytes::room_for(known->second.size());
  }
  const size_t times = bytes == 0 ? 0 : memory.size() / bytes;
  auto* next = static_cast<std::byte*>(memory.data());
  for (size_t copy = 0; copy < times; ++copy) {
    copies_.emplace_back();
    for (const AlignedBytes* source : sources) {
      std::memcpy(next, source->data(), source->size());
      copies_.back().push_back(next);
      next += AlignedBytes::room_for(source->size());
    }
  }
  return times > 0;
}

void LoadedKernel::turn_weights() {
  for (size_t i = 0; i < turning_.size(); ++i) run_pointers_[turning_[i]] = copies_[turn_][i];
  turn_ = (turn_ + 1) % copies_.size();
}

void LoadedKernel::run() const { code_->run(const_cast<void**>(run_pointers_.data())); }

Tensor LoadedKernel::output() const {
  const void* memory = buffer("output");
  if (type_ == DataType::int8) {
    std::vector<int8_t> values(output_elements_);
    std::memcpy(values.data(), memory, values.size());
    return values;
  }
  if (is_half(type_)) {
    std::vector<uint16_t> bits(output_elements_);
    std::memcpy(bits.data(), memory, bits.size() * sizeof(uint16_t));
    return bits;
  }
  std::vector<float> values(output_elements_);
  std::memcpy(values.data(), memory, values.size() * sizeof(float));
  return values;
}

}  // namespace tamis::cpu
