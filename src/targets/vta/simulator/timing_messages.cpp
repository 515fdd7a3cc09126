#include "targets/vta/isa/disassembler.h"
#include "targets/vta/simulator/timing.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::vta {

std::string_view name_of(Engine engine) {
  constexpr std::array<std::string_view, kEngines> kNames = {"FETCH", "LOAD", "COMPUTE", "STORE"};
  return kNames[static_cast<size_t>(engine)];
}

std::string TimingModel::describe(size_t position) const {
  return fmt::format("instruction {} ({})", position,
                     disassemble(codec_, hardware_.design, launch_.instructions[position]));
}

std::string TimingModel::fetch_text() const {
  if (full_)
    return fmt::format("FETCH waits at instruction {} for room in the queue of {}", next_, name_of(*full_));
  return next_ == launch_.instructions.size() ? "FETCH has fetched everything"
                                              : fmt::format("FETCH is at instruction {}", next_);
}

/// What an engine waits for in the end.
std::string TimingModel::waiting_text(Engine engine) const {
  if (engine == Engine::fetch) return fetch_text();
  const EngineState& self = state(engine);
  if (self.head == self.queued) return fmt::format("{} is idle", name_of(engine));
  const size_t position = self.at(self.head).position;
  const Dependencies flags = words_of(position).dependencies();
  std::string from;
  if (engine == Engine::compute && flags.pop_prev && load_to_compute_.empty()) from = "LOAD";
  if (engine == Engine::store && flags.pop_prev && compute_to_store_.empty()) from = "COMPUTE";
  if (engine == Engine::load && flags.pop_next && compute_to_load_.empty()) from = "COMPUTE";
  if (engine == Engine::compute && flags.pop_next && store_to_compute_.empty())
    from += (from.empty() ? "" : " and ") + std::string("STORE");
  return fmt::format("{} waits at {} for a token from {}", name_of(engine), describe(position), from);
}

std::string TimingModel::states_text() const {
  std::string text;
  for (const Engine engine : {Engine::fetch, Engine::load, Engine::compute, Engine::store})
    text += (text.empty() ? "" : "; ") + waiting_text(engine);
  return text;
}

std::string TimingModel::state_text(Engine engine, uint64_t cycle) const {
  const EngineState& self = state(engine);
  const auto now = std::upper_bound(self.history.begin(), self.history.end(), cycle,
                                    [](uint64_t at, const Scheduled& one) { return at < one.end; });
  if (now != self.history.end()) {
    if (now->visible > cycle) return fmt::format("{} is idle", name_of(engine));
    return fmt::format("{} {} {}", name_of(engine), now->begin <= cycle ? "runs" : "waits at",
                       describe(now->position));
  }
  if (self.head == self.queued || self.at(self.head).visible > cycle)
    return fmt::format("{} is idle", name_of(engine));
  return fmt::format("{} waits at {}", name_of(engine), describe(self.at(self.head).position));
}

std::string TimingModel::states_at(uint64_t cycle) const {
  size_t dispatched = 0;  // an instruction is visible the cycle after
  for (const EngineState& engine : engines_) {
    const auto seen = std::upper_bound(engine.history.begin(), engine.history.end(), cycle,
                                       [](uint64_t at, const Scheduled& one) { return at < one.visible; });
    dispatched += static_cast<size_t>(seen - engine.history.begin());
    for (size_t i = engine.head; i < engine.queued; ++i) dispatched += engine.at(i).visible <= cycle ? 1 : 0;
  }
  std::string text = dispatched == launch_.instructions.size()
                         ? "FETCH has fetched everything"
                         : fmt::format("FETCH is at instruction {}", dispatched);
  for (const Engine engine : {Engine::load, Engine::compute, Engine::store})
    text += "; " + state_text(engine, cycle);
  return text;
}

std::vector<Scheduled> TimingModel::unfinished(Engine engine) const {
  const EngineState& self = state(engine);
  std::vector<Scheduled> waiting;
  for (size_t i = self.head; i < self.queued; ++i)
    waiting.push_back({self.at(i).position, self.at(i).visible, 0, 0});
  return waiting;
}

}  // namespace tamis::vta
