#include "targets/cpu/loop/transform.h"
#include "targets/cpu/schedule/kernel.h"

#include <numeric>

namespace tamis::cpu {
namespace {

class MatmulSchedule {
 public:
  MatmulSchedule(const Workload& workload, const ScheduleChoices& choices, Trace* trace)
      : shape_(workload.matmul), epilogue_(workload.epilogue), choices_(choices), trace_(trace) {}

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
    hoist(program.nests.back(), choices_.parallel == ParallelAxis::channels ? 1 : 2);
    for (Loop& loop : program.nests.back().loops) loop.kind = LoopKind::parallel;
    scheduler.note("share out the work");
    return kernel;
  }

 private:
  bool packs() const { return choices_.input != InputForm::as_is || shape_.transpose_b; }
  int64_t block() const { return choices_.lanes * choices_.tile_co; }

  void add_buffers(Program& program) const {
    program.buffers.push_back({"input", Element::float32, {shape_.batch, shape_.m, shape_.k}});
    program.buffers.push_back({"weights", Element::float32, {shape_.batch, shape_.k, shape_.n}});
    if (shape_.transpose_a) std::swap(program.buffers[0].extents[1], program.buffers[0].extents[2]);
    if (shape_.transpose_b) std::swap(program.buffers[1].extents[1], program.buffers[1].extents[2]);
    if (epilogue_.bias) program.buffers.push_back({"bias", Element::float32, {shape_.n}});
    if (epilogue_.residual)
      program.buffers.push_back({"residual", Element::float32, {shape_.batch, shape_.m, shape_.n}});
    program.buffers.push_back(
        {"output", Element::float32, {shape_.batch, shape_.m, shape_.n}, Storage::argument, true});
  }

  Access b(const Affine& batch, const Affine& k, const Affine& n) const {
    if (shape_.transpose_b) return {"weights", {batch, n, k}};
    return {"weights", {batch, k, n}};
  }

  Stage definition() const {
    Stage stage;
    stage.name = "multiply";
    stage.loops = {{"batch", shape_.batch}, {"m", shape_.m}, {"n", shape_.n}, {"k", shape_.k, true}};
    stage.tile_depth = 3;
    const Affine batch = variable("batch");
    const Affine m = variable("m");
    const Affine n = variable("n");
    const Affine k = variable("k");
    const Access a = shape_.transpose_a ? Access{"input", {batch, k, m}} : Access{"input", {batch, m, k}};
    stage.output = {"output", {batch, m, n}};
    stage.initial = epilogue_.bias ? Value::load({"bias", {n}}) : Value::constant(0);
    stage.update = Value::multiply_add(Value::load(a), Value::load(b(batch, k, n)), Value::accumulated());
    stage.finish = finish_value(epilogue_, DataType::float32, Value::accumulated(), n, stage.output);
    return stage;
  }

  std::vector<std::string> order() const {
    std::vector<std::string> loops = {"batch", "block", "n_o", "k_c", "m_t"};
    if (choices_.order == LoopOrder::activations_stay) loops = {"batch", "block", "k_c", "m_t", "n_o"};
    if (choices_.parallel == ParallelAxis::channels) loops = {"n_o", "batch", "block", "k_c", "m_t"};
    loops.insert(loops.end(), {"k_o", "k_u", "m_i", "n_t", "n_v"});
    return loops;
  }

  /// Packs B in blocks of columns, k innermost but for the columns of a block; counted, as B is an
  /// activation.
  void read_packed(Program& program, Stage& stage, Scheduler& scheduler) const {
    const int64_t blocks = (shape_.n + block() - 1) / block();
    program.buffers.push_back(
        {"packed_b", Element::float32, {shape_.batch, blocks, shape_.k, block()}, Storage::workspace});
    std::vector<Access> loads;
    stage.update.collect_loads(loads);
    const std::vector<Affine> index = loads[1].index;
    const Affine k = shape_.transpose_b ? index[2] : index[1];
    const auto [outer, inner] = divide(shape_.transpose_b ? index[1] : index[2], block());
    stage.update = Value::multiply_add(
        Value::load(loads[0]), Value::load({"packed_b", {index[0], outer, k, inner}}), Value::accumulated());
    Stage pack;
    pack.name = "pack B";
    pack.loops = {{"pack_batch", shape_.batch}, {"pack_n", shape_.n}, {"pack_k", shape_.k}};
    split(pack, "pack_n", block(), "pack_o", "pack_i");
    reorder(pack, {"pack_batch", "pack_o", "pack_k", "pack_i"});
    const Affine n = block() * variable("pack_o") + variable("pack_i");
    pack.output = {"packed_b",
                   {variable("pack_batch"), variable("pack_o"), variable("pack_k"), variable("pack_i")}};
    pack.finish = Value::load(b(variable("pack_batch"), variable("pack_k"), n));
    pack.loops[0].kind = LoopKind::parallel;
    pack.loops[1].kind = LoopKind::parallel;
    vectorize_lanes(pack);
    program.nests.insert(program.nests.begin(), Nest{{}, {pack}});
    scheduler.note("pack B, and read it as it is packed");
  }

  void vectorize_lanes(Stage& pack) const {
    split(pack, "pack_i", choices_.lanes, "pack_t", "pack_v");
    vectorize(pack, "pack_v");
  }

  MatmulShape shape_;
  Epilogue epilogue_;
  const ScheduleChoices& choices_;
  Trace* trace_;
};

}  // namespace

Kernel schedule_matmul(const Workload& workload, const ScheduleChoices& choices, Trace* trace) {
  return MatmulSchedule(workload, choices, trace).schedule();
}

}  // namespace tamis::cpu
