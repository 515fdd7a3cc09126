#include "targets/gpu/schedule/operator_program.h"

#include "targets/gpu/codegen/print_program.h"
#include "targets/gpu/runtime/architecture.h"
#include "targets/gpu/schedule/contraction.h"
#include "targets/gpu/schedule/winograd.h"
#include "targets/loop/epilogue.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

using Assignments = std::vector<std::pair<std::string, KnobValue>>;

/// What a group may have of shared memory on every device of OpenCL that has as much.
constexpr int64_t kUsualSharedBytes = int64_t{48} * 1024;
/// Sums that an item keeps in registers, at most.
constexpr int64_t kMostSums = 256;
/// Products in the innermost loop: with more, compilers take minutes.
constexpr int64_t kMostUnrolled = 1024;
/// What every architecture of CUDA takes along y and z, and no device of OpenCL refuses.
constexpr int64_t kMostGroupsAlongZ = 65535;
/// Parts of a sum.
constexpr int64_t kMostParts = 8;
/// Blocks of k that are written one after another where they are copied ahead.
constexpr int64_t kMostBlocksInTurn = 18;

// The architectures from which on NVIDIA's GPUs have instructions (PTX ISA, "Target ISA Notes" of dp4a, mma
// and cp.async).
constexpr int kHasDot4 = 61;
constexpr int kHasMatrices = 80;
constexpr int kHasCopiesAhead = 80;

/// 90 for sm_90; 0 where the device is not one of CUDA.
int architecture_of(const DeviceFacts& facts) {
  const Result<int> number = architecture_number(facts.architecture);
  return number.ok() ? *number : 0;
}

/// What of the instructions a contraction can be computed with on a device, `scalar` first.
std::vector<std::string> maths(const Contraction& c, const DeviceFacts& facts) {
  const int architecture = architecture_of(facts);
  std::vector<std::string> names = {"scalar"};
  if (c.depthwise || c.type == DataType::float32) return names;
  if (architecture >= kHasDot4 && c.type == DataType::int8) names.emplace_back("dp4a");
  if (architecture >= kHasMatrices) names.emplace_back("mma");
  return names;
}

/// Elements in the 16 bytes that an item copies at most at once.
int64_t widest_load(const Contraction& c) { return 16 / loop::bytes(loop::element_of(c.type)); }

struct AlgorithmName {
  const char* name;
  Algorithm algorithm;
};
constexpr std::array<AlgorithmName, 4> kAlgorithms = {{{"implicit_gemm", Algorithm::implicit_gemm},
                                                       {"direct", Algorithm::direct},
                                                       {"winograd2", Algorithm::winograd2},
                                                       {"winograd4", Algorithm::winograd4}}};

/// A matmul's row is m.
std::string axis_knob(const Contraction& c, const char* what, char axis) {
  return fmt::format("{}_{}", what, axis == 'x' && c.matmul ? 'm' : axis);
}

/// `async2` and so on: the number of buffers is its last digit.
constexpr std::string_view kAhead = "async";

/// Reads choices of the configs of a space. Knows where its knobs are, as constraints are asked millions of
/// times.
class ChoiceReader {
 public:
  ChoiceReader(const Contraction& c, const std::vector<Knob>& knobs)
      : numbers_{{find(knobs, "tile_y"), &GpuChoices::tile_y},
                 {find(knobs, axis_knob(c, "tile", 'x')), &GpuChoices::tile_x},
                 {find(knobs, axis_knob(c, "tile", 'n')), &GpuChoices::tile_n},
                 {find(knobs, "items_y"), &GpuChoices::items_y},
                 {find(knobs, axis_knob(c, "items", 'x')), &GpuChoices::items_x},
                 {find(knobs, axis_knob(c, "items", 'n')), &GpuChoices::items_n},
                 {find(knobs, "block_k"), &GpuChoices::block_k},
                 {find(knobs, "vector"), &GpuChoices::vector},
                 {find(knobs, "load_vector"), &GpuChoices::load_vector},
                 {find(knobs, "unroll"), &GpuChoices::unroll},
                 {find(knobs, "swizzle"), &GpuChoices::swizzle},
                 {find(knobs, "split_k"), &GpuChoices::split_k}},
        algorithm_(find(knobs, "algorithm")),
        stage_(find(knobs, "stage")),
        pipeline_(find(knobs, "pipeline")),
        math_(find(knobs, "math")) {}

