#pragma once

#include "tamis/data.h"
#include "targets/cpu/build.h"
#include "targets/loop/statement.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tamis::cpu::testing {

/// A workload with its space on a processor, and ways to try a config. Each way returns what is wrong, or
/// nothing.
class Subject {
 public:
  /// A processor by LLVM's name, or the host where empty. Errors: those of find_machine and schedule_space.
  static Result<Subject> make(const std::string& processor, int threads, const Workload& workload,
                              uint64_t data_seed);

  const Space& space() const { return space_; }
  const Workload& workload() const { return workload_; }
  const WorkloadData& data() const { return data_; }

  /// The lowered programs: `run`, and `prepare` where there is one.
  std::vector<LoweredProgram> programs(const Config& config) const;
  Result<std::shared_ptr<const CpuArtifact>> build(const Config& config,
                                                   const FunctionNames& names = {}) const;
  /// Whether an access may lie outside its buffer: no code is made.
  std::optional<std::string> overruns(const Config& config) const;
  /// Interprets the programs and compares with the reference result.
  std::optional<std::string> interprets_wrongly(const Config& config) const;
  /// Builds machine code, runs it in this process and compares with the reference result.
  std::optional<std::string> runs_wrongly(const Config& config) const;
  /// Compares an output with the reference result.
  std::optional<std::string> differs(const Tensor& output) const;

 private:
  Workload workload_;
  Machine machine_;
  int threads_ = 1;
  Space space_;
  WorkloadData data_;
};

/// The workload of a spec, which must be right; float32 where it does not say.
Workload workload(const std::string& spec);

}  // namespace tamis::cpu::testing
