#include "search/model_strategy.h"

#include <utility>

namespace tamis {

ModelStrategy::ModelStrategy(std::string name, const Task& task, const SearchOptions& options,
                             size_t initial_trials, Replan replan)
    : name_(std::move(name)),
      initial_trials_(initial_trials),
      replan_(replan),
      random_(Random::stream(options.seed, name_ + " strategy")),
      memory_(task.space()) {}

Result<std::vector<Config>> ModelStrategy::propose(size_t count) {
  if (count == 0) return std::vector<Config>();
  if (!known_at_start_) known_at_start_ = known().size();
  const bool can_fit = known().valid_count() > 0 && initial_design_done();
  if (can_fit && replan_ == Replan::when_refit && refit_due()) TAMIS_TRY(make_plan());
  return memory_.propose(count, random_, [&, this]() -> Result<std::optional<ConfigKey>> {
    const std::optional<ConfigKey> key = next_planned();
    if (key || !can_fit || replan_ != Replan::when_exhausted || !can_replan()) return key;
    TAMIS_TRY(make_plan());
    return next_planned();
  });
}

Status ModelStrategy::learn(std::span<const Trial> trials) {
  TAMIS_TRY(memory_.learn(trials));
  return {};
}

Status ModelStrategy::make_plan() {
  if (refit_due()) {
    schedule_.fitted(evidence());
    ++fits_;
    TAMIS_TRY(fit());
  }
  TAMIS_ASSIGN(std::vector<ConfigKey> best, choose());
  plan_.replace(std::move(best));
  return {};
}

}  // namespace tamis