  GpuChoices read(const Space& space, const Config& config) const {
    GpuChoices choices;
    for (const auto& [knob, number] : numbers_)
      if (knob) choices.*number = std::get<int64_t>(space.value(config, *knob));
    const std::string_view algorithm = word(space, config, algorithm_);
    for (const AlgorithmName& one : kAlgorithms)
      if (algorithm == one.name) choices.algorithm = one.algorithm;
    const std::string_view stage = word(space, config, stage_);
    choices.stage_a = stage == "a" || stage == "both";
    choices.stage_b = stage == "b" || stage == "both";
    const std::string_view pipeline = word(space, config, pipeline_);
    if (pipeline == "buffers") choices.pipeline = Pipeline::buffers;
    if (pipeline == "registers") choices.pipeline = Pipeline::registers;
    if (pipeline.starts_with(kAhead)) {
      choices.pipeline = Pipeline::ahead;
      choices.stages = pipeline.back() - '0';
    }
    const std::string_view math = word(space, config, math_);
    if (math == "dp4a") choices.math = Math::dot4;
    if (math == "mma") choices.math = Math::matrix;
    return choices;
  }

 private:
  using Position = std::optional<size_t>;

  static Position find(const std::vector<Knob>& knobs, const std::string& name) {
    for (size_t i = 0; i < knobs.size(); ++i)
      if (knobs[i].name == name) return i;
    return std::nullopt;
  }

  /// Empty where there is no such knob.
  static std::string_view word(const Space& space, const Config& config, Position knob) {
    return knob ? std::get<std::string>(space.value(config, *knob)) : std::string_view();
  }

  std::vector<std::pair<Position, int64_t GpuChoices::*>> numbers_;
  Position algorithm_, stage_, pipeline_, math_;
};

GpuChoices read_choices(const Contraction& c, const Space& space, const Config& config) {
  return ChoiceReader(c, space.knobs()).read(space, config);
}

/// Powers of two up to the first that is not below `extent`.
std::vector<int64_t> powers(int64_t most, int64_t extent) {
  std::vector<int64_t> values = {1};
  while (values.back() < most && values.back() < extent) values.push_back(2 * values.back());
  return values;
}

class OperatorSpace {
 public:
  OperatorSpace(const Contraction& contraction, const DeviceFacts& facts) : c_(contraction), facts_(facts) {}

  Result<Space> build() {
    const int64_t together = c_.columns_together() ? c_.columns : c_.channels;
    add(name_knob("algorithm", algorithms()));
    if (!c_.matmul) add(number_knob("tile_y", powers(2, c_.rows)));
    add(number_knob(axis_knob(c_, "tile", 'x'), powers(c_.depthwise ? 8 : 16, c_.columns)));
    add(number_knob(axis_knob(c_, "tile", 'n'), powers(c_.depthwise ? 8 : 16, c_.channels)));
    if (!c_.matmul) add(number_knob("items_y", powers(8, c_.rows)));
    add(number_knob(axis_knob(c_, "items", 'x'), powers(32, c_.columns)));
    add(number_knob(axis_knob(c_, "items", 'n'), powers(32, c_.channels)));
    // The widest of OpenCL are for processors: a GPU's items are its lanes.
    const bool wide = facts_.is_cpu && facts_.native_lanes > 8 && !c_.depthwise;
    add(number_knob("vector", powers(wide ? 16 : 8, together)));
    if (c_.depthwise) {
      add(name_knob("stage", {"none", "a"}));
      add(number_knob("load_vector", {1, 2, 4}));
    } else {
      add_sum();
    }
    add(number_knob("swizzle", {1, 2, 4, 8}));
    if (!c_.depthwise && c_.depth >= 128) add(number_knob("split_k", powers(kMostParts, c_.depth)));
    demand_of_groups();
    demand_of_stages();
    if (!c_.depthwise) demand_of_sums();
    if (c_.has_taps() && !c_.depthwise) demand_of_taps();
    if (suits_winograd(c_)) demand_of_winograd();
    return Space::create(std::move(knobs_), std::move(constraints_));
  }

