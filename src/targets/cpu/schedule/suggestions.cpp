#include "targets/cpu/schedule/schedule_space.h"

#include <algorithm>

namespace tamis::cpu {
namespace {

/// A config that is changed knob by knob; knobs that the space lacks are left out.
class Draft {
 public:
  Draft(const Space& space, Config config) : space_(space), config_(std::move(config)) {}

  /// The largest value up to `most`.
  Draft& number(const char* knob, int64_t most) {
    const auto position = space_.find(knob);
    if (!position) return *this;
    const std::vector<KnobValue>& values = space_.knobs()[*position].values;
    std::optional<int64_t> best;
    for (uint32_t i = 0; i < values.size(); ++i) {
      const int64_t value = std::get<int64_t>(values[i]);
      if (value > most || (best && value < *best)) continue;
      best = value;
      config_.choices[*position] = i;
    }
    return *this;
  }

  /// Whether the space has the word.
  bool name(const char* knob, const char* word) {
    const auto position = space_.find(knob);
    if (!position) return false;
    const std::vector<KnobValue>& values = space_.knobs()[*position].values;
    const auto found = std::find_if(values.begin(), values.end(), [&](const KnobValue& value) {
      const auto* text = std::get_if<std::string>(&value);
      return text != nullptr && *text == word;
    });
    if (found == values.end()) return false;
    config_.choices[*position] = static_cast<uint32_t>(found - values.begin());
    return true;
  }

  Draft& first(const char* knob) {
    if (const auto position = space_.find(knob)) config_.choices[*position] = 0;
    return *this;
  }

  const Config& config() const { return config_; }

