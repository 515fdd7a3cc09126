#include "targets/loop/winograd.h"

#include "targets/cpu/schedule/input_copy.h"
#include "targets/cpu/schedule/kernel.h"
#include "targets/loop/transform.h"

#include <numeric>

namespace tamis::cpu {
namespace {

WinogradMatrices transforms(Algorithm algorithm, int64_t stride) {
  return winograd_matrices(algorithm == Algorithm::winograd2 ? 2 : 4, stride);
}

class WinogradSchedule {
 public:
  WinogradSchedule(const Convolution& conv, const ScheduleChoices& choices, Trace* trace)
      : conv_(conv),
        choices_(choices),
        trace_(trace),
        matrices_(transforms(choices.algorithm, conv.stride_h)),
        m_(matrices_.m),
        a_(matrices_.side()),
        tile_rows_((conv.out_h + m_ - 1) / m_),
        tile_columns_((conv.out_w + m_ - 1) / m_),
        block_(std::min(choices.block_rows, tile_rows_)),
        lanes_of_channels_(std::gcd(conv.ci, choices.lanes)) {
    whole_ = choices.parallel == ParallelAxis::channels;
    if (whole_) block_ = tile_rows_;
  }

  Kernel schedule() {
    Kernel kernel;
    Program& program = kernel.run;
    program.name = "run";
    add_buffers(program);
    Nest sums{{}, {multiply()}};
    program.nests.push_back(sums);
    Stage& stage = std::get<Stage>(program.nests.front().body.front());
    Scheduler scheduler(program, stage, trace_);
    schedule_multiply(scheduler);
    if (choices_.prefetch) read_ahead(stage, packed_weights());
    add_transforms(program);
    scheduler.note("transform the input before and the output after it");
    kernel.prepare = prepare();
    return kernel;
  }

 private:
  int64_t co_block() const { return choices_.lanes * choices_.tile_co; }
  int64_t co_blocks() const { return (conv_.co + co_block() - 1) / co_block(); }
  int64_t tiles() const { return block_ * tile_columns_; }
  /// Rows of the input from one tile to the next.
  int64_t step() const { return m_ * conv_.stride_h; }
  Storage scratch() const { return whole_ ? Storage::workspace : Storage::thread_workspace; }

  InputCopy copy() const {
    const int64_t columns = (tile_columns_ - 1) * step() + a_;
    return {conv_, InputForm::padded, false, whole_, block_ * m_, columns, 1, "block"};
  }

  Buffer packed_weights() const {
    return {"packed_weights", Element::float32, {a_ * a_, co_blocks(), conv_.ci, co_block()}};
  }

  void add_buffers(Program& program) const {
    program.buffers = argument_buffers(conv_, packed_weights());
    program.buffers.push_back(copy().buffer());
    Buffer transformed{"transformed", Element::float32, {a_ * a_, tiles(), conv_.ci}, scratch()};
    if (choices_.input == InputForm::blocked)
      transformed.extents = {a_ * a_, conv_.ci / lanes_of_channels_, tiles(), lanes_of_channels_};
    program.buffers.push_back(transformed);
    program.buffers.push_back(
        {"products", Element::float32, {a_ * a_, tiles(), co_blocks() * co_block()}, scratch()});
    program.buffers.push_back({"half_input", Element::float32, {a_, a_, choices_.lanes}, Storage::registers});
    program.buffers.push_back(
        {"half_output", Element::float32, {m_, a_, choices_.lanes}, Storage::registers});
  }

  Access transformed(const Affine& element, const Affine& tile, const Affine& ci) const {
    if (choices_.input != InputForm::blocked) return {"transformed", {element, tile, ci}};
    const auto [block, lane] = divide(ci, lanes_of_channels_);
    return {"transformed", {element, block, tile, lane}};
  }

