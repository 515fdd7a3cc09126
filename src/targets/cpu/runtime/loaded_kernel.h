#pragma once

#include "tamis/data.h"
#include "tamis/result.h"
#include "tamis/workload.h"
#include "targets/cpu/runtime/aligned_bytes.h"
#include "targets/cpu/runtime/artifact.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tamis::cpu {

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
  /// Copies what a network would not have read for a while when it comes to this operator (its weights and
  /// bias) into `memory` as often as it has room, for turn_weights(). False, and nothing is done, where there
  /// are none or no copy has room. `memory` must live as long as runs follow.
  bool copy_weights(const AlignedBytes& memory);
  /// Lets the next run take the copy that has not been read for longest.
  void turn_weights();

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
  std::vector<std::string> run_names_;  // of the buffers in run_pointers_
  std::vector<size_t> turning_;         // places in run_pointers_
  std::vector<std::vector<void*>> copies_;
  size_t turn_ = 0;
  DataType type_ = DataType::float32;
  size_t output_elements_ = 0;
  bool both_are_activations_ = false;  // of a matmul
};

}  // namespace tamis::cpu
