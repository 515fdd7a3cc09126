#include "targets/vta/schedule/schedule_space.h"

#include "base/text.h"
#include "targets/vta/schedule/schedule.h"

namespace tamis::vta {
namespace {

std::vector<std::string> names(std::initializer_list<std::string_view> words) {
  return {words.begin(), words.end()};
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
  if (kind == SpaceKind::wide) {
    if (spatial) knobs.push_back(name_knob("loop_order", names({"h.co.w", "h.w.co", "co.h.w", "w.co.h"})));
    knobs.push_back(name_knob("resident", names({"none", "inp", "wgt", "inp+wgt"})));
    knobs.push_back(name_knob("uop_loops", names({"template", "spatial", "kernel"})));
  }
  return Space::create(std::move(knobs));
}

}  // namespace tamis::vta