 private:
  const Space& space_;
  Config config_;
};

/// How wide a tile may be, but for Winograd's algorithm, which joins its tiles across rows.
int64_t columns_of(const Workload& workload) {
  if (workload.op == Operator::matmul) return workload.matmul.m;
  const Convolution conv = *describe(workload);
  if (workload.op == Operator::separable_conv2d) return conv.out_h * conv.out_w;
  return conv.pixels ? conv.out_h : conv.out_w;
}

int64_t fitting(const Machine& machine, int64_t tile_x) {
  return machine.vector_registers >= 32 ? tile_x : tile_x / 2;
}

/// Rows of tiles of an operator, one tile high.
int64_t rows_of(const Workload& workload, int64_t tile_x) {
  if (workload.op == Operator::matmul) return (workload.matmul.m + tile_x - 1) / tile_x;
  const Convolution conv = *describe(workload);
  return conv.pixels ? (conv.out_h + tile_x - 1) / tile_x : conv.out_d * conv.out_h;
}

/// Whether that algorithm's weights of a convolution do not stay in a core's caches.
bool streams_weights(const Workload& workload, Algorithm algorithm) {
  const Convolution conv = *describe(workload);
  return winograd_weights(algorithm, conv.stride_h) * conv.ci * conv.co * 4 > kStreamedBytes;
}

/// Widths and vectors of output channels of tiles in registers that suit Winograd's algorithm.
std::vector<std::pair<int64_t, int64_t>> winograd_tiles(const Workload& workload, const Machine& machine,
                                                        Algorithm algorithm) {
  std::vector<std::pair<int64_t, int64_t>> tiles = {{14, 2}, {7, 4}};
  if (workload.op != Operator::conv2d || !streams_weights(workload, algorithm)) return tiles;
  const Convolution conv = *describe(workload);
  const int64_t side = algorithm == Algorithm::winograd4 ? 4 : 2;
  const int64_t all = ((conv.out_h + side - 1) / side) * ((conv.out_w + side - 1) / side);
  // Where all of an image fits into registers each weight is read once.
  if (all > 7 && all < machine.vector_registers) tiles.back() = {all, 1};
  return tiles;
}

/// Lets every thread have some blocks of rows; where there are too few rows, output channels are shared out.
void share_out(Draft& draft, const Workload& workload, int threads, int64_t tile_x) {
  if (threads == 1) return;
  const int64_t rows = rows_of(workload, tile_x);
  const int64_t least_blocks = int64_t{2} * threads;
  if (rows >= 2 * least_blocks) {
    draft.number("block_rows", rows / least_blocks);
  } else if (draft.name("parallel", "channels")) {
    draft.first("order");
  }
}

/// The depthwise part of a separable convolution, and blocks of rows that a small second-level cache holds,
/// some of them for every thread.
void draft_inner(Draft& draft, const Workload& workload, const Machine& machine, int threads,
                 int64_t tile_x) {
  constexpr int64_t kBlockElements = 32 << 10;
  const int64_t row = workload.shape.ci * output_width(workload);
  // Blocks shorter than a tile of the pointwise part would leave most of it empty.
  const int64_t least = (tile_x + output_width(workload) - 1) / output_width(workload);
  int64_t rows = std::max(least, kBlockElements / row);
  if (threads > 1)
    rows = std::min(rows, std::max<int64_t>(output_height(workload) / (int64_t{2} * threads), 1));
  draft.number("block_rows", rows).number("inner_tile_y", 1);
  draft.number("inner_tile_x", fitting(machine, 7)).number("inner_unroll", 9);
  draft.name("inner_order", "activations_stay");
}

Draft draft_tile(const Workload& workload, const Machine& machine, int threads, const Space& space,
                 int64_t tile_x, int64_t tile_co) {
  Config config;
  config.choices.assign(space.knobs().size(), 0);
  Draft draft(space, config);
  const bool depthwise = workload.op == Operator::depthwise_conv2d;
  const int64_t most = std::min(fitting(machine, tile_x), columns_of(workload));
  draft.number("tile_y", 1).number("tile_x", most).number("tile_co", tile_co);
  draft.number("block_rows", depthwise ? 8 : 16).number("block_ci", 0).number("unroll", depthwise ? 9 : 4);
  if (depthwise) draft.name("order", "activations_stay");
  if (workload.op == Operator::separable_conv2d)
    draft_inner(draft, workload, machine, threads, tile_x);
  else
    share_out(draft, workload, threads, most);
  return draft;
}

}  // namespace

Config default_schedule(const Workload& workload, const Machine& machine, int threads, const Space& space) {
  // Tiles of 12 x 2 vectors leave registers for operands; the rest is what needs no knowledge of caches.
  const bool depthwise = workload.op == Operator::depthwise_conv2d;
  return draft_tile(workload, machine, threads, space, depthwise ? 7 : 12, depthwise ? 1 : 2).config();
}

std::vector<Config> suggested_schedules(const Workload& workload, const Machine& machine, int threads,
                                        const Space& space) {
  std::vector<Config> suggestions = {default_schedule(workload, machine, threads, space)};
  const auto draft = [&](int64_t tile_x, int64_t tile_co) {
    return draft_tile(workload, machine, threads, space, tile_x, tile_co);
  };
  if (workload.op == Operator::depthwise_conv2d) {
    suggestions.push_back(draft(8, 1).number("tile_y", 2).config());
    return suggestions;
  }
  if (workload.op == Operator::separable_conv2d) {
    for (const auto& [tile_x, tile_co] : {std::pair<int64_t, int64_t>{7, 4}, {14, 2}, {14, 1}}) {
      Draft one = draft(tile_x, tile_co);
      suggestions.push_back(one.config());
      one.name("order", "activations_stay");
      suggestions.push_back(one.number("inner_tile_x", 4).config());
    }
    return suggestions;
  }
  suggestions.push_back(draft(6, 4).config());
  Draft streaming = draft(6, 4);
  if (threads == 1 && streaming.name("order", "activations_stay")) suggestions.push_back(streaming.config());
  Draft even = draft(14, 2);
  // Rows that are shorter than the tile is wide are taken together.
  even.number("tile_y", std::max<int64_t>(fitting(machine, 14) / columns_of(workload), 1));
  if (!even.name("input", "blocked")) even.name("input", "as_is");
  suggestions.push_back(even.config());
  for (const auto& [name, algorithm] :
       {std::pair{"winograd2", Algorithm::winograd2}, {"winograd4", Algorithm::winograd4}})
    for (const auto& [tile_x, tile_co] : winograd_tiles(workload, machine, algorithm)) {
      Draft winograd = draft(tile_x, tile_co);
      if (!winograd.name("algorithm", name)) continue;
      winograd.first("tile_y").first("block_ci").first("reduction").number("block_rows", 2);
      winograd.number("tile_x", tile_co == 1 ? tile_x : fitting(machine, tile_x));
      if (threads > 1) winograd.first("parallel");
      // Weights that do not stay in the caches are walked through once, by all rows together.
      if (streams_weights(workload, algorithm)) winograd.number("block_rows", 8).number("unroll", 16);
      suggestions.push_back(winograd.config());
    }
  return suggestions;
}

}  // namespace tamis::cpu