 private:
  void add(Knob knob) {
    if (knob.values.size() > 1) knobs_.push_back(std::move(knob));
  }

  /// A depthwise convolution has one algorithm, whose block of the input is staged or not.
  std::vector<std::string> algorithms() const {
    std::vector<std::string> names = {"implicit_gemm"};
    if (c_.has_taps() && !c_.depthwise) names.emplace_back("direct");
    if (suits_winograd(c_)) names.insert(names.end(), {"winograd2", "winograd4"});
    return names;
  }

  void add_sum() {
    const std::vector<std::string> maths = gpu::maths(c_, facts_);
    const bool matrices = maths.back() == "mma";
    const bool has_dot4 = maths.back() == "dp4a";
    add(name_knob("math", maths));
    // What a step multiplies beyond the depth are zeros.
    const int64_t step = depth_of_step(c_, matrices ? Math::matrix : has_dot4 ? Math::dot4 : Math::scalar);
    std::vector<int64_t> blocks = powers(matrices ? 4 * step : 32, std::max(step, c_.depth));
    if (blocks.size() > 4) blocks.erase(blocks.begin(), blocks.begin() + 2);
    add(number_knob("block_k", blocks));
    add(name_knob("stage", {"none", "a", "b", "both"}));
    // The block after the last of a tap is of another tap.
    std::vector<std::string> pipelines = {"none", "buffers"};
    if (!c_.has_taps() || suits_winograd(c_)) pipelines.emplace_back("registers");
    // What is copied is not converted: halves only where they are multiplied as they are.
    if (architecture_of(facts_) >= kHasCopiesAhead && (matrices || c_.type == DataType::float32))
      for (const int stages : {2, 3, 4})
        if (blocks_in_turn(c_, stages) <= kMostBlocksInTurn)
          pipelines.push_back(fmt::format("{}{}", kAhead, stages));
    add(name_knob("pipeline", pipelines));
    add(number_knob("load_vector", powers(widest_load(c_), widest_load(c_))));
    add(number_knob("unroll", powers(8, c_.depth)));
  }

  /// Those of these that the space has: enumerating it is slow where a constraint does not say what it reads.
  std::vector<std::string> known(const std::vector<std::string>& names) const {
    std::vector<std::string> found;
    for (const Knob& knob : knobs_)
      if (std::find(names.begin(), names.end(), knob.name) != names.end()) found.push_back(knob.name);
    return found;
  }

  /// Of knobs without a choice, which are not in the space, every constraint holds.
  template <class Holds>
  void demand(std::string text, const std::vector<std::string>& names, const Holds& holds) {
    std::vector<std::string> found = known(names);
    if (found.empty()) return;
    constraints_.push_back({std::move(text),
                            [c = c_, reader = reader(), holds](const Space& space, const Config& config) {
                              return holds(c, reader->read(space, config));
                            },
                            std::move(found)});
  }

  /// Of all knobs: constraints come behind them.
  std::shared_ptr<const ChoiceReader> reader() {
    if (!reader_) reader_ = std::make_shared<const ChoiceReader>(c_, knobs_);
    return reader_;
  }

  void demand_of_groups() {
    const auto most = static_cast<int64_t>(std::min<uint64_t>(facts_.group_items, 1024));
    demand(fmt::format("a group has at most {} items", most), items_,
           [=](const Contraction&, const GpuChoices& g) { return g.items() <= most; });
    demand(fmt::format("an item has at most {} sums", kMostSums), tiles_,
           [](const Contraction&, const GpuChoices& g) { return g.sums() <= kMostSums; });
    demand("vector divides the tile along it", {c_.columns_together() ? tiles_[1] : tiles_[2], "vector"},
           [](const Contraction& c, const GpuChoices& g) {
             return (c.columns_together() ? g.tile_x : g.tile_n) % g.vector == 0;
           });
  }

