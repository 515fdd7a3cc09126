#pragma once

#include "cpu_peers/task.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tamis::peers {

/// A workload made ready to be timed by one peer. Whatever a user does once, ahead of time (choosing an
/// implementation, packing weights, allocating memory), is already done.
struct PreparedCall {
  std::string implementation;  ///< what the library chose, in its own words
  bool own_threads = false;    ///< it uses threads that are not OpenMP\'s, which every other peer uses
  std::function<void()> run;   ///< one inference: the part that is timed
  std::function<std::vector<float>()> output;  ///< what the last run computed, in the workload's layout
};

/// One way to compute a workload: a library used in one form, or tamis.
///
///     Task --prepare()--> PreparedCall --run() many times, in turns with the other peers--> samples
///                                      --output()--> compared with the reference
///
/// Immutable, so one peer may prepare several tasks; a prepared call is used by one thread at a time and must
/// not outlive its task.
class Peer {
 public:
  virtual ~Peer() = default;
  /// What the table calls it: `onednn nhwc direct`.
  virtual const std::string& name() const = 0;
  /// Peers of one family are forms of the same library: the fastest of them stands for it.
  virtual const std::string& family() const = 0;
  /// Errors: unsupported when this form cannot compute the task or would only repeat another form.
  virtual Result<PreparedCall> prepare(const Task& task) const = 0;
};

using Peers = std::vector<std::unique_ptr<Peer>>;

inline constexpr const char* kOnednn = "onednn";
inline constexpr const char* kOnednnWinograd = "onednn winograd";
/// oneDNN of version 3, from a library that the user names.
inline constexpr const char* kOnednn3 = "onednn 3";
inline constexpr const char* kOpenblas = "openblas";
inline constexpr const char* kTamis = "tamis";
inline constexpr const char* kTamisDefault = "tamis default";

/// oneDNN in every form that a user could choose: plain NHWC, plain NCHW, blocks of 16 channels, and the
/// layout that it likes best, each with the algorithm that it is told (direct) or that it chooses (auto); for
/// dense layers inner product and matmul. A family of its own is Winograd on demand, which oneDNN 2.6 never
/// chooses by itself.
Peers onednn_peers();
/// oneDNN 3 in the same forms, from the shared library at the path `library`; its version goes to `version`.
/// Errors: io when it cannot be opened; unsupported when it is not oneDNN 3.
Result<Peers> onednn3_peers(const std::string& library, std::string& version);
/// OpenBLAS: sgemm for dense layers and matmul, im2col and sgemm for convolutions.
Peers openblas_peers();

/// Programs of the target cpu, with activations in each layout: its untuned configs, and, where `log` is not
/// empty, the best configs of that log of tamis. They run in this process, so a log is to be trusted like a
/// program. To be called before threads are pinned. `threads` are the thread counts of the tasks to come.
/// Errors: those of reading the log; invalid_input for more threads than cores.
Result<Peers> tamis_peers(const std::vector<int>& threads, const std::string& log);

/// Version of the library that is in use, and what it says of the processor.
std::string onednn_version();
std::string openblas_version();

}  // namespace tamis::peers
