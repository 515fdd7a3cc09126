#pragma once

#include "network/graph/array.h"
#include "targets/cpu/codegen/compiler.h"
#include "targets/loop/program.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tamis::network {

/// Where an argument of a step begins.
struct Place {
  enum class Memory {
    arena,    ///< what an instance of the network computes with
    weights,  ///< what all instances share, and nobody writes
    input,    ///< of the caller
    output,   ///< of the caller
  };
  Memory memory = Memory::arena;
  size_t port = 0;     ///< which input or output
  int64_t offset = 0;  ///< bytes, a multiple of 64 in the arena and in the weights where it stays there
  /// How many bytes further it begins in each round of the loop that its step is in; 0 where it stays.
  int64_t round_bytes = 0;
};

/// A function of machine code, which several steps may call with other arguments.
struct LibraryKernel {
  std::string function;  ///< its name in C, which begins with that of the library
  std::string what;    ///< the spec of its workload, or the operators that it computes: `MaxPool`, `Mul, Add`
  std::string config;  ///< of a tuned operator: `tile_x=14 ...`; empty for one that is not tuned
  double latency_ns =
      0;  ///< that was measured when it was tuned; 0 where nothing was, as for a default config
  std::vector<loop::Buffer> arguments;  ///< in the order of the function's parameters, without the workspace
  std::shared_ptr<const cpu::CompiledObject> object;
};

struct ControlFlow;

/// One call of a kernel; or steps that are taken or not, or several times.
struct LibraryStep {
  std::string name;  ///< of the operator in the model, or of its first output
  size_t kernel = 0;
  std::vector<Place> arguments;  ///< one for each of the kernel's
  int64_t workspace = 0;         ///< offset in the arena; where the kernel needs none, it does not matter
  /// Null for a call; of what has it, all but the name does not matter.
  std::shared_ptr<const ControlFlow> control = nullptr;
};

/// An If, a Loop or a Scan as steps.
struct ControlFlow {
  std::string what;  ///< `If`, `Loop`, `Scan`
  bool loop = false;
  /// One boolean: of an If which steps are taken; of a loop whether there is another round, asked before
  /// each, and nothing where only the number of rounds ends it.
  std::optional<Place> condition;
  int64_t most = 0;               ///< rounds of a loop
  std::optional<Place> trips;     ///< one int64, asked once, in the place of `most`
  std::optional<Place> counter;   ///< one int64 of the arena, which gets the number of each round, from 0
  std::vector<LibraryStep> body;  ///< of a round; of an If, what is done where the condition holds
  std::vector<LibraryStep> otherwise;  ///< of an If, where it does not
};

/// What enters or leaves a network, row-major.
struct LibraryPort {
  std::string name;  ///< as the model has it; printable() before it is shown
  ElementType type = ElementType::float32;
  Shape shape;
};

/// A network as code: calls of kernels, one after the other, and the memory that they work in.
///
///     inputs (caller) ─┐
///     weights (file)  ─┼─► step 0, step 1, ... : kernel(arguments..., workspace) ─► outputs (caller)
///     arena (instance) ┘
struct Library {
  std::string name;       ///< an identifier of C, which all its names begin with
  std::string model;      ///< the file that it was made from, without its folder
  std::string processor;  ///< LLVM's name of the one that its code is for
  std::string features;   ///< LLVM's feature string of it, as Machine has it; empty for a named processor
  int threads = 1;        ///< most that a run may use
  std::vector<LibraryPort> inputs;
  std::vector<LibraryPort> outputs;
  std::vector<LibraryKernel> kernels;
  std::vector<LibraryStep> steps;
  int64_t arena_bytes = 0;
  int64_t unshared_bytes = 0;  ///< what the arena would take if no two values shared memory
  int64_t least_bytes = 0;     ///< what any arena takes with these steps
  /// The file of weights: kWeightsHeader bytes that say whose they are (weights_header()), then every array
  /// at a multiple of 64, as Place::offset counts from the beginning of the file.
  std::vector<std::byte> weights;
};

/// What a step computes: that of its kernel, or the type of its node.
const std::string& what_of(const Library& library, const LibraryStep& step);

/// Bytes in front of the weights: the text `tamis weights 1`, filled up with zeros to 16 bytes; the size of
/// the file and a hash of what is behind the header, each 8 bytes, the lowest first; zeros.
constexpr int64_t kWeightsHeader = 64;
/// Writes the header into weights whose other bytes are there, and returns the hash, by which code knows its
/// weights.
uint64_t write_weights_header(std::vector<std::byte>& weights);
/// A hash by which damage shows, of any bytes; it proves nothing against an attacker. The header holds that
/// of what is behind it.
uint64_t hash_bytes(std::span<const std::byte> bytes);
/// The hash that the header of a file's first bytes holds; nothing where they are no header, or of a file of
/// another size.
std::optional<uint64_t> read_weights_header(std::span<const std::byte> header, uint64_t file_bytes);

}  // namespace tamis::network
