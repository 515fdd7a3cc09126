#include "targets/cpu/schedule/input_copy.h"
#include "targets/cpu/schedule/kernel.h"
#include "targets/loop/transform.h"

#include <numeric>

namespace tamis::cpu {
namespace {

class MatmulSchedule {
 public:
  MatmulSchedule(const Workload& workload, const ScheduleChoices& choices, Trace* trace)
      : shape_(workload.matmul),
        type_(workload.type),
        epilogue_(workload.epilogue),
        choices_(choices),
        trace_(trace) {}

  Kernel schedule() {
    Kernel kernel;
    Program& program = kernel.run;
    program.name = "run";
    add_buffers(program);
    program.nests.push_back({{}, {definition()}});
    Stage& stage = std::get<Stage>(program.nests.front().body.front());
    Scheduler scheduler(program, stage, trace_);
    scheduler.split("m", choices_.block_rows * choices_.tile_x, "block", "row");
    scheduler.split("row", choices_.tile_x, "m_t", "m_i");
    scheduler.split("n", choices_.lanes, "n_b", "n_v");
    scheduler.split("n_b", choices_.tile_co, "n_o", "n_t");
    if (choices_.block_ci > 0) scheduler.split("k", choices_.block_ci, "k_c", "k_b");
    scheduler.split(choices_.block_ci > 0 ? "k_b" : "k", choices_.unroll, "k_o", "k_u");
    scheduler.reorder(order());
    scheduler.vectorize("n_v");
    scheduler.unroll("k_u");
    scheduler.keep_in_registers("k_o");
    if (packs()) read_packed(program, stage, scheduler);
    if (!real()) prepare_bytes(program, scheduler);
    if (is_half(type_)) prepare_halves(program, scheduler);
    hoist(program.nests.back(), choices_.parallel == ParallelAxis::channels ? 1 : 2);
    for (Loop& loop : program.nests.back().loops) loop.kind = LoopKind::parallel;
    scheduler.note("share out the work");
    return kernel;
  }

 private:
  /// Elements of A that are shifted or widened at once.
  static constexpr int64_t kAtOnce = 16;

  bool real() const { return is_real(type_); }
  bool packs() const {
    return choices_.input != InputForm::as_is || shape_.transpose_b || type_ != DataType::float32;
  }
  /// Elements of k that a step of the sum takes, and the steps.
  int64_t step() const { return channels_at_once(type_); }
  int64_t steps() const { return (shape_.k + step() - 1) / step(); }
  int64_t block() const { return choices_.lanes * choices_.tile_co; }

  void add_buffers(Program& program) const {
    const Element element = element_of(type_);
    program.buffers.push_back({"input", element, {shape_.batch, shape_.m, shape_.k}});
    program.buffers.push_back({"weights", element, {shape_.batch, shape_.k, shape_.n}});
    if (shape_.transpose_a) std::swap(program.buffers[0].extents[1], program.buffers[0].extents[2]);
    if (shape_.transpose_b) std::swap(program.buffers[1].extents[1], program.buffers[1].extents[2]);
    if (epilogue_.bias) program.buffers.push_back({"bias", sum_element_of(type_), {shape_.n}});
    if (epilogue_.residual)
      program.buffers.push_back({"residual", element, {shape_.batch, shape_.m, shape_.n}});
    program.buffers.push_back(
        {"output", element, {shape_.batch, shape_.m, shape_.n}, Storage::argument, true});
  }

  Access a(const Affine& batch, const Affine& m, const Affine& k) const {
    if (shape_.transpose_a) return {"input", {batch, k, m}};
    return {"input", {batch, m, k}};
  }

  Access b(const Affine& batch, const Affine& k, const Affine& n) const {
    if (shape_.transpose_b) return {"weights", {batch, n, k}};
    return {"weights", {batch, k, n}};
  }

  Stage definition() const {
    Stage stage;
    stage.name = "multiply";
    stage.loops = {{"batch", shape_.batch}, {"m", shape_.m}, {"n", shape_.n}, {"k", steps(), true}};
    stage.tile_depth = 3;
    const Affine batch = variable("batch");
    const Affine m = variable("m");
    const Affine n = variable("n");
    const Affine k = variable("k");
    stage.output = {"output", {batch, m, n}};
    if (!real()) {
      stage.initial = Value::load({"corrections", {batch, n}}, Element::int32);
      stage.update =
          Value::dot4(Value::load({"shifted_a", {batch, m, 4 * k}}, Element::uint8),
                      Value::load(b(batch, 4 * k, n), Element::int8), Value::accumulated(Element::int32));
      stage.finish = finish_value(epilogue_, type_, Value::accumulated(Element::int32), n, stage.output);
      return stage;
    }
    stage.initial = epilogue_.bias ? Value::load({"bias", {n}}) : Value::constant(0);
    const Access left = is_half(type_) ? Access{"wide_a", {batch, m, k}} : a(batch, m, k);
    stage.update =
        Value::multiply_add(Value::load(left), load_computable(b(batch, k, n), type_), Value::accumulated());
    stage.finish = finish_value(epilogue_, type_, Value::accumulated(), n, stage.output);
    return stage;
  }

