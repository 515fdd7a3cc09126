#pragma once

#include "tamis/emission.h"
#include "targets/gpu/runtime/program.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tamis::gpu {

/// How weights are brought into the order in which a program reads them, ahead of time and in C.
struct DeployedPreparation {
  std::vector<int64_t> extents;  ///< of the weights as the user has them
  std::vector<size_t> order;     ///< axis i of what the program reads is axis order[i] of these
  /// Instead of reordering: G of Winograd's algorithm, by rows of three; the program reads
  /// [rows * rows][extents[1]][extents[0]].
  std::vector<std::vector<double>> winograd = {};
};

/// An argument of a deployed program.
struct DeployedArgument {
  std::string name;  ///< an identifier of C
  std::string type;  ///< of its elements in C: `float`
  std::string text;  ///< for the reader: `float [64]: output channel`
  uint64_t bytes = 0;
  bool written = false;  ///< by the program
  bool scratch = false;  ///< memory between launches: what is in it before and after does not matter
  std::vector<std::byte> value = {};     ///< passed by value: its bytes; empty for memory of the device
  std::string value_text = {};           ///< the same for the reader
  DeployedPreparation preparation = {};  ///< without extents: none
  /// What was prepared: its name and its text, `weights`, `float [32][16][3][3]: ...`.
  std::string prepared_name = {}, prepared_text = {};
};

/// A config with all that is needed to run it without tamis.
struct DeployedProgram {
  std::string name;       ///< of the functions and files; an identifier of C
  std::string what;       ///< the workload: a spec, or the kernel's name
  std::string device;     ///< that it was tuned for
  std::string config;     ///< `tile_x=4 ...`
  double latency_ns = 0;  ///< what was measured; 0 where nothing was
  KernelProgram program;
  std::vector<DeployedArgument> arguments;  ///< by their numbers in the launches and symbols
  uint64_t shared_bytes = 0;  ///< that the source declares, of the launch that has most; 0: none or not known
  std::string result = {};    ///< what an operator's output is: `max(sum + bias, 0)`; may be empty
  std::string binary = {};    ///< CUDA: the cubin
  std::string architecture = {};                  ///< CUDA: `sm_90`
  std::map<std::string, std::string> names = {};  ///< CUDA: of the entries in the cubin
};

/// The files of a program: its source (NAME.cl or NAME.cu), the cubin of CUDA (NAME.cubin), NAME.h and NAME.c
/// with C functions that build or load and launch it, and NAME_run.c, a program that runs it on raw files.
/// Thread safe.
std::vector<EmittedFile> deployed_files(const DeployedProgram& program);

}  // namespace tamis::gpu