  void demand_of_stages() {
    const auto has = static_cast<int64_t>(facts_.shared_bytes);
    const int64_t shared = architecture_of(facts_) > 0 ? has : std::min(kUsualSharedBytes, has);
    demand(fmt::format("a group has at most {} bytes of shared memory", shared),
           {tiles_[0], tiles_[1], tiles_[2], items_[0], items_[1], items_[2], "block_k", "stage", "pipeline",
            "algorithm", "math"},
           [=](const Contraction& c, const GpuChoices& g) { return shared_bytes(c, g) <= shared; });
    demand("pipeline = none and load_vector = 1 where stage = none", {"stage", "pipeline", "load_vector"},
           [](const Contraction&, const GpuChoices& g) {
             return g.stage_a || g.stage_b || (g.pipeline == Pipeline::none && g.load_vector == 1);
           });
  }

  /// Shared memory has a halo only of elements as items compute with them, and the buffers of a block of all
  /// taps are not copied ahead.
  void demand_of_taps() {
    demand("math = scalar and no copies ahead where algorithm = direct", {"algorithm", "math", "pipeline"},
           [](const Contraction&, const GpuChoices& g) {
             return g.algorithm != Algorithm::direct ||
                    (g.math == Math::scalar && g.pipeline != Pipeline::ahead);
           });
  }

  void demand_of_winograd() {
    demand("tile_y = 1 and items_y = 1 where algorithm = winograd2 or winograd4",
           {"algorithm", "tile_y", "items_y"}, [](const Contraction&, const GpuChoices& g) {
             return !is_winograd(g.algorithm) || (g.tile_y == 1 && g.items_y == 1);
           });
    demand("algorithm = winograd2 or winograd4 where pipeline = registers", {"algorithm", "pipeline"},
           [](const Contraction&, const GpuChoices& g) {
             return is_winograd(g.algorithm) || g.pipeline != Pipeline::registers;
           });
  }

  void demand_of_sums() {
    demand(fmt::format("at most {} products are written one after another", kMostUnrolled),
           {tiles_[0], tiles_[1], tiles_[2], "unroll", "pipeline", "math"},
           [](const Contraction& c, const GpuChoices& g) {
             const int64_t products = g.sums() * g.unroll;
             if (g.pipeline != Pipeline::ahead) return products <= kMostUnrolled;
             // An instruction has four sums of an item.
             const int64_t at_once = g.math == Math::matrix ? 4 : 1;
             return products <= kMostUnrolled &&
                    products / at_once * blocks_in_turn(c, g.stages) <= kMostUnrolled;
           });
    demand_of_math();
    if (c_.batch > kMostGroupsAlongZ / kMostParts)
      demand(
          fmt::format("batch times split_k is at most {}", kMostGroupsAlongZ), {"split_k"},
          [](const Contraction& c, const GpuChoices& g) { return c.batch * g.split_k <= kMostGroupsAlongZ; });
    demand("split_k leaves each part a block of k", {"split_k", "block_k"},
           [](const Contraction& c, const GpuChoices& g) {
             return g.split_k == 1 || g.split_k * g.block_k <= c.depth;
           });
  }

