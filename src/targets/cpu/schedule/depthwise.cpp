#include "targets/cpu/schedule/input_copy.h"
#include "targets/cpu/schedule/kernel.h"
#include "targets/cpu/schedule/packed_weights.h"
#include "targets/loop/transform.h"

namespace tamis::cpu {
namespace {

/// The innermost loops as choices.unroll says: 1 unrolls nothing, up to 3 the kernel's columns, more all of
/// it.
void unroll_kernel(Scheduler& scheduler, int64_t unroll) {
  if (unroll > 1) scheduler.unroll("kx");
  if (unroll > 3) scheduler.unroll("ky");
}

/// Splits the loops of a stage, and an affine with them.
class DepthwiseSchedule {
 public:
  DepthwiseSchedule(const Convolution& conv, const ScheduleChoices& choices, Trace* trace)
      : conv_(conv), choices_(choices), trace_(trace) {}

  Kernel schedule() {
    Kernel kernel;
    Program& program = kernel.run;
    program.name = "run";
    add_buffers(program);
    program.nests.push_back({{}, {definition()}});
    Stage& stage = std::get<Stage>(program.nests.front().body.front());
    Scheduler scheduler(program, stage, trace_);
    scheduler.split("x", choices_.tile_x, "x_o", "x_i");
    scheduler.split("y", rows(), "block", "row");
    scheduler.split("row", choices_.tile_y, "y_t", "y_i");
    scheduler.split("c", choices_.lanes, "c_b", "c_v");
    scheduler.split("c_b", choices_.tile_co, "c_o", "c_t");
    scheduler.reorder(order());
    scheduler.vectorize("c_v");
    unroll_kernel(scheduler, choices_.unroll);
    if (choices_.input == InputForm::as_is && conv_.padded()) scheduler.peel_ends("x_o");
    scheduler.keep_in_registers("ky");
    read_packed(program, stage, scheduler);
    parallelize(program);
    scheduler.note("share out the work");
    kernel.prepare = prepare();
    return kernel;
  }

 private:
  bool whole() const { return choices_.parallel == ParallelAxis::channels; }
  int64_t rows() const { return choices_.block_rows * choices_.tile_y; }
  int64_t channel_blocks() const { return (conv_.ci + choices_.lanes - 1) / choices_.lanes; }
  bool real() const { return is_real(conv_.type); }
  Element sum_element() const { return sum_element_of(conv_.type); }

  void add_buffers(Program& program) const {
    const Element element = element_of(conv_.type);
    program.buffers =
        argument_buffers(conv_, {"packed_weights", element, packed_depthwise_extents(conv_, choices_.lanes)});
  }

  Value weight(const Affine& channel) const {
    const auto [block, lane] = divide(channel, choices_.lanes);
    return Value::load({"packed_weights", {block, variable("ky"), variable("kx"), lane}},
                       element_of(conv_.type));
  }

  Affine row(const Affine& y) const {
    return conv_.stride_h * y + conv_.dilation_h * variable("ky") - Affine(conv_.pad_h);
  }
  Affine column(const Affine& x) const {
    return conv_.stride_w * x + conv_.dilation_w * variable("kx") - Affine(conv_.pad_w);
  }

  Value input(const Affine& y, const Affine& x, const Affine& channel) const {
    return Value::load({"input", layout_index(conv_.layout, variable("n"), row(y), column(x), channel)},
                       element_of(conv_.type));
  }

  /// Where the kernel lies on the image and not on its padding.
  Conditions inside(const Affine& y, const Affine& x) const {
    if (!conv_.padded()) return {};
    return {row(y), Affine(conv_.h - 1) - row(y), column(x), Affine(conv_.w - 1) - column(x)};
  }

  Value update(const Value& from, const Value& times) const {
    return Value::multiply_add(Value::convert(from, sum_element()), Value::convert(times, sum_element()),
                               Value::accumulated(sum_element()));
  }

