#include "targets/cpu/schedule/schedule_space.h"

#include "targets/cpu/schedule/kernel.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

using Names = std::vector<std::pair<std::string, int>>;

const Names kAlgorithms = {{"direct", static_cast<int>(Algorithm::direct)},
                           {"im2col", static_cast<int>(Algorithm::im2col)},
                           {"winograd2", static_cast<int>(Algorithm::winograd2)},
                           {"winograd4", static_cast<int>(Algorithm::winograd4)}};
const Names kForms = {{"as_is", static_cast<int>(InputForm::as_is)},
                      {"padded", static_cast<int>(InputForm::padded)},
                      {"blocked", static_cast<int>(InputForm::blocked)}};
const Names kOrders = {{"weights_stay", static_cast<int>(LoopOrder::weights_stay)},
                       {"activations_stay", static_cast<int>(LoopOrder::activations_stay)}};
const Names kReductions = {{"kernel_first", static_cast<int>(ReductionOrder::kernel_first)},
                           {"channels_first", static_cast<int>(ReductionOrder::channels_first)}};
const Names kPrefetches = {{"none", 0}, {"next_block", 1}};
const Names kAxes = {{"rows", static_cast<int>(ParallelAxis::rows)},
                     {"channels", static_cast<int>(ParallelAxis::channels)}};

/// Weights from which on a prefetch is offered: a tenth of the time of a layer of so many that are read once.
constexpr int64_t kFetchedBytes = int64_t{1} << 17;

/// Sizes that the knobs of an operator go up to.
struct Extents {
  int64_t rows = 1;     ///< of outputs
  int64_t columns = 1;  ///< of outputs in a tile's row
  int64_t co = 1, ci = 1;
};

/// The operator as the knobs see it: a matmul's rows are pixels, its columns output channels.
Extents extents_of(const Workload& workload) {
  if (workload.op == Operator::matmul)
    return {workload.matmul.m, workload.matmul.m, workload.matmul.n, workload.matmul.k};
  const Convolution conv = *describe(workload);
  // The pixels of a block of rows lie side by side.
  if (workload.op == Operator::separable_conv2d)
    return {conv.out_h, conv.out_h * conv.out_w, workload.shape.co, conv.ci};
  if (conv.pixels) return {conv.out_h, conv.out_h, conv.co, conv.ci};
  return {conv.out_h, conv.out_w, conv.co, conv.ci};
}

std::vector<int64_t> up_to(int64_t most, std::initializer_list<int64_t> values) {
  std::vector<int64_t> kept;
  for (const int64_t value : values)
    if (value <= most) kept.push_back(value);
  if (kept.empty()) kept.push_back(1);
  return kept;
}

/// The number of blocks of `size` in `extent`, rounded up.
int64_t blocks(int64_t extent, int64_t size) { return (extent + size - 1) / size; }

int64_t vector_lanes(const Machine& machine, const Workload& workload) {
  return workload.layout == Layout::nchw16c ? kLayoutBlock : machine.float_lanes();
}

std::vector<std::string> input_forms(const Workload& workload) {
  if (workload.op == Operator::matmul) {
    if (workload.matmul.transpose_b || workload.type != DataType::float32) return {"blocked"};
    return {"as_is", "blocked"};
  }
  const Convolution conv = *describe(workload);
  // Of few channels the blocked form is the padded one.
  if (conv.few_channels()) {
    // Elements of 16 bits are widened once, in the copy, and not each time they are multiplied.
    if (is_half(conv.type)) return {"padded"};
    if (conv.padded()) return {"padded", "as_is"};
    return {"as_is", "padded"};
  }
  // A depthwise convolution leaves the padding out; others would need conditions in their innermost loops.
  const bool as_is =
      conv.layout != Layout::nchw && (conv.depthwise || (!conv.padded() && conv.type == DataType::float32));
  if (as_is && conv.pixels) return {"as_is", "blocked"};
  if (as_is) return {"as_is", "padded", "blocked"};
  return {"padded", "blocked"};
}

/// The value of a named knob; `otherwise` where the space has none.
int64_t number(const Space& space, const Config& config, const char* name, int64_t otherwise) {
  return space.find(name) ? space.integer(config, name) : otherwise;
}