  /// What instructions need that compute several products at once; and steps of k in the innermost loop.
  void demand_of_math() {
    demand("unroll divides the steps of block_k", {"unroll", "block_k", "math"},
           [](const Contraction& c, const GpuChoices& g) {
             const int64_t at_once = depth_of_step(c, g.math);
             return g.block_k % at_once == 0 && g.block_k / at_once % g.unroll == 0;
           });
    if (gpu::maths(c_, facts_).size() > 1)
      demand("stage = both and vector = 1 where math is not scalar", {"math", "stage", "vector"},
             [](const Contraction&, const GpuChoices& g) {
               return g.math == Math::scalar || (g.stage_a && g.stage_b && g.vector == 1);
             });
    if (c_.type == DataType::int8)
      demand(
          "load_vector is at most 4 where math = dp4a", {"math", "load_vector"},
          [](const Contraction&, const GpuChoices& g) { return g.math != Math::dot4 || g.load_vector <= 4; });
    if (gpu::maths(c_, facts_).back() != "mma") return;
    demand("blocks are copied ahead only where math is not scalar", {"math", "pipeline"},
           [](const Contraction&, const GpuChoices& g) {
             return g.pipeline != Pipeline::ahead || g.math != Math::scalar;
           });
    demand("where math = mma, items along x are a multiple of 8 and along n of 4, and tiles are even",
           {"math", tiles_[0], tiles_[1], tiles_[2], items_[1], items_[2]},
           [](const Contraction&, const GpuChoices& g) {
             const bool rows = g.tile_x % 2 == 0 || (g.tile_x == 1 && g.tile_y % 2 == 0);
             return g.math != Math::matrix ||
                    (g.items_x % 8 == 0 && g.items_n % 4 == 0 && g.tile_n % 2 == 0 && rows);
           });
  }

  const Contraction& c_;
  const DeviceFacts& facts_;
  /// The names of knobs along y, x (m) and n.
  std::vector<std::string> tiles_ = {"tile_y", axis_knob(c_, "tile", 'x'), axis_knob(c_, "tile", 'n')};
  std::vector<std::string> items_ = {"items_y", axis_knob(c_, "items", 'x'), axis_knob(c_, "items", 'n')};
  std::vector<Knob> knobs_;
  std::vector<Constraint> constraints_;
  std::shared_ptr<const ChoiceReader> reader_;
};

/// A config with these values, or the nearest that the space has; knobs that are not named have their first
/// one.
Config drafted(const Space& space, const Assignments& assignments) {
  Config config{std::vector<uint32_t>(space.knobs().size(), 0)};
  for (const auto& [name, wanted] : assignments) {
    const auto position = space.find(name);
    if (!position) continue;
    const std::vector<KnobValue>& values = space.knobs()[*position].values;
    for (uint32_t i = 0; i < values.size(); ++i) {
      const auto* most = std::get_if<int64_t>(&wanted);
      if (most != nullptr ? std::get<int64_t>(values[i]) <= *most : values[i] == wanted)
        config.choices[*position] = i;
    }
  }
  return config;
}

/// Tiles and items along rows (x or m) and channels.
Assignments tiles(const Contraction& c, int64_t tile_x, int64_t tile_n, int64_t items_x, int64_t items_n,
                  int64_t vector) {
  return {{axis_knob(c, "tile", 'x'), tile_x},
          {axis_knob(c, "tile", 'n'), tile_n},
          {axis_knob(c, "items", 'x'), items_x},
          {axis_knob(c, "items", 'n'), items_n},
          {"vector", vector}};
}

Assignments with(Assignments assignments, const Assignments& further) {
  assignments.insert(assignments.end(), further.begin(), further.end());
  return assignments;
}

/// Vectors along the axis whose outputs lie together, and a tile of them for one item.
Assignments vectors(const Contraction& c, int64_t lanes, int64_t together, int64_t other) {
  return c.columns_together() ? tiles(c, together, other, 1, 1, lanes)
                              : tiles(c, other, together, 1, 1, lanes);
}

/// On a processor: groups of one item, whose tile fills vector registers, and memory read through the caches.
/// Tiles of vectors of 16, or without unrolling, go to the stack where PoCL 3.1 compiles them.
Assignments usual_of_processors(const Contraction& c, const DeviceFacts& facts) {
  const int64_t lanes = std::clamp<int64_t>(facts.native_lanes, 4, 8);
  // Columns that may lie outside of the image are read one by one, so each is for many channels.
  if (c.columns_together() && !c.depthwise)
    return with(vectors(c, lanes, lanes, 16), {{"block_k", int64_t{8}}, {"unroll", int64_t{2}}});
  return with(vectors(c, lanes, c.depthwise ? 8 : 16, 4), {{"block_k", int64_t{8}}, {"unroll", int64_t{2}}});
}

