#include "targets/cpu/schedule/input_copy.h"
#include "targets/cpu/schedule/kernel.h"
#include "targets/cpu/schedule/packed_weights.h"
#include "targets/loop/transform.h"

#include <numeric>

namespace tamis::cpu {
namespace {

/// Where in the operator's own terms the innermost statement is; follows the splits of the schedule.
struct Coordinates {
  Affine n = Affine::variable("n"), g = Affine::variable("g"), z = Affine::variable("z"),
         kz = Affine::variable("kz"), y = Affine::variable("y"), x = Affine::variable("x"),
         co = Affine::variable("co"), ci = Affine::variable("ci"), ky = Affine::variable("ky"),
         kx = Affine::variable("kx");

  void substitute(const std::string& loop, const Affine& by) {
    for (Affine* affine : {&n, &g, &z, &kz, &y, &x, &co, &ci, &ky, &kx})
      *affine = affine->substitute(loop, by);
  }
};

class DirectSchedule {
 public:
  DirectSchedule(const Convolution& conv, const ScheduleChoices& choices, Trace* trace)
      : conv_(conv),
        choices_(choices),
        trace_(trace),
        steps_(filled_channels(conv) / channels_at_once(conv.type)) {
    lanes_of_channels_ = std::gcd(steps_, int64_t{16});
    if (steps_ <= 16) lanes_of_channels_ = steps_;
    if (conv.type == DataType::int8) lanes_of_channels_ = std::gcd(steps_, int64_t{4});
  }

  Kernel schedule() {
    Kernel kernel;
    Program& program = kernel.run;
    program.name = "run";
    define(program);
    Stage& stage = std::get<Stage>(program.nests.front().body.front());
    Scheduler scheduler(program, stage, trace_);
    scheduler_ = &scheduler;
    split_loops();
    scheduler.reorder(order());
    scheduler.vectorize("co_v");
    scheduler.unroll("ci_u");
    if (leaves_padding_out()) {
      // Only where the column is known, so is whether it lies on the padding.
      scheduler.unroll("kx");
      scheduler.peel_ends("x_o");
    }
    scheduler.keep_in_registers(tile_loops().front());
    copy_input(program);
    pack_weights(program, stage, kernel);
    parallelize(program);
    scheduler.note("share out the work");
    return kernel;
  }

 private:
  bool whole_copy() const { return choices_.parallel == ParallelAxis::channels; }
  bool copies() const {
    return choices_.input != InputForm::as_is || choices_.algorithm == Algorithm::im2col;
  }

  /// Whether the input is read where it is, and products with its padding are left out.
  bool leaves_padding_out() const { return !copies() && conv_.padded(); }

  int64_t tile_y() const { return conv_.pixels ? choices_.tile_x : choices_.tile_y; }
  int64_t tile_x() const { return conv_.pixels ? 1 : choices_.tile_x; }

  void define(Program& program) {
    const Element element = element_of(conv_.type);
    program.buffers = argument_buffers(
        conv_,
        {"weights",
         element,
         {conv_.co * conv_.groups, conv_.ci, conv_.phase ? conv_.phase->kernel_h : conv_.kernel_rows(),
          conv_.phase ? conv_.phase->kernel_w : conv_.kernel_w}},
        conv_.type == DataType::int8);
    program.nests.push_back({{}, {definition()}});
  }

  Stage definition() const {
    const Coordinates at;
    Stage stage;
    stage.name = conv_.pixels ? "multiply" : "convolve";
    if (conv_.phase) stage.name += conv_.phase->suffix();
    stage.loops = {
        {"n", conv_.n},   {"g", conv_.groups},  {"y", conv_.out_h},           {"x", conv_.out_w},
        {"co", conv_.co}, {"ci", steps_, true}, {"ky", conv_.kernel_h, true}, {"kx", conv_.kernel_w, true}};
    stage.tile_depth = 5;
    if (conv_.volume) {
      stage.loops.insert(stage.loops.begin() + 6, {"kz", conv_.kernel_d, true});
      stage.loops.insert(stage.loops.begin() + 2, {"z", conv_.out_d});
      stage.tile_depth = 6;
    }
    const Affine channel = conv_.co * at.g + at.co;
    stage.output = {"output", output_index(conv_, at.n, at.z, at.y, at.x, channel)};
    stage.initial = conv_.type == DataType::int8 ? Value::load({"corrections", {channel}}, Element::int32)
                    : conv_.epilogue.bias        ? Value::load({"bias", {channel}})
                                                 : Value::constant(0);
    stage.update = update(input_as_is(at), weights_as_they_are(at));
    if (leaves_padding_out()) stage.update_if = inside(at);
    const Element sum = conv_.type == DataType::int8 ? Element::int32 : Element::float32;
    stage.finish = finish_value(conv_.epilogue, conv_.type, Value::accumulated(sum), channel, stage.output);
    return stage;
  }