  std::vector<std::string> order() const {
    std::vector<std::string> loops = {"batch", "block", "n_o", "k_c", "m_t"};
    if (choices_.order == LoopOrder::activations_stay) loops = {"batch", "block", "k_c", "m_t", "n_o"};
    if (choices_.parallel == ParallelAxis::channels) loops = {"n_o", "batch", "block", "k_c", "m_t"};
    loops.insert(loops.end(), {"k_o", "k_u", "m_i", "n_t", "n_v"});
    return loops;
  }

  /// Packs B in blocks of columns, k innermost but for the columns of a block, and of int8 for the elements
  /// of a step; counted, as B is an activation.
  void read_packed(Program& program, Stage& stage, Scheduler& scheduler) const {
    const int64_t blocks = (shape_.n + block() - 1) / block();
    Buffer packed{"packed_b",
                  real() ? Element::float32 : Element::int8,
                  {shape_.batch, blocks, steps(), block()},
                  Storage::workspace};
    if (!real()) packed.extents.push_back(step());
    program.buffers.push_back(packed);
    std::vector<Access> loads;
    stage.update.collect_loads(loads);
    const std::vector<Affine> index = loads[1].index;
    const Affine k = divide(shape_.transpose_b ? index[2] : index[1], step()).first;
    const auto [outer, inner] = divide(shape_.transpose_b ? index[1] : index[2], block());
    Access place{"packed_b", {index[0], outer, k, inner}};
    if (real()) {
      stage.update = Value::multiply_add(Value::load(loads[0]), Value::load(place), Value::accumulated());
    } else {
      place.index.emplace_back(0);
      stage.update = Value::dot4(Value::load(loads[0], Element::uint8), Value::load(place, Element::int8),
                                 Value::accumulated(Element::int32));
    }
    program.nests.insert(program.nests.begin(), Nest{{}, {real() ? pack_floats() : pack_bytes()}});
    scheduler.note("pack B, and read it as it is packed");
  }

  Stage pack_floats() const {
    Stage pack;
    pack.name = "pack B";
    pack.loops = {{"pack_batch", shape_.batch}, {"pack_n", shape_.n}, {"pack_k", shape_.k}};
    split(pack, "pack_n", block(), "pack_o", "pack_i");
    reorder(pack, {"pack_batch", "pack_o", "pack_k", "pack_i"});
    const Affine n = block() * variable("pack_o") + variable("pack_i");
    pack.output = {"packed_b",
                   {variable("pack_batch"), variable("pack_o"), variable("pack_k"), variable("pack_i")}};
    pack.finish = load_computable(b(variable("pack_batch"), variable("pack_k"), n), type_);
    share_out_packing(pack);
    vectorize_lanes(pack);
    return pack;
  }

  static void share_out_packing(Stage& pack) {
    pack.loops[0].kind = LoopKind::parallel;
    pack.loops[1].kind = LoopKind::parallel;
  }

  /// An element of an operand of int8 at element k of its sum; `otherwise` behind the last one.
  Value byte_or(const Access& access, const Affine& k, const Value& otherwise) const {
    Value loaded = otherwise->element == Element::uint8
                       ? Value::convert(Value::convert(Value::load(access, Element::int8), Element::int32) +
                                            Value::constant(kActivationShift, Element::int32),
                                        Element::uint8)
                       : Value::load(access, Element::int8);
    if (shape_.k % step() == 0) return loaded;
    return Value::guarded({Affine(shape_.k - 1) - k}, loaded, otherwise);
  }

