#include "targets/vta/simulator/bound.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr double kNamed = 0.01;  // the least share that a sentence names
constexpr double kLoss = 0.05;   // the least saving that a hint is about

double share_of(const Timeline& timeline, uint64_t cycles) {
  return static_cast<double>(cycles) / static_cast<double>(timeline.cycles);
}

/// `LOAD: inp 8 %, wgt 2 %`, the most first; empty where nothing is worth a name.
std::string shares_text(const Timeline& timeline, Engine engine) {
  std::vector<std::pair<double, Activity>> shares;
  for (size_t i = 0; i < kActivities; ++i) {
    const auto activity = static_cast<Activity>(i);
    const double share = share_of(timeline, timeline.on_path(engine, activity).cycles);
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

std::string load_hint(const Timeline& timeline) {
  const uint64_t idle = timeline.effort(Engine::load, Activity::wait_compute).cycles;
  if (share_of(timeline, idle) >= 2 * kLoss)
    return fmt::format(
        "LOAD stands still in {:.0f} % of the cycles until COMPUTE has done with its regions; "
        "virtual threads or smaller tiles let it load ahead",
        100.0 * share_of(timeline, idle));
  Effort all;
  for (const Activity activity : {Activity::inp, Activity::wgt}) {
    const Effort& effort = timeline.on_path(Engine::load, activity);
    all.cycles += effort.cycles;
    all.useful += effort.useful;
    all.others += effort.others;
  }
  if (all.useful >= all.others && all.useful >= all.overhead())
    return "load fewer bytes: larger tiles, and operands that stay in their memory for several tiles";
  if (all.others >= all.overhead())
    return "the read port serves other loads meanwhile: fewer bytes in all, or loads in another order";
  return "mostly latency: fewer and longer loads";
}

std::string store_hint(const Timeline& timeline) {
  const Effort& stores = timeline.on_path(Engine::store, Activity::store);
  return stores.useful >= stores.overhead()
             ? "let the next tile's work go on meanwhile, in other regions (virtual threads)"
             : "mostly the memory's responses: longer rows, and the next tile's work meanwhile (virtual "
               "threads)";
}

std::string hint_for(const Timeline& timeline, Part part) {
  switch (part) {
    case Part::epilogue:
      return "fewer passes over the output tiles: merge ALU operations, or leave out what the ranges of "
             "values "
             "allow";
    case Part::loads:
      return load_hint(timeline);
    case Part::biases:
      return "load them once for several tiles: COMPUTE stands still meanwhile";
    case Part::micro_ops:
      return "load them once: COMPUTE stands still meanwhile";
    case Part::stores:
      return store_hint(timeline);
    case Part::pipelines:
      return "more micro-ops for each instruction: larger tiles";
    case Part::instructions:
      return "fewer instructions, each with more to do";
    case Part::launch:
      return "the first instructions come a latency after the launch; only a longer program makes up for it";
    case Part::tokens:
      return "let the instructions beside them carry the tokens";
  }
  return "";
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
  if (timeline.cycles == 0 || timeline.stop != Stop::finished) return {};
  std::vector<Part> parts;
  for (size_t i = 0; i < kParts; ++i)
    if (share_of(timeline, timeline.savings[i]) >= kLoss) parts.push_back(static_cast<Part>(i));
  std::stable_sort(parts.begin(), parts.end(),
                   [&](Part a, Part b) { return timeline.saving(a) > timeline.saving(b); });
  parts.resize(std::min<size_t>(parts.size(), 2));
  std::vector<std::string> texts;
  texts.reserve(parts.size() + 1);
  for (const Part part : parts)
    texts.push_back(fmt::format("without {} {:.0f} % fewer cycles: {}", name_of(part),
                                100.0 * share_of(timeline, timeline.saving(part)), hint_for(timeline, part)));
  if (texts.empty())
    texts.emplace_back("nothing else costs 5 % of the cycles: only fewer GEMM micro-ops would help much");
  return texts;
}

double floor_share(const Timeline& timeline) {
  if (timeline.cycles == 0) return 0.0;
  return static_cast<double>(timeline.gemm_uops) / static_cast<double>(timeline.cycles);
}

}  // namespace tamis::vta