/// Small tiles of many items, through shared memory: of use on every GPU.
Assignments usual(const Contraction& c, const DeviceFacts& facts) {
  if (facts.is_cpu) return usual_of_processors(c, facts);
  return with(tiles(c, 4, 4, 8, 16, 1),
              {{"block_k", int64_t{8}}, {"stage", std::string("both")}, {"unroll", int64_t{4}}});
}

/// Whether a knob has a value.
bool can_take(const Space& space, const std::pair<std::string, KnobValue>& assignment) {
  const auto position = space.find(assignment.first);
  if (!position) return false;
  const std::vector<KnobValue>& values = space.knobs()[*position].values;
  return std::find(values.begin(), values.end(), assignment.second) != values.end();
}

/// Tiles and items of groups whose warps multiply matrices.
struct MatrixBlock {
  int64_t tile_x, items_x, tile_n, items_n;
  int64_t tile_y = 1, items_y = 1;
};

/// Blocks of 128 x 256 outputs down to 16 x 16.
constexpr std::array<MatrixBlock, 5> kMatrixBlocks = {
    {{8, 16, 16, 16}, {8, 16, 8, 16}, {4, 16, 8, 8}, {4, 8, 4, 8}, {2, 8, 4, 4}}};
/// Multiprocessors of a device that does not say how many it has: those of an A100.
constexpr int64_t kUsualUnits = 108;

/// The block with further rows of an image in place of columns that it does not have.
MatrixBlock with_rows(const Contraction& c, MatrixBlock block) {
  while (block.tile_x * block.items_x >= 2 * c.columns && block.tile_y * block.items_y < c.rows &&
         block.tile_x > 1) {
    if (block.items_x > 8) {
      block.items_x /= 2;
      block.items_y *= 2;
    } else {
      block.tile_x /= 2;
      (block.tile_y < 2 ? block.tile_y : block.items_y) *= 2;
    }
  }
  return block;
}

/// Matrices in such blocks, copied ahead by 16 bytes.
Assignments matrices(const Contraction& c, const MatrixBlock& whole, int64_t stages) {
  const MatrixBlock block = with_rows(c, whole);
  const int64_t steps = c.depth > depth_of_step(c, Math::matrix) ? 2 : 1;
  return with(tiles(c, block.tile_x, block.tile_n, block.items_x, block.items_n, 1),
              {{"math", std::string("mma")},
               {"tile_y", block.tile_y},
               {"items_y", block.items_y},
               {"block_k", steps * depth_of_step(c, Math::matrix)},
               {"stage", std::string("both")},
               {"pipeline", fmt::format("{}{}", kAhead, stages)},
               {"load_vector", widest_load(c)},
               {"unroll", steps},
               {"swizzle", int64_t{4}}});
}

/// With the largest block of which every multiprocessor gets one, or the smallest of all; nothing where the
/// space has no such config.
std::optional<Config> usual_matrices(const Contraction& c, const DeviceFacts& facts, const Space& space) {
  const int64_t units = facts.compute_units > 0 ? facts.compute_units : kUsualUnits;
  const auto groups = [&](const MatrixBlock& whole) {
    const MatrixBlock block = with_rows(c, whole);
    const auto along = [](int64_t extent, int64_t size) { return (extent + size - 1) / size; };
    return c.batch * along(c.rows, block.tile_y * block.items_y) *
           along(c.columns, block.tile_x * block.items_x) * along(c.channels, block.tile_n * block.items_n);
  };
  for (const MatrixBlock& block : kMatrixBlocks) {
    const Config config = drafted(space, matrices(c, block, 3));
    const bool last = &block == &kMatrixBlocks.back();
    if (space.allows(config) && (last || groups(block) >= units)) return config;
  }
  return std::nullopt;
}

bool has_matrices(const Contraction& c, const DeviceFacts& facts) { return maths(c, facts).back() == "mma"; }

