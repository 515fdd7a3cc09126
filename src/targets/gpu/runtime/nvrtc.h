#pragma once

#include "tamis/result.h"
#include "targets/gpu/runtime/library_search.h"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tamis::gpu {

/// What NVRTC is asked to compile.
struct NvrtcRequest {
  std::string text;
  std::string name = "kernel.cu";                   ///< what its messages call it
  std::vector<std::string> options = {};            ///< each an option of its own; none may be empty
  std::map<std::string, std::string> headers = {};  ///< texts of headers by the names that includes have
  std::vector<std::string> entries = {};            ///< name expressions: `scale`, `scale<4>`
};

/// What came of it.
struct NvrtcResult {
  bool compiled = false;
  bool invalid_option = false;               ///< what failed is an option, not the source
  std::string log;                           ///< of failures and of successes, with a line break for each NUL
  std::string cubin;                         ///< empty unless it compiled
  std::map<std::string, std::string> names;  ///< of the entries, as the cubin has them
};

/// NVIDIA's compiler of CUDA C++ as a library, opened at run time: it needs neither a driver nor a GPU. Own
/// declarations of its few functions, whose binary interface has been the same since CUDA 11. Immutable and
/// thread safe: several threads compile at once. It can end the process (a defect in ptxas), so whoever must
/// live compiles in a worker process.
class Nvrtc {
 public:
  /// Errors: unsupported where the library lacks a function; io where it does not say its version.
  static Result<std::shared_ptr<const Nvrtc>> load(std::shared_ptr<const SharedLibrary> library);

  const std::string& origin() const { return library_->origin(); }
  int major() const { return major_; }
  /// `13.5`.
  std::string version() const;
  /// The architectures that it compiles for: 90 for sm_90.
  const std::vector<int>& architectures() const { return architectures_; }
  /// Errors: io, when NVRTC itself fails: it has no memory, or lacks its builtins.
  Result<NvrtcResult> compile(const NvrtcRequest& request) const;

 private:
  struct Functions;
  Nvrtc(std::shared_ptr<const SharedLibrary> library, std::shared_ptr<const Functions> functions)
      : library_(std::move(library)), functions_(std::move(functions)) {}
  Status ask();

  std::shared_ptr<const SharedLibrary> library_;
  std::shared_ptr<const Functions> functions_;
  int major_ = 0;
  int minor_ = 0;
  std::vector<int> architectures_;
};

/// What ptxas reports of a kernel with `-v`.
struct PtxasFacts {
  int registers = 0;
  int barriers = 0;
  size_t stack_bytes = 0;
  size_t spill_store_bytes = 0;
  size_t spill_load_bytes = 0;
  size_t shared_bytes = 0;
  friend bool operator==(const PtxasFacts&, const PtxasFacts&) = default;
};

/// The kernels that a log of NVRTC with `-Xptxas -v` reports, by the names of the cubin; functions that they
/// call are left out.
std::map<std::string, PtxasFacts> read_ptxas_log(const std::string& log);

/// The lines of a log that say what is wrong: without what ptxas reports of each kernel, and without empty
/// lines.
std::string without_ptxas_reports(const std::string& log);

/// Whether what a log complains of is that the program needs more of something than there is.
bool complains_of_resources(const std::string& log);

}  // namespace tamis::gpu