  Stage pack_bytes() const {
    Stage pack;
    pack.name = "pack B";
    pack.loops = {{"pack_batch", shape_.batch},
                  {"pack_n", shape_.n},
                  {"pack_k", steps()},
                  {"pack_part", step(), false, LoopKind::unrolled}};
    split(pack, "pack_n", block(), "pack_o", "pack_i");
    reorder(pack, {"pack_batch", "pack_o", "pack_k", "pack_i", "pack_part"});
    const Affine n = block() * variable("pack_o") + variable("pack_i");
    const Affine k = step() * variable("pack_k") + variable("pack_part");
    pack.output = {"packed_b",
                   {variable("pack_batch"), variable("pack_o"), variable("pack_k"), variable("pack_i"),
                    variable("pack_part")}};
    pack.finish = byte_or(b(variable("pack_batch"), k, n), k, Value::constant(0, Element::int8));
    share_out_packing(pack);
    return pack;
  }

  /// A in float32: widening each element where it is multiplied would take longer than the product.
  void prepare_halves(Program& program, Scheduler& scheduler) const {
    program.buffers.push_back(
        {"wide_a", Element::float32, {shape_.batch, shape_.m, shape_.k}, Storage::workspace});
    Stage widen;
    widen.name = "widen A";
    widen.loops = {{"a_batch", shape_.batch, false, LoopKind::parallel},
                   {"a_m", shape_.m, false, LoopKind::parallel},
                   {"a_k", shape_.k}};
    widen.output = {"wide_a", {variable("a_batch"), variable("a_m"), variable("a_k")}};
    widen.finish = load_computable(a(variable("a_batch"), variable("a_m"), variable("a_k")), type_);
    if (shape_.k % kAtOnce == 0) {
      split(widen, "a_k", kAtOnce, "a_o", "a_v");
      vectorize(widen, "a_v");
    }
    program.nests.insert(program.nests.begin(), Nest{{}, {widen}});
    scheduler.note("widen A to float32");
  }

  /// What dot products of bytes need: A with 128 added, and what that gives too much, negated, for each
  /// column.
  void prepare_bytes(Program& program, Scheduler& scheduler) const {
    const int64_t filled = steps() * step();
    program.buffers.push_back(
        {"shifted_a", Element::uint8, {shape_.batch, shape_.m, filled}, Storage::workspace});
    program.buffers.push_back({"corrections", Element::int32, {shape_.batch, shape_.n}, Storage::workspace});
    Stage shift;
    shift.name = "shift A";
    shift.loops = {{"a_batch", shape_.batch, false, LoopKind::parallel},
                   {"a_m", shape_.m, false, LoopKind::parallel},
                   {"a_k", filled}};
    shift.output = {"shifted_a", {variable("a_batch"), variable("a_m"), variable("a_k")}};
    shift.finish = byte_or(a(variable("a_batch"), variable("a_m"), variable("a_k")), variable("a_k"),
                           Value::constant(kActivationShift, Element::uint8));
    if (shape_.k % kAtOnce == 0) {
      split(shift, "a_k", kAtOnce, "a_o", "a_v");
      vectorize(shift, "a_v");
    }
    program.nests.insert(program.nests.begin(), {Nest{{}, {shift}}, Nest{{}, {correct()}}});
    scheduler.note("add 128 to A, and correct for it");
  }

  Stage correct() const {
    Stage correct;
    correct.name = "correct";
    correct.loops = {{"c_batch", shape_.batch}, {"c_n", shape_.n}, {"c_k", shape_.k, true}};
    correct.output = {"corrections", {variable("c_batch"), variable("c_n")}};
    const Value element = Value::convert(
        Value::load(b(variable("c_batch"), variable("c_k"), variable("c_n")), Element::int8), Element::int32);
    correct.initial = Value::constant(0, Element::int32);
    correct.update = Value::multiply_add(element, Value::constant(-kActivationShift, Element::int32),
                                         Value::accumulated(Element::int32));
    correct.finish = Value::accumulated(Element::int32);
    split(correct, "c_n", choices_.lanes, "c_o", "c_v");
    reorder(correct, {"c_batch", "c_o", "c_k", "c_v"});
    vectorize(correct, "c_v");
    keep_in_registers(correct, "c_k");
    correct.loops[0].kind = LoopKind::parallel;
    correct.loops[1].kind = LoopKind::parallel;
    return correct;
  }

  void vectorize_lanes(Stage& pack) const {
    split(pack, "pack_i", choices_.lanes, "pack_t", "pack_v");
    vectorize(pack, "pack_v");
  }

  MatmulShape shape_;
  DataType type_;
  Epilogue epilogue_;
  const ScheduleChoices& choices_;
  Trace* trace_;
};

}  // namespace

Kernel schedule_matmul(const Workload& workload, const ScheduleChoices& choices, Trace* trace) {
  return MatmulSchedule(workload, choices, trace).schedule();
}

}  // namespace tamis::cpu