template <class Enum>
Enum choice(const Space& space, const Config& config, const char* name, const Names& names, Enum otherwise) {
  const auto position = space.find(name);
  if (!position) return otherwise;
  const std::string& word = std::get<std::string>(space.value(config, *position));
  for (const auto& [known, value] : names)
    if (known == word) return static_cast<Enum>(value);
  return otherwise;
}

/// What a config chooses where the space leaves no choice.
struct OnlyChoices {
  int64_t lanes = 1;
  InputForm input = InputForm::padded;
};

OnlyChoices only_choices(const Workload& workload, const Machine& machine) {
  OnlyChoices only{vector_lanes(machine, workload), InputForm::padded};
  const std::string form = input_forms(workload).front();
  for (const auto& [known, value] : kForms)
    if (known == form) only.input = static_cast<InputForm>(value);
  return only;
}

ScheduleChoices read_choices(const OnlyChoices& only, const Space& space, const Config& config) {
  ScheduleChoices choices;
  choices.algorithm = choice(space, config, "algorithm", kAlgorithms, Algorithm::direct);
  choices.lanes = number(space, config, "vector", only.lanes);
  choices.tile_y = number(space, config, "tile_y", 1);
  choices.tile_x = number(space, config, "tile_x", 1);
  choices.tile_co = number(space, config, "tile_co", 1);
  choices.block_rows = number(space, config, "block_rows", 1);
  choices.block_ci = number(space, config, "block_ci", 0);
  choices.unroll = number(space, config, "unroll", 1);
  choices.prefetch = choice(space, config, "prefetch", kPrefetches, 0) != 0;
  choices.input = choice(space, config, "input", kForms, only.input);
  choices.order = choice(space, config, "order", kOrders, LoopOrder::weights_stay);
  choices.reduction = choice(space, config, "reduction", kReductions, ReductionOrder::kernel_first);
  choices.inner_tile_y = number(space, config, "inner_tile_y", 1);
  choices.inner_tile_x = number(space, config, "inner_tile_x", 1);
  choices.inner_unroll = number(space, config, "inner_unroll", 1);
  choices.inner_order = choice(space, config, "inner_order", kOrders, LoopOrder::weights_stay);
  choices.parallel = choice(space, config, "parallel", kAxes, ParallelAxis::rows);
  return choices;
}

class SpaceBuilder {
 public:
  SpaceBuilder(const Workload& workload, const Machine& machine, int threads)
      : workload_(workload), machine_(machine), threads_(threads), extents_(extents_of(workload)) {
    if (workload.op == Operator::matmul) {
      matmul_ = true;
    } else {
      conv_ = *describe(workload);
    }
  }

  Result<Space> build() {
    add_algorithms();
    add_tiles();
    add_blocks();
    if (separable()) add_inner();
    add_forms();
    std::vector<Constraint> declared = constraints();
    return Space::create(std::move(knobs_), std::move(declared));
  }

 private:
  bool real() const { return is_real(workload_.type); }
  bool transposed() const { return workload_.op == Operator::conv2d_transpose; }
  bool separable() const { return workload_.op == Operator::separable_conv2d; }
  bool winograd() const {
    return !matmul_ && !transposed() && workload_.type == DataType::float32 && !conv_.volume &&
           !conv_.depthwise && conv_.groups == 1 && conv_.kernel_h == 3 && conv_.kernel_w == 3 &&
           conv_.stride_h <= 2 && conv_.stride_w == conv_.stride_h && conv_.dilation_h == 1 &&
           conv_.dilation_w == 1 && conv_.out_h > 1 && conv_.out_w > 1 && conv_.ci >= 8;
  }
  /// Winograd's tiles of 2 x 2 outputs in the whole image.
  int64_t tiles() const { return blocks(conv_.out_h, 2) * blocks(conv_.out_w, 2); }
  /// Whether there are so many weights, in the largest form in which an algorithm keeps them, that to fetch
  /// them ahead may pay: with fewer it gained nothing, and each knob costs trials.
  bool prefetches() const {
    if (matmul_ || transposed() || !real()) return false;
    int64_t kernel = conv_.kernel_h * conv_.kernel_w;
    if (winograd())
      kernel =
          winograd_weights(conv_.stride_h == 1 ? Algorithm::winograd4 : Algorithm::winograd2, conv_.stride_h);
    return conv_.groups * conv_.co * conv_.ci * kernel * bytes(Element::float32) > kFetchedBytes;
  }
  bool few_channels() const { return !matmul_ && !transposed() && conv_.few_channels(); }
  bool kernel() const { return !matmul_ && conv_.kernel_rows() * conv_.kernel_w > 1; }
  bool single_column() const { return matmul_ || conv_.pixels; }