  Stage definition() const {
    Stage stage;
    stage.name = "convolve";
    stage.loops = {{"n", conv_.n},  {"y", conv_.out_h},           {"x", conv_.out_w},
                   {"c", conv_.ci}, {"ky", conv_.kernel_h, true}, {"kx", conv_.kernel_w, true}};
    stage.tile_depth = 4;
    const Affine channel = variable("c");
    stage.output = {"output",
                    layout_index(conv_.layout, variable("n"), variable("y"), variable("x"), channel)};
    stage.initial =
        real() && conv_.epilogue.bias ? Value::load({"bias", {channel}}) : Value::constant(0, sum_element());
    stage.update = update(input(variable("y"), variable("x"), channel), weight(channel));
    stage.update_if = inside(variable("y"), variable("x"));
    stage.finish =
        finish_value(conv_.epilogue, conv_.type, Value::accumulated(sum_element()), channel, stage.output);
    return stage;
  }

  std::vector<std::string> order() const {
    if (whole()) return {"c_o", "n", "block", "y_t", "x_o", "ky", "kx", "y_i", "x_i", "c_t", "c_v"};
    std::vector<std::string> loops = {"n", "block", "c_o", "y_t", "x_o"};
    if (choices_.order == LoopOrder::activations_stay) loops = {"n", "block", "y_t", "x_o", "c_o"};
    loops.insert(loops.end(), {"ky", "kx", "y_i", "x_i", "c_t", "c_v"});
    return loops;
  }

  void read_packed(Program& program, Stage& stage, Scheduler& scheduler) {
    const Affine y = rows() * variable("block") + choices_.tile_y * variable("y_t") + variable("y_i");
    const Affine x = choices_.tile_x * variable("x_o") + variable("x_i");
    const Affine c =
        choices_.lanes * (choices_.tile_co * variable("c_o") + variable("c_t")) + variable("c_v");
    // The index of blocked layouts needs the channel's lane apart.
    stage.output.index = layout_index(conv_.layout, variable("n"), y, x, c);
    if (conv_.epilogue.residual)
      stage.finish = finish_value(conv_.epilogue, conv_.type, Value::accumulated(), c, stage.output);
    Value from = input(y, x, c);
    if (choices_.input != InputForm::as_is) {
      const InputCopy copy{conv_, choices_.input, false, whole(), rows(), 0, channel_block(), "block"};
      program.buffers.push_back(copy.buffer());
      copy_stage_ = copy.stage();
      const Access place = copy.access(variable("n"), 0, {0, y, x}, {0, variable("ky"), variable("kx")}, c);
      from = Value::load(place, program.buffers.back().element);
      stage.update_if.clear();
      // The copy of int8 activations has 128 added; a product of two bytes can do without.
      if (!real())
        from = Value::convert(from, Element::int32) - Value::constant(kActivationShift, Element::int32);
    }
    stage.update = update(from, weight(c));
    scheduler.note("read the weights as they are packed, and the input as it is copied");
  }

  int64_t channel_block() const { return conv_.ci % choices_.lanes == 0 ? choices_.lanes : conv_.ci; }

  void parallelize(Program& program) {
    Nest& nest = program.nests.front();
    hoist(nest, whole() ? 1 : 2);
    for (Loop& loop : nest.loops) loop.kind = LoopKind::parallel;
    if (!copy_stage_) return;
    if (whole()) {
      program.nests.insert(program.nests.begin(), Nest{{}, {*copy_stage_}});
    } else {
      nest.body.insert(nest.body.begin(), *copy_stage_);
    }
  }

  Program prepare() const {
    Program program{"prepare", {}, {}};
    const Element element = element_of(conv_.type);
    program.buffers = {{"weights", element, {conv_.ci, 1, conv_.kernel_h, conv_.kernel_w}},
                       {"packed_weights", element, packed_depthwise_extents(conv_, choices_.lanes),
                        Storage::argument, true}};
    program.nests.push_back({{}, {pack_depthwise(conv_, choices_.lanes, "weights", "packed_weights")}});
    return program;
  }

  const Convolution& conv_;
  const ScheduleChoices& choices_;
  Trace* trace_;
  std::optional<Stage> copy_stage_;
};

}  // namespace

Kernel schedule_depthwise(const Convolution& conv, const ScheduleChoices& choices, Trace* trace) {
  return DepthwiseSchedule(conv, choices, trace).schedule();
}

}  // namespace tamis::cpu
