#pragma once

#include "network/library/layouts.h"
#include "network/library/library.h"
#include "network/passes/layers.h"
#include "network/passes/pairs.h"
#include "network/passes/resolve.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/workload.h"
#include "targets/cpu/codegen/machine.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::network {

/// A config that was tuned.
struct TunedConfig {
  Space space;
  Config config;
  double latency_ns = 0;
};

/// The best config that is known of a workload of float32 in a layout; nothing for one that was not tuned.
using FindConfig = std::function<std::optional<TunedConfig>(const Workload&)>;

/// How a network becomes a library.
struct LibraryOptions {
  std::string name;   ///< an identifier of C
  std::string model;  ///< the file it comes from, for the reader
  cpu::Machine machine;
  int threads = 1;  ///< most that a run may use
  FindConfig find_config = [](const Workload&) { return std::nullopt; };
  /// Whether a layer that was not tuned may have a config of its space.
  std::function<bool(const Space&, const Config&)> allows = [](const Space&, const Config&) { return true; };
  bool fuse_pairs = true;  ///< whether pairs that are faster so are fused
  /// In which the layers are computed that were not tuned in any layout.
  Layout untuned_layout = Layout::nhwc;
};

/// Which pairs of a depthwise and a pointwise layer one program computes.
struct PairChoice {
  std::vector<LayerPair> fused;
  size_t offered = 0;   ///< pairs that there are
  size_t tuned = 0;     ///< those whose config and whose parts' configs are known
  double saved_ns = 0;  ///< by those that are fused: the tuned latencies of their parts less their own
};

/// Fuses the pairs whose tuned latency is less than the sum of their parts', each in its best layout, both
/// parts in one. Pairs that were not tuned stay apart.
PairChoice choose_pairs(const Resolved& network, const std::vector<Layer>& layers,
                        const FindConfig& find_config);

/// What a reader may want to know besides the library.
struct LibraryReport {
  LayoutChoice layouts;
  PairChoice pairs;
  size_t tuned = 0;                          ///< layers with a config of find_config
  std::vector<std::string> untuned;          ///< specs of those that have the default config, each once
  std::vector<std::string> left_out_inputs;  ///< of the model, on which no output depends
  size_t conversions = 0;                    ///< steps that bring a value into another order
  size_t views = 0;                          ///< operators that need no code
  size_t halves = 0;                         ///< as Simplified::halves, if who simplified the network says it
};

/// A library, and how it came about.
struct MadeLibrary {
  Library library;
  LibraryReport report;
};

/// Whether a library may be called so: an identifier of C with which NAME.h is no header of the system, and
/// NAME_OK no macro of one (R_OK).
bool is_library_name(std::string_view name);

/// Makes a library of a simplified network: chooses pairs, configs and orders, generates and compiles the
/// kernels, plans the memory and packs the weights. Weights are packed in this process, by code for this
/// machine, so the library may be for another one. `layers` are those of the network. Compiles on all cores.
///
/// Errors: unsupported for an operator without a generator, with its node; invalid_input for a name that
/// is_library_name() refuses; as layers_of; internal.
Result<MadeLibrary> make_library(const Resolved& network, const std::vector<Layer>& layers,
                                 const LibraryOptions& options);

}  // namespace tamis::network
