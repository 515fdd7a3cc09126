#pragma once

#include "network/library/kernel_store.h"
#include "network/library/make_library.h"
#include "network/library/planned_step.h"
#include "network/library/weights_store.h"
#include "tamis/result.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tamis::network {

/// Where an argument of a program comes from.
enum class ArgumentKind {
  taken,     ///< a value that an earlier step or the caller gives
  given,     ///< a value that the step gives
  constant,  ///< an array of the model
  packed,    ///< what the step's `prepare` makes of constants, in its buffer `buffer`
};

/// What one argument of a step's program is.
struct StepArgument {
  ArgumentKind kind = ArgumentKind::taken;
  std::string value;         ///< the name in the network, but of a packed one
  PhysicalOrder order = {};  ///< but of a packed one
  std::string buffer = {};   ///< of a packed one
};

/// A step as code.
struct StepProgram {
  loop::Program run;
  std::vector<StepArgument> arguments;     ///< in the order of those of `run`
  std::optional<loop::Program> prepare;    ///< packs weights, where the step has some that are packed
  std::map<std::string, BytesOf> sources;  ///< what `prepare` reads, by its buffers; weights without one
  std::string source_key;                  ///< tells what is read from what other steps read
  KernelFacts facts;
  bool tuned = false;  ///< with a config of LibraryOptions::find_config
};

/// The program of a step in its order. A view has none. Errors: unsupported where there is no generator;
/// internal.
Result<StepProgram> program_of(const PlannedStep& step, const Resolved& network,
                               const LibraryOptions& options);

/// The program that brings `value` from one order into another, as the value `converted`.
Result<StepProgram> conversion_program(const std::string& value, const std::string& converted,
                                       const PhysicalOrder& from, const PhysicalOrder& to,
                                       const Resolved& network, const LibraryOptions& options);

/// The program that copies what lies in plain order: its first argument to its second, or the reverse, as
/// their kinds say. Errors: unsupported for a type that no program computes with.
Result<StepProgram> copy_program(ElementType type, const Shape& shape, const LibraryOptions& options);

/// The weights of a tuned layer as its workload has them: OIHW.
std::vector<std::byte> workload_weights(const Layer& layer, const Array& weights);

/// The layout of a workload in an order.
inline Layout layout_of(Order order) { return order == Order::plain ? Layout::nchw : Layout::nhwc; }

}  // namespace tamis::network
