#include "targets/vta/simulator/bound.h"

#include <algorithm>
#include <initializer_list>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr double kNamed = 0.01;  // the least share that a sentence names
constexpr double kLoss = 0.05;   // the least that a hint is about

/// Cycles on the path of some activities, all engines together.
uint64_t on_path(const Timeline& timeline, std::initializer_list<Activity> activities) {
  uint64_t cycles = 0;
  for (const auto& efforts : timeline.path_efforts)
    for (const Activity activity : activities) cycles += efforts[static_cast<size_t>(activity)].cycles;
  return cycles;
}

/// `LOAD: inp 8 %, wgt 2 %`, the most first; empty where nothing is worth a name.
std::string shares_text(const Timeline& timeline, Engine engine) {
  std::vector<std::pair<double, Activity>> shares;
  for (size_t i = 0; i < kActivities; ++i) {
    const auto activity = static_cast<Activity>(i);
    const double share =
        static_cast<double>(timeline.on_path(engine, activity).cycles) / static_cast<double>(timeline.cycles);
    if (share >= kNamed) shares.emplace_back(share, activity);
  }
  std::stable_sort(shares.begin(), shares.end(), [](auto& a, auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [share, activity] : shares)
    text += fmt::format("{} {} {:.0f} %", text.empty() ? "" : ",", name_of(activity), 100.0 * share);
  return text.empty() ? text : fmt::format("{}:{}", name_of(engine), text);
}

uint64_t engine_on_path(const Timeline& timeline, Engine engine) {
  const auto& efforts = timeline.path_efforts[static_cast<size_t>(engine)];
  return std::accumulate(efforts.begin(), efforts.end(), uint64_t{0},
                         [](uint64_t sum, const Effort& effort) { return sum + effort.cycles; });
}

/// What would shorten the loads of an operand on the path.
std::string load_hint(const Timeline& timeline, Engine engine, Activity activity) {
  const Effort& effort = timeline.on_path(engine, activity);
  if (effort.useful >= effort.others && effort.useful >= effort.overhead())
    return "load fewer bytes: larger tiles, and operands that stay in the memory for several tiles";
  if (effort.others >= effort.overhead())
    return "the read port serves other loads meanwhile: fewer bytes in all, or loads in another order";
  return "mostly latency: load earlier, while COMPUTE works on another tile (virtual threads), or in fewer "
         "and "
         "longer loads";
}

struct Loss {
  uint64_t cycles = 0;
  std::string what;
  std::string hint;
};

std::vector<Loss> losses_of(const Timeline& timeline) {
  using enum Activity;
  const Effort& gemms = timeline.on_path(Engine::compute, gemm);
  const Effort& stores = timeline.on_path(Engine::store, store);
  return {
      {on_path(timeline, {reset, shr, add, min, max, mul}), "reset and ALU",
       "fewer passes over the output tiles: merge or leave out ALU operations where the ranges of values "
       "allow "
       "it"},
      {gemms.overhead(), "GEMM's pipeline", "more micro-ops for each GEMM instruction: larger tiles"},
      {on_path(timeline, {inp}), "loads of inp", load_hint(timeline, Engine::load, inp)},
      {on_path(timeline, {wgt}), "loads of wgt", load_hint(timeline, Engine::load, wgt)},
      {on_path(timeline, {acc}), "loads of acc",
       "load biases once for several tiles, or bring them by other means: COMPUTE stands still meanwhile"},
      {on_path(timeline, {uop}), "loads of micro-ops", "load micro-ops once: COMPUTE stands still meanwhile"},
      {stores.cycles, "stores",
       stores.useful >= stores.overhead() ? "overlap them with the work on the next tile (virtual threads)"
                                          : "mostly the memory's responses: longer rows, and overlap with "
                                            "the work on the next tile (virtual "
                                            "threads)"},
      {on_path(timeline, {fetch, dispatch}), "FETCH", "fewer instructions, each with more to do"},
      {on_path(timeline, {start}), "the start",
       "the first instructions come a latency after the launch; only a longer program makes up for it"},
      {on_path(timeline, {tokens}), "instructions that only carry tokens",
       "let the instructions beside them carry the tokens"},
  };
}

}  // namespace

std::string bound_text(const Timeline& timeline) {
  if (timeline.cycles == 0) return "";
  std::vector<Engine> engines = {Engine::compute, Engine::load, Engine::store, Engine::fetch};
  std::stable_sort(engines.begin(), engines.end(), [&](Engine a, Engine b) {
    return engine_on_path(timeline, a) > engine_on_path(timeline, b);
  });
  std::string text = timeline.stop == Stop::finished ? "bound by " : "until it stopped bound by ";
  text += shares_text(timeline, engines.front());
  bool waits = false;
  for (size_t i = 1; i < engines.size(); ++i) {
    const std::string shares = shares_text(timeline, engines[i]);
    if (shares.empty()) continue;
    text += (std::exchange(waits, true) ? "; " : "; waits for ") + shares;
  }
  return text;
}

std::vector<std::string> hints(const Timeline& timeline) {
  if (timeline.cycles == 0) return {};
  std::vector<Loss> losses = losses_of(timeline);
  std::stable_sort(losses.begin(), losses.end(),
                   [](const Loss& a, const Loss& b) { return a.cycles > b.cycles; });
  std::vector<std::string> texts;
  for (size_t i = 0; i < 2; ++i) {
    const double share = static_cast<double>(losses[i].cycles) / static_cast<double>(timeline.cycles);
    if (share < kLoss) break;
    texts.push_back(fmt::format("{} ({:.0f} %): {}", losses[i].what, 100.0 * share, losses[i].hint));
  }
  if (texts.empty()) texts.emplace_back("nothing that costs 5 %: only fewer GEMM micro-ops would help much");
  return texts;
}

double floor_share(const Timeline& timeline) {
  if (timeline.cycles == 0) return 0.0;
  return static_cast<double>(timeline.gemm_uops) / static_cast<double>(timeline.cycles);
}

}  // namespace tamis::vta