  Value update(const Value& input, const Value& weight) const {
    if (conv_.type == DataType::int8) return Value::dot4(input, weight, Value::accumulated(Element::int32));
    return Value::multiply_add(input, weight, Value::accumulated());
  }

  Affine plane(const Coordinates& at) const {
    return conv_.stride_d * at.z + conv_.dilation_d * at.kz - Affine(conv_.pad_d);
  }
  Affine row(const Coordinates& at) const {
    return conv_.stride_h * at.y + conv_.dilation_h * at.ky - Affine(conv_.pad_h);
  }
  Affine column(const Coordinates& at) const {
    return conv_.stride_w * at.x + conv_.dilation_w * at.kx - Affine(conv_.pad_w);
  }
  /// Where the kernel lies on the image and not on its padding.
  Conditions inside(const Coordinates& at) const {
    Conditions all = {row(at), Affine(conv_.h - 1) - row(at), column(at), Affine(conv_.w - 1) - column(at)};
    if (conv_.volume) all.insert(all.end(), {plane(at), Affine(conv_.d - 1) - plane(at)});
    return all;
  }

  Value input_as_is(const Coordinates& at) const {
    const Affine channel = conv_.ci * at.g + channels_at_once(conv_.type) * at.ci;
    Value element = load_computable(
        {"input", input_index(conv_, at.n, plane(at), row(at), column(at), channel)}, conv_.type);
    if (!conv_.padded() || leaves_padding_out()) return element;
    return Value::guarded(inside(at), element, Value::constant(0, element->element));
  }

  /// The row of the kernel, counted through its planes.
  Affine kernel_row(const Coordinates& at) const {
    return conv_.volume ? conv_.kernel_h * at.kz + at.ky : at.ky;
  }

  Value weights_as_they_are(const Coordinates& at) const {
    return load_computable({"weights",
                            {conv_.co * at.g + at.co, channels_at_once(conv_.type) * at.ci,
                             conv_.phase ? conv_.phase->tap_y.at(at.ky) : kernel_row(at),
                             conv_.phase ? conv_.phase->tap_x.at(at.kx) : at.kx}},
                           conv_.type);
  }

  void split(const std::string& loop, int64_t factor, const std::string& outer, const std::string& inner) {
    scheduler_->split(loop, factor, outer, inner);
    at_.substitute(loop, factor * Affine::variable(outer) + Affine::variable(inner));
  }

  void split_loops() {
    split("x", tile_x(), "x_o", "x_i");
    split("y", choices_.block_rows * tile_y(), "block", "row");
    split("row", tile_y(), "y_t", "y_i");
    split("co", choices_.lanes, "co_b", "co_v");
    split("co_b", choices_.tile_co, "co_o", "co_t");
    split("ci", lanes_of_channels_, "ci_b", "ci_l");
    split("ci_l", std::gcd(choices_.unroll, lanes_of_channels_), "ci_m", "ci_u");
    if (choices_.block_ci > 0)
      split("ci_b",
            std::max<int64_t>(choices_.block_ci / channels_at_once(conv_.type) / lanes_of_channels_, 1),
            "ci_c", "ci_d");
  }

  std::vector<std::string> tile_loops() const {
    const std::string channels = choices_.block_ci > 0 ? "ci_d" : "ci_b";
    std::vector<std::string> loops = {"ky", "kx"};
    if (conv_.volume) loops.insert(loops.begin(), "kz");
    loops.insert(choices_.reduction == ReductionOrder::kernel_first ? loops.end() : loops.begin(), channels);
    loops.insert(loops.end(), {"ci_m", "ci_u", "y_i", "x_i", "co_t", "co_v"});
    return loops;
  }

