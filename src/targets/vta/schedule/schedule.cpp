#include "targets/vta/schedule/schedule.h"

#include "base/text.h"
#include "targets/vta/schedule/bias_blocks.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

std::vector<std::string> names(std::initializer_list<std::string_view> words) {
  return {words.begin(), words.end()};
}

int64_t number_or(const Space& space, const Config& config, std::string_view name, int64_t fallback) {
  return space.find(name) ? space.integer(config, name) : fallback;
}

std::string name_or(const Space& space, const Config& config, std::string_view name, const char* fallback) {
  const std::optional<size_t> position = space.find(name);
  return position ? std::get<std::string>(space.value(config, *position)) : fallback;
}

std::array<OuterLoop, 3> parse_order(const std::string& text) {
  using enum OuterLoop;
  if (text == "h.w.co") return {h, w, co};
  if (text == "co.h.w") return {co, h, w};
  if (text == "w.co.h") return {w, co, h};
  return {h, co, w};
}

std::array<InnerLoop, 7> parse_uop_loops(const std::string& text) {
  using enum InnerLoop;
  if (text == "spatial") return {w, h, ci, kernel_w, kernel_h, group, co};
  if (text == "kernel") return {kernel_w, kernel_h, ci, group, co, h, w};
  return {ci, w, kernel_w, kernel_h, group, co, h};
}

void add_wide_knobs(const Workload& workload, const BlockedWorkload& blocked, std::vector<Knob>& knobs) {
  if (workload.op != Operator::dense)
    knobs.push_back(name_knob("loop_order", names({"h.co.w", "h.w.co", "co.h.w", "w.co.h"})));
  knobs.push_back(name_knob("resident", names({"none", "inp", "wgt", "inp+wgt"})));
  knobs.push_back(name_knob("uop_loops", names({"template", "spatial", "kernel"})));
  knobs.push_back(name_knob("operands", names({"own", "shared"})));
  if (bias_fits_blocks(workload, blocked)) knobs.push_back(name_knob("bias", names({"alu", "gemm"})));
  knobs.push_back(name_knob("epilogue", names({"tile", "block"})));
}

/// Columns of an input tile. Where a tile that is as wide as the image leaves out the last columns only
/// because no output reads them, taking them too makes its rows contiguous.
int64_t input_columns(const Axis& w, const Schedule& schedule) {
  const bool whole = w.positions == schedule.tile_w && w.pad == 0 && schedule.tile_w * w.step == w.input;
  return schedule.compact && whole ? w.input : w.rows(schedule.tile_w);
}

/// Whether rows lie between those that the outputs read.
bool skips_rows(const Axis& h, const Schedule& schedule) {
  return schedule.compact && h.window == 1 && h.pad == 0 && h.step > 1;
}

int64_t slots(bool keep, const Schedule& schedule, const Footprint& footprint) {
  if (keep) return footprint.outer_ci;
  return schedule.shared ? 2 : 1;
}

}  // namespace

Result<SpaceKind> parse_space_kind(const std::string& word) {
  if (word == "template") return SpaceKind::autotvm;
  if (word == "wide") return SpaceKind::wide;
  return not_found("there is no VTA schedule space \"" + word + "\"" +
                   did_you_mean(word, {"template", "wide"}));
}

Result<Space> schedule_space(const Workload& workload, const BlockedWorkload& blocked, SpaceKind kind) {
  const bool spatial = workload.op != Operator::dense;
  std::vector<Knob> knobs;
  knobs.push_back(split_knob("tile_b", blocked.batch_blocks, 2));
  if (spatial) {
    knobs.push_back(split_knob("tile_h", blocked.h.positions, 2));
    knobs.push_back(split_knob("tile_w", blocked.w.positions, 2));
  }
  knobs.push_back(split_knob("tile_ci", blocked.ci_blocks, 2));
  knobs.push_back(split_knob("tile_co", blocked.total_co_blocks(), 2));
  knobs.push_back(number_knob("oc_nthread", {1, 2}));
  if (spatial) knobs.push_back(number_knob("h_nthread", {1, 2}));
  if (kind == SpaceKind::wide) add_wide_knobs(workload, blocked, knobs);
  return Space::create(std::move(knobs));
}