  void add(Knob knob) {
    if (knob.values.size() > 1) knobs_.push_back(std::move(knob));
  }

  void add_algorithms() {
    std::vector<std::string> names = {"direct"};
    if (kernel() && real() && !transposed() && !conv_.depthwise && !conv_.volume && conv_.groups == 1)
      names.push_back("im2col");
    if (winograd()) names.push_back("winograd2");
    if (winograd() && conv_.stride_h == 1) names.push_back("winograd4");
    add(name_knob("algorithm", names));
  }

  void add_tiles() {
    // Wide vectors first: the first value is the usual one.
    std::vector<int64_t> lanes = {vector_lanes(machine_, workload_)};
    if (workload_.layout != Layout::nchw16c && lanes[0] > 4) lanes.push_back(lanes[0] / 2);
    add(number_knob("vector", lanes));
    if (!single_column() && !separable()) add(number_knob("tile_y", up_to(extents_.rows, {1, 2, 3, 4})));
    // Winograd's tiles are joined across rows, so there may be more of them side by side than columns.
    const int64_t widest = std::max(extents_.columns, winograd() ? tiles() : 1);
    add(number_knob("tile_x", up_to(widest, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 16, 20, 24, 28})));
    add(number_knob("tile_co", up_to(blocks(extents_.co, lanes[0]), {1, 2, 3, 4, 6, 8})));
  }

  void add_blocks() {
    const int64_t rows = single_column() ? blocks(extents_.rows, 4) : extents_.rows;
    add(number_knob("block_rows", up_to(rows, {1, 2, 4, 7, 8, 14, 16, 28, 56, 112})));
    if (conv_.depthwise && !matmul_ && !separable()) {
      add(number_knob("unroll", {1, 3, 9}));
      return;
    }
    std::vector<int64_t> block_ci = {0};
    // Between blocks the sums lie in the output, which has to hold them as they are.
    if (workload_.type == DataType::float32 && !separable())
      for (const int64_t block : {64, 128, 256, 512})
        if (block < extents_.ci) block_ci.push_back(block);
    add(number_knob("block_ci", block_ci));
    std::vector<int64_t> unrolled = up_to(extents_.ci, {1, 2, 4, 8, 16});
    // Other numbers would unroll the same as the greatest that divides the channels.
    if (few_channels()) std::erase_if(unrolled, [&](int64_t count) { return extents_.ci % count != 0; });
    if (few_channels() && extents_.ci != unrolled.back()) unrolled.push_back(extents_.ci);
    add(number_knob("unroll", unrolled));
    if (prefetches()) add(name_knob("prefetch", {"next_block", "none"}));
  }

  /// The tiles of the depthwise part of a separable convolution.
  void add_inner() {
    add(number_knob("inner_tile_y", up_to(conv_.out_h, {1, 2})));
    add(number_knob("inner_tile_x", up_to(conv_.out_w, {1, 2, 4, 7, 8, 14})));
    if (kernel()) add(number_knob("inner_unroll", {1, 3, 9}));
    add(name_knob("inner_order", {"weights_stay", "activations_stay"}));
  }

  void add_forms() {
    add(name_knob("input", input_forms(workload_)));
    add(name_knob("order", {"weights_stay", "activations_stay"}));
    // Few channels are one block, so there is only one order.
    if (kernel() && !conv_.depthwise && !few_channels())
      add(name_knob("reduction", {"kernel_first", "channels_first"}));
    if (threads_ > 1 && !separable()) add(name_knob("parallel", {"rows", "channels"}));
  }

  std::vector<Constraint> constraints() const {
    std::vector<Constraint> all = {register_budget()};
    if (separable()) all.push_back(inner_constraint());
    if (find("algorithm") || find("parallel"))
      all.push_back(constraint(
          "knobs that an algorithm or a parallel axis does not use have their first value", uses_all));
    if (winograd()) {
      const int64_t columns = extents_.columns;
      all.push_back(constraint(fmt::format("tile_x <= {} unless algorithm = winograd", columns),
                               [=](const ScheduleChoices& c, const Space&, const Config&) {
                                 return is_winograd(c) || c.tile_x <= columns;
                               }));
    }
    if (winograd() && find("parallel") && conv_.n > 1)
      all.push_back(constraint("winograd with parallel = channels needs n = 1",
                               [](const ScheduleChoices& c, const Space&, const Config&) {
                                 return !is_winograd(c) || c.parallel == ParallelAxis::rows;
                               }));
    return all;
  }

  /// A tile and one operand must fit the vector registers.
  Constraint register_budget() const {
    const int64_t most = machine_.vector_registers - 1;
    return constraint(fmt::format("{}tile_x * tile_co <= {}", find("tile_y") ? "tile_y * " : "", most),
                      [=](const ScheduleChoices& c, const Space&, const Config&) {
                        return c.tile_y * c.tile_x * c.tile_co <= most;
                      });
  }

  /// The same for the depthwise part, whose tiles are also no higher than a block.
  Constraint inner_constraint() const {
    const int64_t most = machine_.vector_registers - 1;
    return constraint(fmt::format("inner_tile_y * inner_tile_x <= {}, and inner_tile_y <= block_rows", most),
                      [=](const ScheduleChoices& c, const Space&, const Config&) {
                        return c.inner_tile_y * c.inner_tile_x <= most && c.inner_tile_y <= c.block_rows;
                      });
  }

  template <class Holds>
  Constraint constraint(std::string text, const Holds& holds) const {
    return {std::move(text),
            [only = only_choices(workload_, machine_), holds](const Space& space, const Config& config) {
              return holds(read_choices(only, space, config), space, config);
            }};
  }

  bool find(const char* name) const {
    return std::any_of(knobs_.begin(), knobs_.end(), [&](const Knob& knob) { return knob.name == name; });
  }

  static bool is_winograd(const ScheduleChoices& choices) {
    return choices.algorithm == Algorithm::winograd2 || choices.algorithm == Algorithm::winograd4;
  }

  static bool first(const Space& space, const Config& config, const char* knob) {
    const auto position = space.find(knob);
    return !position || config.choices[*position] == 0;
  }

  /// Two configs that only differ in what is not used would be the same program.
  static bool uses_all(const ScheduleChoices& choices, const Space& space, const Config& config) {
    const auto at_first = [&](const char* knob) { return first(space, config, knob); };
    if (choices.parallel == ParallelAxis::channels && !at_first("order")) return false;
    if (choices.algorithm == Algorithm::direct) return true;
    if (choices.algorithm == Algorithm::im2col) return at_first("input");
    return at_first("tile_y") && at_first("block_ci") && at_first("reduction") &&
           (choices.parallel == ParallelAxis::rows || at_first("block_rows"));
  }

  const Workload& workload_;
  const Machine& machine_;
  int threads_;
  Extents extents_;
  Convolution conv_;
  bool matmul_ = false;
  std::vector<Knob> knobs_;
};

}  // namespace

Result<Space> schedule_space(const Workload& workload, const Machine& machine, int threads) {
  if (workload.op != Operator::matmul)
    if (const Result<Convolution> conv = describe(workload); !conv.ok()) return conv.error();
  return SpaceBuilder(workload, machine, threads).build();
}

ScheduleChoices choices_of(const Workload& workload, const Machine& machine, const Space& space,
                           const Config& config) {
  return read_choices(only_choices(workload, machine), space, config);
}

Kernel schedule(const Workload& workload, const ScheduleChoices& choices, Trace* trace) {
  if (workload.op == Operator::matmul) return schedule_matmul(workload, choices, trace);
  if (workload.op == Operator::conv2d_transpose) return schedule_transposed(workload, choices, trace);
  if (workload.op == Operator::separable_conv2d) return schedule_separable(workload, choices, trace);
  const Convolution conv = *describe(workload);
  if (conv.depthwise) return schedule_depthwise(conv, choices, trace);
  if (choices.algorithm == Algorithm::winograd2 || choices.algorithm == Algorithm::winograd4)
    return schedule_winograd(conv, choices, trace);
  return schedule_direct(conv, choices, trace);
}

}  // namespace tamis::cpu
