#include "network/library/weights_store.h"

#include "targets/cpu/codegen/machine.h"
#include "targets/cpu/runtime/loaded_code.h"
#include "targets/cpu/runtime/loaded_kernel.h"
#include "targets/loop/statement.h"

#include <cmath>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tamis::network {
namespace {

constexpr int64_t kAlignment = 64;

size_t bytes_of(const loop::Buffer& buffer) {
  return static_cast<size_t>(buffer.elements() * loop::bytes(buffer.element));
}

/// Programs that pack weights, as code of this process.
class Packers {
 public:
  /// The number of a program.
  size_t add(loop::Program program) {
    program.name = "pack";
    loop::LoweredProgram lowered = loop::lower(program);
    const auto [known, added] = known_.emplace(to_string(lowered), programs_.size());
    if (!added) return known->second;
    lowered.name = fmt::format("pack{}", programs_.size());
    programs_.push_back(std::move(lowered));
    return programs_.size() - 1;
  }

  Status load() {
    if (programs_.empty()) return {};
    TAMIS_ASSIGN(const cpu::Machine machine, cpu::host_machine());
    TAMIS_ASSIGN(const cpu::CompiledObject object, cpu::compile(programs_, machine, 1));
    const cpu::CompiledObject* one = &object;
    TAMIS_ASSIGN(code_, cpu::LoadedCode::load({&one, 1}));
    TAMIS_ASSIGN(workspace_, cpu::AlignedBytes::create(static_cast<size_t>(object.workspace_bytes)));
    return {};
  }

  Status run(size_t program, std::vector<void*> pointers) const {
    TAMIS_ASSIGN(const auto function, code_->find(programs_[program].name + "_call"));
    pointers.push_back(workspace_.data());
    function(pointers.data());
    return {};
  }

 private:
  std::vector<loop::LoweredProgram> programs_;
  std::map<std::string, size_t> known_;
  std::unique_ptr<cpu::LoadedCode> code_;
  cpu::AlignedBytes workspace_;
};

}  // namespace

void flush_subnormals(std::span<std::byte> floats) {
  for (size_t at = 0; at + sizeof(float) <= floats.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, floats.data() + at, sizeof value);
    if (std::fpclassify(value) != FP_SUBNORMAL) continue;
    value = 0;
    std::memcpy(floats.data() + at, &value, sizeof value);
  }
}

int64_t WeightsStore::reserve(size_t bytes) {
  const int64_t offset = size_;
  size_ += (static_cast<int64_t>(bytes) + kAlignment - 1) / kAlignment * kAlignment;
  return offset;
}

int64_t WeightsStore::add(const std::string& key, size_t bytes, BytesOf value) {
  const auto known = constants_.find(key);
  if (known != constants_.end()) return known->second.offset;
  const int64_t offset = reserve(bytes);
  constants_.emplace(key, Constant{offset, std::move(value)});
  return offset;
}

int64_t WeightsStore::add_prepared(const std::string& key, const std::string& buffer,
                                   const loop::Program& prepare,
                                   const std::map<std::string, BytesOf>& sources) {
  const auto [place, added] = prepared_.try_emplace(key);
  Prepared& prepared = place->second;
  if (added) {
    prepared.program = prepare;
    prepared.sources = sources;
    for (const loop::Buffer& one : prepare.buffers)
      if (one.storage == loop::Storage::argument && !sources.contains(one.name))
        prepared.offsets[one.name] = reserve(bytes_of(one));
  }
  return prepared.offsets.at(buffer);
}

Result<std::vector<std::byte>> WeightsStore::write() {
  std::vector<std::byte> file(static_cast<size_t>(size_));
  for (const auto& [key, constant] : constants_) {
    const std::vector<std::byte> bytes = constant.value();
    std::memcpy(file.data() + constant.offset, bytes.data(), bytes.size());
  }
  Packers packers;
  std::vector<size_t> numbers;
  for (const auto& [key, prepared] : prepared_) numbers.push_back(packers.add(prepared.program));
  TAMIS_TRY(packers.load());
  size_t next = 0;
  for (const auto& [key, prepared] : prepared_) {
    std::map<std::string, cpu::AlignedBytes> sources;
    for (const auto& [name, value] : prepared.sources) {
      const std::vector<std::byte> bytes = value();
      TAMIS_ASSIGN(cpu::AlignedBytes source, cpu::AlignedBytes::create(bytes.size()));
      std::memcpy(source.data(), bytes.data(), bytes.size());
      sources[name] = std::move(source);
    }
    std::vector<void*> pointers;
    for (const loop::Buffer& buffer : prepared.program.buffers) {
      if (buffer.storage != loop::Storage::argument) continue;
      const auto source = sources.find(buffer.name);
      pointers.push_back(source != sources.end() ? source->second.data()
                                                 : file.data() + prepared.offsets.at(buffer.name));
    }
    TAMIS_TRY(packers.run(numbers[next++], std::move(pointers)));
  }
  write_weights_header(file);
  return file;
}

}  // namespace tamis::network