Schedule make_schedule(const Space& space, const Config& config) {
  Schedule schedule;
  schedule.tile_b = space.integer(config, "tile_b");
  schedule.tile_h = number_or(space, config, "tile_h", 1);
  schedule.tile_w = number_or(space, config, "tile_w", 1);
  schedule.tile_ci = space.integer(config, "tile_ci");
  schedule.tile_co = space.integer(config, "tile_co");
  schedule.co_threads = space.integer(config, "oc_nthread");
  schedule.h_threads = number_or(space, config, "h_nthread", 1);
  schedule.order = parse_order(name_or(space, config, "loop_order", "h.co.w"));
  schedule.inner = parse_uop_loops(name_or(space, config, "uop_loops", "template"));
  const std::string resident = name_or(space, config, "resident", "none");
  schedule.keep_inp = resident == "inp" || resident == "inp+wgt";
  schedule.keep_wgt = resident == "wgt" || resident == "inp+wgt";
  schedule.reuse = space.find("resident").has_value();
  schedule.compact = schedule.reuse;
  schedule.shared = name_or(space, config, "operands", "own") == "shared";
  schedule.bias = name_or(space, config, "bias", "alu") == "gemm" ? BiasRoute::gemm : BiasRoute::alu;
  schedule.finish_by_block = name_or(space, config, "epilogue", "tile") == "block";
  return schedule;
}

Schedule with_threads_that_work(Schedule schedule, const BlockedWorkload& blocked) {
  schedule.co_threads =
      std::min(schedule.co_threads, std::max<int64_t>(1, blocked.total_co_blocks() / schedule.tile_co));
  schedule.h_threads =
      std::min(schedule.h_threads, std::max<int64_t>(1, blocked.h.positions / schedule.tile_h));
  return schedule;
}

Result<Footprint> footprint(const BlockedWorkload& blocked, const Schedule& schedule, bool bias) {
  Footprint result;
  const int64_t co = blocked.co_blocks;
  if (co % schedule.tile_co != 0 && schedule.tile_co % co != 0)
    return unsupported(
        fmt::format("a tile of {} output channel blocks crosses groups of {}", schedule.tile_co, co));
  result.groups_in_tile = schedule.tile_co > co ? schedule.tile_co / co : 1;
  result.co_in_group = schedule.tile_co / result.groups_in_tile;
  result.outer_b = blocked.batch_blocks / schedule.tile_b;
  result.outer_h = blocked.h.positions / schedule.tile_h;
  result.outer_w = blocked.w.positions / schedule.tile_w;
  result.outer_ci = blocked.ci_blocks / schedule.tile_ci;
  result.outer_co = blocked.total_co_blocks() / schedule.tile_co;
  result.row_step = skips_rows(blocked.h, schedule) ? blocked.h.step : 1;
  result.inp_rows = result.row_step > 1 ? schedule.tile_h : blocked.h.rows(schedule.tile_h);
  result.inp_cols = input_columns(blocked.w, schedule);
  result.out_rows = schedule.tile_h * static_cast<int64_t>(blocked.h.phases.size());
  result.out_cols = schedule.tile_w * static_cast<int64_t>(blocked.w.phases.size());
  result.inp_tile = result.groups_in_tile * schedule.tile_ci * result.inp_rows * result.inp_cols;
  result.wgt_tile = schedule.tile_co * schedule.tile_ci * blocked.h.kernel * blocked.w.kernel;
  result.inp_slots = slots(schedule.keep_inp, schedule, result);
  result.wgt_slots = slots(schedule.keep_wgt, schedule, result);
  result.inp_regions = schedule.shared ? schedule.h_threads : schedule.contexts();
  result.wgt_regions = schedule.shared ? schedule.co_threads : schedule.contexts();
  result.acc_tile = schedule.tile_b * schedule.tile_co * result.out_rows * result.out_cols;
  const bool product = bias && schedule.bias == BiasRoute::gemm;
  result.bias_tile = bias && !product ? schedule.tile_co : 0;
  result.bias_blocks = product ? blocked.total_co_blocks() : 0;
  result.constants = product ? 1 : 0;
  return result;
}

}  // namespace tamis::vta
