#include "targets/cpu/schedule/input_copy.h"
#include "targets/cpu/schedule/kernel.h"
#include "targets/cpu/schedule/packed_weights.h"
#include "targets/loop/transform.h"

#include <iterator>
#include <numeric>
#include <utility>

namespace tamis::cpu {
namespace {

constexpr const char* kMiddle = "middle";
constexpr const char* kInnerWeights = "packed_inner_weights";

/// The pointwise part, its pixels in one row: what one of them needs is that pixel alone.
Convolution pointwise_of(const Workload& workload, const Convolution& depthwise) {
  Convolution conv;
  conv.n = depthwise.n;
  conv.ci = workload.shape.ci;
  conv.co = workload.shape.co;
  conv.h = conv.out_h = depthwise.out_h * depthwise.out_w;
  conv.layout = workload.layout;
  conv.type = workload.type;
  conv.epilogue = workload.epilogue;
  return conv;
}

/// A block of rows of the depthwise part is computed into a buffer that stays in the caches, and the
/// pointwise part takes it from there before the next block is begun.
class SeparableSchedule {
 public:
  SeparableSchedule(const Workload& workload, const ScheduleChoices& choices, Trace* trace)
      : depthwise_(*describe(workload)),
        pointwise_(pointwise_of(workload, depthwise_)),
        choices_(choices),
        trace_(trace),
        packed_{pointwise_, choices.lanes * choices.tile_co, ReductionOrder::kernel_first, 1} {}

  Kernel schedule() {
    Kernel kernel;
    Program& program = kernel.run;
    program.name = "run";
    add_buffers(program);
    program.nests = {Nest{{}, {depthwise_stage()}}, Nest{{}, {pointwise_stage()}}};
    schedule_depthwise_part(program);
    Scheduler scheduler = schedule_pointwise_part(program);
    join(program);
    // The stages have moved: the trace is that of the program alone.
    scheduler.note("compute both parts block by block of rows, and share out the blocks");
    kernel.prepare = prepare();
    return kernel;
  }

 private:
  Stage& stage(Program& program, size_t part) const {
    return std::get<Stage>(program.nests[part].body.front());
  }
  int64_t pixels_of_block() const { return choices_.block_rows * depthwise_.out_w; }
  bool copies() const { return choices_.input != InputForm::as_is; }
  bool leaves_padding_out() const { return !copies() && depthwise_.padded(); }

  void add_buffers(Program& program) const {
    const Convolution& first = depthwise_;
    program.buffers = {
        {"input", Element::float32, layout_extents(first.layout, first.n, first.h, first.w, first.ci)},
        {kInnerWeights, Element::float32, packed_depthwise_extents(first, choices_.lanes)}};
    if (first.epilogue.bias) program.buffers.push_back({"inner_bias", Element::float32, {first.ci}});
    std::vector<Buffer> rest = argument_buffers(pointwise_, packed_.buffer());
    program.buffers.insert(program.buffers.end(), std::make_move_iterator(rest.begin() + 1),
                           std::make_move_iterator(rest.end()));
    program.buffers.push_back(
        {kMiddle, Element::float32, {pixels_of_block(), pitch()}, Storage::thread_workspace});
  }

  /// Elements from one pixel of the block to the next. Pixels that lie multiples of some KiB apart would be
  /// mapped to the same few sets of a cache.
  int64_t pitch() const {
    constexpr int64_t kApart = 256;
    return depthwise_.ci % kApart == 0 ? depthwise_.ci + choices_.lanes : depthwise_.ci;
  }

  Affine row(const Affine& y) const {
    return depthwise_.stride_h * y + depthwise_.dilation_h * variable("ky") - Affine(depthwise_.pad_h);
  }
  Affine column(const Affine& x) const {
    return depthwise_.stride_w * x + depthwise_.dilation_w * variable("kx") - Affine(depthwise_.pad_w);
  }

  Value input(const Affine& y, const Affine& x, const Affine& channel) const {
    return Value::load({"input", layout_index(depthwise_.layout, variable("n"), row(y), column(x), channel)});
  }