  std::vector<std::string> order() const {
    std::vector<std::string> loops = {"n", "g", "block"};
    if (conv_.volume) loops.insert(loops.begin() + 2, "z");
    if (choices_.parallel == ParallelAxis::channels) {
      loops.insert(loops.begin(), "co_o");
      loops.insert(loops.end(), {"ci_c", "y_t", "x_o"});
    } else if (choices_.order == LoopOrder::weights_stay) {
      loops.insert(loops.end(), {"co_o", "ci_c", "y_t", "x_o"});
    } else {
      loops.insert(loops.end(), {"ci_c", "y_t", "x_o", "co_o"});
    }
    const std::vector<std::string> tile = tile_loops();
    loops.insert(loops.end(), tile.begin(), tile.end());
    return loops;
  }

  /// Without a copy the input is read where it is; with one, by blocks of rows or all of it beforehand.
  void copy_input(Program& program) {
    if (!copies()) return;
    const bool patches = choices_.algorithm == Algorithm::im2col;
    const int64_t rows = choices_.block_rows * tile_y();
    const InputCopy copy{conv_,
                         choices_.input,
                         patches,
                         whole_copy(),
                         rows,
                         0,
                         lanes_of_channels_ * channels_at_once(conv_.type),
                         "block"};
    program.buffers.push_back(copy.buffer());
    copy_stage_ = copy.stage();
    const Access from = copy.access(at_.n, at_.g, {at_.z, at_.y, at_.x}, {at_.kz, at_.ky, at_.kx},
                                    channels_at_once(conv_.type) * at_.ci);
    copied_ = Value::load(from, program.buffers.back().element);
  }

  void pack_weights(Program& program, Stage& stage, Kernel& kernel) {
    const PackedWeights packed{conv_, choices_.lanes * choices_.tile_co, choices_.reduction,
                               lanes_of_channels_};
    program.buffers[1] = packed.buffer();
    const Value weight = load_computable(
        packed.access(at_.g, at_.co, kernel_row(at_), at_.kx, channels_at_once(conv_.type) * at_.ci),
        conv_.type);
    stage.update = update(copied_ ? *copied_ : input_as_is(at_), weight);
    // Blocked layouts need the loops of blocks and lanes apart, so the index is taken anew.
    const Affine channel = conv_.co * at_.g + at_.co;
    stage.output.index = output_index(conv_, at_.n, at_.z, at_.y, at_.x, channel);
    if (conv_.epilogue.residual)
      stage.finish = finish_value(conv_.epilogue, conv_.type, Value::accumulated(), channel, stage.output);
    if (choices_.prefetch) read_ahead(stage, packed.buffer());
    kernel.prepare = packed.program("prepare");
    scheduler_->note("read the weights as they are packed, and the input as it is copied");
  }

  void parallelize(Program& program) {
    Nest& nest = program.nests.front();
    hoist(nest, choices_.parallel == ParallelAxis::channels ? 1 : conv_.volume ? 4 : 3);
    if (choices_.parallel == ParallelAxis::channels) {
      nest.loops.front().kind = LoopKind::parallel;
      if (copy_stage_) program.nests.insert(program.nests.begin(), Nest{{}, {*copy_stage_}});
      return;
    }
    for (Loop& loop : nest.loops) loop.kind = LoopKind::parallel;
    if (copy_stage_) nest.body.insert(nest.body.begin(), *copy_stage_);
  }

  const Convolution& conv_;
  const ScheduleChoices& choices_;
  Trace* trace_;
  int64_t steps_;                  // of the sum over channels
  int64_t lanes_of_channels_ = 1;  // steps of a block of channels
  Coordinates at_;
  Scheduler* scheduler_ = nullptr;
  std::optional<Stage> copy_stage_;
  std::optional<Value> copied_;
};

}  // namespace

Kernel schedule_direct(const Convolution& conv, const ScheduleChoices& choices, Trace* trace) {
  return DirectSchedule(conv, choices, trace).schedule();
}

}  // namespace tamis::cpu