/// A drafted config that the space has.
void keep(const Space& space, const Assignments& assignments, std::vector<Config>& configs) {
  const Config config = near_allowed(space, drafted(space, assignments));
  if (space.allows(config) && std::find(configs.begin(), configs.end(), config) == configs.end())
    configs.push_back(config);
}

ArgumentRole role_of(const loop::Buffer& buffer) {
  if (buffer.storage == loop::Storage::workspace) return ArgumentRole::scratch;
  if (buffer.name == "input") return ArgumentRole::input;
  if (buffer.name == "weights") return ArgumentRole::weights;
  if (buffer.name == "bias") return ArgumentRole::bias;
  if (buffer.name == "residual") return ArgumentRole::residual;
  return ArgumentRole::output;
}

/// Weights with their axes in the order that the program reads.
void set_order(OperatorArgument& argument, const Workload& workload, const Contraction& c,
               Algorithm algorithm) {
  const ConvShape& shape = workload.shape;
  if (is_winograd(algorithm)) argument.winograd_tile = winograd_tile(algorithm);
  if (c.dense) {
    if (c.weights_along_k) return;
    argument.extents = {shape.co, shape.ci};
    argument.order = {1, 0};
  } else if (!c.matmul) {
    argument.extents = {shape.co, c.depth, shape.kernel_h, shape.kernel_w};
    argument.order = {2, 3, 1, 0};
    if (c.weights_along_k) std::swap(argument.order[2], argument.order[3]);
  }
}

std::vector<std::byte> reordered(const OperatorArgument& argument, const std::byte* from, size_t count,
                                 size_t size) {
  std::vector<std::byte> to(count * size);
  const size_t axes = argument.order.size();
  std::vector<int64_t> steps(axes, 1);
  for (size_t i = axes - 1; i-- > 0;) steps[i] = steps[i + 1] * argument.extents[i + 1];
  std::vector<int64_t> place(axes, 0);
  for (size_t element = 0; element < count; ++element) {
    int64_t source = 0;
    for (size_t i = 0; i < axes; ++i) source += place[i] * steps[argument.order[i]];
    std::memcpy(to.data() + element * size, from + static_cast<size_t>(source) * size, size);
    for (size_t i = axes; i-- > 0;) {
      if (++place[i] < argument.extents[argument.order[i]]) break;
      place[i] = 0;
    }
  }
  return to;
}

}  // namespace

Result<Space> operator_space(const Workload& workload, const DeviceFacts& facts) {
  TAMIS_ASSIGN(const Contraction contraction, describe(workload));
  if (contraction.batch > kMostGroupsAlongZ)
    return unsupported(fmt::format("GPUs have no schedule of a batch of {} here; it may be {} at most",
                                   contraction.batch, kMostGroupsAlongZ));
  return OperatorSpace(contraction, facts).build();
}

Config default_operator_config(const Workload& workload, const DeviceFacts& facts, const Space& space) {
  const Contraction c = *describe(workload);
  if (has_matrices(c, facts))
    if (const std::optional<Config> config = usual_matrices(c, facts, space)) return *config;
  return near_allowed(space, drafted(space, usual(c, facts)));
}

