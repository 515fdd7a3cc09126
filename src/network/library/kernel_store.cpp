#include "network/library/kernel_store.h"

#include "targets/loop/bounds.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tamis::network {

Result<size_t> KernelStore::add(loop::Program program, const KernelFacts& facts) {
  program.name = "run";
  loop::LoweredProgram lowered = loop::lower(program);
  const auto [known, added] = known_.emplace(to_string(lowered), kernels_.size());
  if (!added) return known->second;
  if (const auto overrun = loop::find_overrun(lowered))
    return Error{ErrorKind::internal,
                 fmt::format("the program of {} would leave its buffers: {}", facts.what, *overrun)};
  LibraryKernel kernel;
  kernel.function = fmt::format("{}_{}_{}", name_, facts.word, kernels_.size());
  kernel.what = facts.what;
  kernel.config = facts.config;
  kernel.latency_ns = facts.latency_ns;
  for (const loop::Buffer& buffer : lowered.buffers)
    if (buffer.storage == loop::Storage::argument) kernel.arguments.push_back(buffer);
  lowered.name = kernel.function;
  kernels_.push_back(std::move(kernel));
  programs_.push_back(std::move(lowered));
  return kernels_.size() - 1;
}

Result<std::vector<LibraryKernel>> KernelStore::compile(const cpu::Machine& machine, int threads) {
  std::vector<Status> faults(kernels_.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < kernels_.size(); i = next++) {
      Result<cpu::CompiledObject> object =
          cpu::compile({programs_[i]}, machine, threads, {cpu::Team::of_caller});
      if (object.ok())
        kernels_[i].object = std::make_shared<const cpu::CompiledObject>(std::move(*object));
      else
        faults[i] = object.error().within(kernels_[i].what);
    }
  };
  {
    const size_t workers = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 16);
    std::vector<std::jthread> others;
    for (size_t i = 1; i < workers; ++i) others.emplace_back(work);
    work();
  }
  for (const Status& fault : faults) TAMIS_TRY(fault);
  return std::move(kernels_);
}

}  // namespace tamis::network