  Value inner_weight(const Affine& channel) const {
    const auto [block, lane] = divide(channel, choices_.lanes);
    return Value::load({kInnerWeights, {block, variable("ky"), variable("kx"), lane}});
  }

  /// The depthwise part as it is defined, of the rows of one block.
  Stage depthwise_stage() const {
    Stage stage;
    stage.name = "convolve";
    stage.loops = {
        {"n", depthwise_.n},  {"y", depthwise_.out_h},           {"x", depthwise_.out_w},
        {"c", depthwise_.ci}, {"ky", depthwise_.kernel_h, true}, {"kx", depthwise_.kernel_w, true}};
    stage.tile_depth = 4;
    const Affine x = variable("x"), y = variable("y"), c = variable("c");
    stage.output = {kMiddle, {depthwise_.out_w * y + x, c}};
    stage.initial = depthwise_.epilogue.bias ? Value::load({"inner_bias", {c}}) : Value::constant(0);
    stage.update = Value::multiply_add(input(y, x, c), inner_weight(c), Value::accumulated());
    if (depthwise_.padded())
      stage.update_if = {row(y), Affine(depthwise_.h - 1) - row(y), column(x),
                         Affine(depthwise_.w - 1) - column(x)};
    stage.finish = finish_value(depthwise_.epilogue, depthwise_.type, Value::accumulated(), c, stage.output);
    return stage;
  }

  Value middle(const Affine& pixel, const Affine& channel) const {
    return Value::load({kMiddle, {pixel, channel}});
  }

  /// The pointwise part as it is defined, of the pixels of one block.
  Stage pointwise_stage() const {
    Stage stage;
    stage.name = "multiply";
    stage.loops = {
        {"n", pointwise_.n}, {"pixel", pointwise_.out_h}, {"co", pointwise_.co}, {"ci", pointwise_.ci, true}};
    stage.tile_depth = 3;
    finish_pointwise(stage, variable("pixel"), variable("co"));
    stage.update =
        Value::multiply_add(middle(variable("pixel"), variable("ci")),
                            Value::load({"weights", {variable("co"), variable("ci")}}), Value::accumulated());
    return stage;
  }

  /// What begins and ends the sums of the pointwise part.
  void finish_pointwise(Stage& stage, const Affine& pixel, const Affine& channel) const {
    stage.output = {"output", output_index(pointwise_, variable("n"), 0, pixel, 0, channel)};
    stage.initial = pointwise_.epilogue.bias ? Value::load({"bias", {channel}}) : Value::constant(0);
    stage.finish =
        finish_value(pointwise_.epilogue, pointwise_.type, Value::accumulated(), channel, stage.output);
  }

  void schedule_depthwise_part(Program& program) {
    Stage& part = stage(program, 0);
    Scheduler scheduler(program, part, trace_);
    scheduler.split("x", choices_.inner_tile_x, "x_o", "x_i");
    scheduler.split("y", choices_.block_rows, "block", "row");
    scheduler.split("row", choices_.inner_tile_y, "y_t", "y_i");
    scheduler.split("c", choices_.lanes, "c_b", "c_v");
    if (choices_.inner_order == LoopOrder::weights_stay)
      scheduler.reorder({"n", "block", "c_b", "y_t", "x_o", "ky", "kx", "y_i", "x_i", "c_v"});
    else
      scheduler.reorder({"n", "block", "y_t", "x_o", "c_b", "ky", "kx", "y_i", "x_i", "c_v"});
    scheduler.vectorize("c_v");
    if (choices_.inner_unroll > 1) scheduler.unroll("kx");
    if (choices_.inner_unroll > 3) scheduler.unroll("ky");
    if (leaves_padding_out()) scheduler.peel_ends("x_o");
    scheduler.keep_in_registers("ky");
    read_block(program, part);
    scheduler.note("read the weights as they are packed, and the input as it is copied");
  }