std::vector<Config> operator_suggestions(const Workload& workload, const DeviceFacts& facts,
                                         const Space& space) {
  const Contraction c = *describe(workload);
  std::vector<Config> configs = {default_operator_config(workload, facts, space)};
  const Assignments unstaged = {{"block_k", int64_t{4}}, {"unroll", int64_t{2}}};
  const Assignments staged = {{"block_k", int64_t{8}},
                              {"stage", std::string("both")},
                              {"unroll", int64_t{8}},
                              {"load_vector", int64_t{4}},
                              {"swizzle", int64_t{4}}};
  for (const AlgorithmName& one : kAlgorithms) {
    const Assignments by = {{"algorithm", std::string(one.name)}};
    if (!can_take(space, by.front())) continue;
    if (facts.is_cpu)
      keep(space, with(usual(c, facts), by), configs);
    else
      keep(space, with(with(tiles(c, 4, 8, 16, 8, 4), staged), by), configs);
  }
  // A processor keeps tiles in its vector registers and reads memory through its caches.
  if (facts.is_cpu) {
    keep(space, with(tiles(c, 8, 16, 4, 2, 8), unstaged), configs);
    keep(space, with(tiles(c, 8, 8, 8, 8, 8), unstaged), configs);
  }
  for (const char* pipeline : {"none", "buffers", "registers", "async3"}) {
    keep(space, with(with(tiles(c, 8, 8, 16, 16, 4), staged), {{"pipeline", std::string(pipeline)}}),
         configs);
    keep(space, with(with(tiles(c, 4, 8, 16, 8, 4), staged), {{"pipeline", std::string(pipeline)}}), configs);
  }
  keep(space, with(with(tiles(c, 4, 4, 8, 16, 4), staged), {{"split_k", int64_t{4}}}), configs);
  if (c.depthwise) keep(space, with(tiles(c, 2, 4, 16, 8, 1), {{"stage", std::string("a")}}), configs);
  if (c.type == DataType::int8)
    keep(space,
         with(tiles(c, 8, 8, 16, 16, 1), {{"math", std::string("dp4a")},
                                          {"block_k", int64_t{32}},
                                          {"stage", std::string("both")},
                                          {"pipeline", std::string("buffers")},
                                          {"load_vector", int64_t{4}},
                                          {"unroll", int64_t{4}},
                                          {"swizzle", int64_t{4}}}),
         configs);
  if (!has_matrices(c, facts)) return configs;
  for (const MatrixBlock& block : kMatrixBlocks)
    for (const int64_t stages : {3, 4}) keep(space, matrices(c, block, stages), configs);
  keep(space, with(matrices(c, kMatrixBlocks[2], 3), {{"split_k", int64_t{4}}}), configs);
  return configs;
}

Result<OperatorProgram> operator_program(const Workload& workload, const Space& space, const Config& config,
                                         Language language) {
  TAMIS_ASSIGN(Contraction contraction, describe(workload));
  const GpuChoices choices = read_choices(contraction, space, config);
  // Instructions take int8 by fours that lie together along k.
  contraction.weights_along_k = choices.math != Math::scalar && workload.type == DataType::int8 &&
                                (contraction.dense || !contraction.matmul);
  const loop::Program program = schedule(contraction, choices, std::string(to_string(workload.op)));
  OperatorProgram result;
  TAMIS_ASSIGN(result.program, print_program(loop::lower(program), language));
  for (const loop::Buffer& buffer : program.buffers) {
    // One launch has all of it.
    if (buffer.storage == loop::Storage::shared)
      result.shared_bytes += buffer.elements() * loop::bytes(buffer.element);
    if (buffer.storage != loop::Storage::argument && buffer.storage != loop::Storage::workspace) continue;
    OperatorArgument argument{buffer.name, role_of(buffer), buffer.elements() * loop::bytes(buffer.element)};
    if (argument.role == ArgumentRole::weights) set_order(argument, workload, contraction, choices.algorithm);
    result.arguments.push_back(std::move(argument));
  }
  return result;
}

std::vector<std::byte> argument_bytes(const OperatorArgument& argument, const WorkloadData& data) {
  const Tensor* tensor = nullptr;
  if (argument.role == ArgumentRole::input) tensor = &data.input;
  if (argument.role == ArgumentRole::weights) tensor = &data.weights;
  if (argument.role == ArgumentRole::bias) tensor = &data.bias;
  if (argument.role == ArgumentRole::residual) tensor = &data.residual;
  if (tensor == nullptr) return std::vector<std::byte>(static_cast<size_t>(argument.bytes));
  const auto* first = static_cast<const std::byte*>(tensor->data());
  if (argument.winograd_tile > 0)
    return transform_weights(first, argument.extents[0], argument.extents[1], argument.winograd_tile);
  if (argument.order.empty()) return {first, first + tensor->byte_count()};
  return reordered(argument, first, tensor->size(), tensor->byte_count() / tensor->size());
}

}  // namespace tamis::gpu