  /// products[element, tile, co] = the sum over ci of transformed * weights: one matrix product an element.
  Stage multiply() const {
    Stage stage;
    stage.name = "multiply";
    stage.loops = {{"element", a_ * a_},
                   {"tile", tiles()},
                   {"co_o", co_blocks()},
                   {"co_i", co_block()},
                   {"ci_b", conv_.ci / lanes_of_channels_, true},
                   {"ci_l", lanes_of_channels_, true}};
    if (!whole_ && tile_rows_ % block_ != 0)
      stage.loops[1].limits = {Affine(tile_rows_ * tile_columns_) - tiles() * variable("block")};
    stage.tile_depth = 4;
    const Affine ci = lanes_of_channels_ * variable("ci_b") + variable("ci_l");
    stage.output = {
        "products",
        {variable("element"), variable("tile"), co_block() * variable("co_o") + variable("co_i")}};
    stage.initial = Value::constant(0);
    stage.update = Value::multiply_add(
        Value::load(transformed(variable("element"), variable("tile"), ci)),
        Value::load({"packed_weights", {variable("element"), variable("co_o"), ci, variable("co_i")}}),
        Value::accumulated());
    stage.finish = Value::accumulated();
    return stage;
  }

  void schedule_multiply(Scheduler& scheduler) const {
    scheduler.split("tile", choices_.tile_x, "tile_o", "tile_i");
    scheduler.split("co_i", choices_.lanes, "co_t", "co_v");
    scheduler.split("ci_l", std::gcd(choices_.unroll, lanes_of_channels_), "ci_m", "ci_u");
    std::vector<std::string> order = {"element", "co_o", "tile_o"};
    if (choices_.order == LoopOrder::activations_stay) std::swap(order[1], order[2]);
    order.insert(order.end(), {"ci_b", "ci_m", "ci_u", "tile_i", "co_t", "co_v"});
    scheduler.reorder(order);
    scheduler.vectorize("co_v");
    scheduler.unroll("ci_u");
    scheduler.keep_in_registers("ci_b");
  }

  void add_transforms(Program& program) const {
    Stage stage = std::get<Stage>(program.nests.front().body.front());
    program.nests.clear();
    if (!whole_) {
      program.nests.push_back({{{"n", conv_.n, false, LoopKind::parallel},
                                {"block", (tile_rows_ + block_ - 1) / block_, false, LoopKind::parallel}},
                               {copy().stage(), transform_input(), stage, transform_output()}});
      return;
    }
    // One image after the other would need a loop around the parallel ones, so the space has this form for
    // single images only.
    Nest input = transform_input();
    input.loops.front().kind = LoopKind::parallel;
    Nest output = transform_output();
    output.loops.front().kind = LoopKind::parallel;
    stage.loops[0].kind = LoopKind::parallel;
    stage.loops[1].kind = LoopKind::parallel;
    program.nests = {Nest{{}, {copy().stage()}}, input, Nest{{}, {stage}}, output};
  }

  /// The loops over the tiles of a block and vectors of channels.
  Nest tile_loops(const std::string& name, int64_t channels, int64_t lanes) const {
    Nest nest;
    Loop rows{name + "_y", block_};
    if (!whole_ && tile_rows_ % block_ != 0) rows.limits = {Affine(tile_rows_) - block_ * variable("block")};
    Loop lane{name + "_v", std::min(lanes, channels), false, LoopKind::vectorized};
    if (channels % lanes != 0 && channels > lanes)
      lane.limits = {Affine(channels) - lanes * Affine::variable(name + "_c")};
    nest.loops = {rows, {name + "_x", tile_columns_}, {name + "_c", (channels + lanes - 1) / lanes}, lane};
    return nest;
  }

  Nest transform_input() const {
    const int64_t lanes = choices_.input == InputForm::blocked ? lanes_of_channels_ : choices_.lanes;
    Nest nest = tile_loops("in", conv_.ci, lanes);
    const Affine ci = lanes * variable("in_c") + variable("in_v");
    const Affine tile = tile_columns_ * variable("in_y") + variable("in_x");
    add_transform(
        nest, matrices_.input, "half_input", {variable("in_v")},
        [&](const Affine& i, const Affine& j) {
          return Value::load({"copy", {0, step() * variable("in_y") + i, step() * variable("in_x") + j, ci}});
        },
        [&](Stage& stage, const Affine& i, const Affine& j, const Value& value) {
          stage.output = transformed(a_ * i + j, tile, ci);
          stage.finish = value;
        });
    return nest;
  }

