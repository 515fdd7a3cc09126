#include "targets/vta/isa/disassembler.h"
#include "targets/vta/simulator/pipeline.h"

#include <fmt/format.h>

namespace tamis::vta {
namespace {

constexpr std::array<std::string_view, kEngines> kNames = {"FETCH", "LOAD", "COMPUTE", "STORE"};

std::string_view name_of(Engine engine) { return kNames[static_cast<size_t>(engine)]; }

}  // namespace

std::string Pipeline::describe(size_t position) const {
  return fmt::format("instruction {} ({})", position, disassemble(codec_, launch_.instructions[position]));
}

void Pipeline::trap(size_t position, const std::string& what) {
  outcome_.stop = Stop::trapped;
  outcome_.message = describe(position) + ": " + what;
  stopped_ = true;
}

/// What one engine does at the moment.
std::string Pipeline::waiting_text(Engine engine) {
  const EngineState& target = state(engine);
  if (engine == Engine::fetch) {
    if (fetch_phase_ == FetchPhase::done) return "FETCH has fetched everything";
    if (!fetch_blocked_) return fmt::format("FETCH is at instruction {}", fetch_position_);
    return fmt::format("FETCH waits at instruction {} for room in the queue of {}", fetch_position_,
                       name_of(fetch_target_));
  }
  if (target.queue.empty()) return fmt::format("{} is idle", name_of(engine));
  const Queued& head = target.queue.front();
  if (target.phase != Phase::waiting)
    return fmt::format("{} runs {}", name_of(engine), describe(head.position));
  const auto& flags =
      std::visit([](const auto& any) -> const Dependencies& { return any.dependencies; }, head.instruction);
  std::string from;
  if (engine != Engine::load && flags.pop_prev && target.tokens_from_prev == 0)
    from = engine == Engine::compute ? "LOAD" : "COMPUTE";
  if (engine != Engine::store && flags.pop_next && target.tokens_from_next == 0)
    from += (from.empty() ? "" : " and ") + std::string(engine == Engine::compute ? "STORE" : "COMPUTE");
  if (from.empty()) return fmt::format("{} is about to start {}", name_of(engine), describe(head.position));
  return fmt::format("{} waits at {} for a token from {}", name_of(engine), describe(head.position), from);
}

std::string Pipeline::hang_message() {
  std::string text;
  for (const Engine engine : {Engine::fetch, Engine::load, Engine::compute, Engine::store})
    text += (text.empty() ? "" : "; ") + waiting_text(engine);
  return text;
}

void Pipeline::conclude() {
  bool idle = fetch_phase_ == FetchPhase::done;
  for (const EngineState& engine : engines_) idle = idle && engine.queue.empty();
  if (idle && finish_seen_) return;
  outcome_.stop = Stop::hung;
  outcome_.message = idle ? fmt::format("the stream of {} instructions ended without FINISH; {}",
                                        launch_.instructions.size(), hang_message())
                          : hang_message();
}

}  // namespace tamis::vta
