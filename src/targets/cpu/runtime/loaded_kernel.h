#pragma once

#include "tamis/data.h"
#include "tamis/result.h"
#include "tamis/workload.h"
#include "targets/cpu/runtime/artifact.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tamis::cpu {

/// Memory that begins at a multiple of 64 bytes, filled with zeros.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  /// Errors: io when there is not so much memory.
  static Result<AlignedBytes> create(size_t size);
  void* data() const { return bytes_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(void* pointer) const;
  };
  AlignedBytes(void* bytes, size_t size) : bytes_(bytes), size_(size) {}
  std::unique_ptr<void, Free> bytes_;
  size_t size_ = 0;
};

/// A program in the memory of this process, with the buffers it runs on: its code can do whatever it likes to
/// the process, so only workers load programs (and benchmarks, which have tried them before).
class LoadedKernel {
 public:
  /// Links the object, allocates its buffers, copies the data in and packs the weights. Errors: unsupported
  /// when it is for another processor than this one; internal when it cannot be linked; io when there is no
  /// memory for its buffers.
  static Result<std::unique_ptr<LoadedKernel>> load(const CpuArtifact& artifact, const WorkloadData& data);
  LoadedKernel(const LoadedKernel&) = delete;
  LoadedKernel& operator=(const LoadedKernel&) = delete;
  ~LoadedKernel();

  /// Runs it once.
  void run() const;
  /// What the last run computed.
  Tensor output() const;

 private:
  LoadedKernel();
  struct Code;

  Status allocate(const CpuArtifact& artifact, const WorkloadData& data);
  void* buffer(const std::string& name) const;
  std::vector<void*> pointers(const std::vector<Buffer>& arguments) const;

  std::unique_ptr<Code> code_;
  std::vector<std::pair<std::string, AlignedBytes>> buffers_;
  AlignedBytes workspace_;
  std::vector<void*> run_pointers_;
  DataType type_ = DataType::float32;
  size_t output_elements_ = 0;
};

}  // namespace tamis::cpu