  Nest transform_output() const {
    Nest nest = tile_loops("out", conv_.co, choices_.lanes);
    const Affine co = choices_.lanes * variable("out_c") + variable("out_v");
    const Affine tile = tile_columns_ * variable("out_y") + variable("out_x");
    const Affine first_row = whole_ ? Affine(0) : block_ * variable("block");
    add_transform(
        nest, matrices_.output, "half_output", {variable("out_v")},
        [&](const Affine& i, const Affine& j) {
          return Value::load({"products", {a_ * i + j, tile, co}});
        },
        [&](Stage& stage, const Affine& i, const Affine& j, const Value& value) {
          const Affine y = m_ * (first_row + variable("out_y")) + i;
          const Affine x = m_ * variable("out_x") + j;
          const Affine n = whole_ ? Affine(0) : variable("n");
          stage.output = {"output", layout_index(conv_.layout, n, y, x, co)};
          const Value sum = conv_.epilogue.bias ? value + Value::load({"bias", {co}}) : value;
          stage.finish = finish_value(conv_.epilogue, conv_.type, sum, co, stage.output);
          if (conv_.out_h % m_ != 0) stage.store_if.push_back(Affine(conv_.out_h - 1) - y);
          if (conv_.out_w % m_ != 0) stage.store_if.push_back(Affine(conv_.out_w - 1) - x);
        });
    return nest;
  }

  Program prepare() const {
    Program program{"prepare", {}, {}};
    Buffer packed = packed_weights();
    packed.written = true;
    program.buffers = {{"weights", Element::float32, {conv_.co, conv_.ci, 3, 3}},
                       packed,
                       {"half_weights", Element::float32, {a_, 3, choices_.lanes}, Storage::registers}};
    const int64_t vectors = (conv_.co + choices_.lanes - 1) / choices_.lanes;
    Nest nest;
    Loop lane{"w_v", std::min(choices_.lanes, conv_.co), false, LoopKind::vectorized};
    Loop part{"w_t", choices_.tile_co};
    const Affine vector = choices_.tile_co * variable("w_o") + variable("w_t");
    if (vectors % choices_.tile_co != 0) part.limits = {Affine(vectors) - choices_.tile_co * variable("w_o")};
    if (conv_.co % choices_.lanes != 0 && conv_.co > choices_.lanes)
      lane.limits = {Affine(conv_.co) - choices_.lanes * vector};
    nest.loops = {{"w_o", co_blocks()}, {"w_ci", conv_.ci}, part, lane};
    const Affine within = choices_.lanes * variable("w_t") + variable("w_v");
    add_transform(
        nest, matrices_.weights, "half_weights", {variable("w_v")},
        [&](const Affine& i, const Affine& j) {
          return Value::load(
              {"weights", {choices_.lanes * vector + variable("w_v"), variable("w_ci"), i, j}});
        },
        [&](Stage& stage, const Affine& i, const Affine& j, const Value& value) {
          stage.output = {"packed_weights", {a_ * i + j, variable("w_o"), variable("w_ci"), within}};
          stage.finish = value;
        });
    program.nests.push_back(nest);
    return program;
  }

  const Convolution& conv_;
  const ScheduleChoices& choices_;
  Trace* trace_;
  WinogradMatrices matrices_;
  int64_t m_;          // rows and columns of outputs of a tile
  int64_t a_;          // of inputs of a tile
  int64_t tile_rows_;  // tiles of an image
  int64_t tile_columns_;
  int64_t block_;  // rows of tiles computed at once
  int64_t lanes_of_channels_;
  bool whole_ = false;  // all tiles at once, the matrix products shared out by channels
};

}  // namespace

int64_t winograd_weights(Algorithm algorithm, int64_t stride) {
  const int64_t side = transforms(algorithm, stride).side();
  return side * side;
}

Kernel schedule_winograd(const Convolution& conv, const ScheduleChoices& choices, Trace* trace) {
  return WinogradSchedule(conv, choices, trace).schedule();
}

}  // namespace tamis::cpu