  /// Takes the indexes of the depthwise part to what its loops are now.
  void read_block(Program& program, Stage& part) {
    const Affine in_block = choices_.inner_tile_y * variable("y_t") + variable("y_i");
    const Affine y = choices_.block_rows * variable("block") + in_block;
    const Affine x = choices_.inner_tile_x * variable("x_o") + variable("x_i");
    const Affine c = choices_.lanes * variable("c_b") + variable("c_v");
    part.output.index = {depthwise_.out_w * in_block + x, c};
    Value from = input(y, x, c);
    if (copies()) {
      const int64_t channel_block = depthwise_.ci % choices_.lanes == 0 ? choices_.lanes : depthwise_.ci;
      const InputCopy copy{depthwise_, choices_.input, false,  false, choices_.block_rows,
                           0,          channel_block,  "block"};
      program.buffers.push_back(copy.buffer());
      copy_stage_ = copy.stage();
      from = Value::load(copy.access(variable("n"), 0, {0, y, x}, {0, variable("ky"), variable("kx")}, c));
      part.update_if.clear();
    }
    part.update = Value::multiply_add(from, inner_weight(c), Value::accumulated());
  }

  Scheduler schedule_pointwise_part(Program& program) {
    Stage& part = stage(program, 1);
    Scheduler scheduler(program, part, trace_);
    const int64_t unrolled = std::gcd(choices_.unroll, pointwise_.ci);
    scheduler.split("pixel", pixels_of_block(), "block", "p");
    scheduler.split("p", choices_.tile_x, "p_o", "p_i");
    scheduler.split("co", choices_.lanes, "co_b", "co_v");
    scheduler.split("co_b", choices_.tile_co, "co_o", "co_t");
    scheduler.split("ci", unrolled, "ci_o", "ci_u");
    if (choices_.order == LoopOrder::weights_stay)
      scheduler.reorder({"n", "block", "co_o", "p_o", "ci_o", "ci_u", "p_i", "co_t", "co_v"});
    else
      scheduler.reorder({"n", "block", "p_o", "co_o", "ci_o", "ci_u", "p_i", "co_t", "co_v"});
    scheduler.vectorize("co_v");
    scheduler.unroll("ci_u");
    scheduler.keep_in_registers("ci_o");
    const Affine in_block = choices_.tile_x * variable("p_o") + variable("p_i");
    const Affine channel =
        choices_.lanes * (choices_.tile_co * variable("co_o") + variable("co_t")) + variable("co_v");
    const Affine ci = unrolled * variable("ci_o") + variable("ci_u");
    finish_pointwise(part, pixels_of_block() * variable("block") + in_block, channel);
    part.update = Value::multiply_add(middle(in_block, ci), Value::load(packed_.access(0, channel, 0, 0, ci)),
                                      Value::accumulated());
    scheduler.note("read the weights as they are packed, and the block of the depthwise part");
    return scheduler;
  }

  /// Both parts inside one loop over the blocks of rows.
  void join(Program& program) {
    for (Nest& nest : program.nests) hoist(nest, 2);
    Nest& joined = program.nests.front();
    joined.body.push_back(std::move(program.nests.back().body.front()));
    for (Loop& loop : joined.loops) loop.kind = LoopKind::parallel;
    if (copy_stage_) joined.body.insert(joined.body.begin(), *copy_stage_);
    program.nests.pop_back();
  }

  Program prepare() const {
    Program program = packed_.program("prepare");
    program.buffers.push_back(
        {"inner_weights", Element::float32, {depthwise_.ci, 1, depthwise_.kernel_h, depthwise_.kernel_w}});
    program.buffers.push_back({kInnerWeights, Element::float32,
                               packed_depthwise_extents(depthwise_, choices_.lanes), Storage::argument,
                               true});
    program.nests.push_back(
        {{}, {pack_depthwise(depthwise_, choices_.lanes, "inner_weights", kInnerWeights)}});
    return program;
  }

  const Convolution depthwise_, pointwise_;
  const ScheduleChoices& choices_;
  Trace* trace_;
  const PackedWeights packed_;
  std::optional<Stage> copy_stage_;
};

}  // namespace

Kernel schedule_separable(const Workload& workload, const ScheduleChoices& choices, Trace* trace) {
  return SeparableSchedule(workload, choices, trace).schedule();
}

}  // namespace tamis::cpu
