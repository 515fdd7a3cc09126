#include "strategy.h"

#include "tamis/random.h"

#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace example {
namespace {

class Corners final : public tamis::Initializer {
 public:
  explicit Corners(const tamis::Space& space) {
    for (const uint64_t index : {uint64_t{0}, space.size() - 1})
      if (tamis::Config config = space.config(index); space.allows(config) && !known(config))
        left_.push_back(std::move(config));
  }

  std::string_view name() const override { return "corners"; }
  bool finished() const override { return left_.empty(); }

  tamis::Result<std::vector<tamis::Config>> propose(size_t count) override {
    std::vector<tamis::Config> proposed;
    while (proposed.size() < count && !left_.empty()) {
      proposed.push_back(std::move(left_.back()));
      left_.pop_back();
    }
    return proposed;
  }

  tamis::Status learn(std::span<const tamis::Trial> trials) override {
    for (const tamis::Trial& trial : trials) std::erase(left_, trial.config);
    return {};
  }

 private:
  bool known(const tamis::Config& config) const { return !left_.empty() && left_.front() == config; }

  std::vector<tamis::Config> left_;
};

class Climb final : public tamis::Strategy {
 public:
  Climb(const tamis::Space& space, uint64_t seed) : space_(space), random_(seed) {}

  std::string_view name() const override { return "climb"; }

  tamis::Result<std::vector<tamis::Config>> propose(size_t count) override {
    std::vector<tamis::Config> proposed;
    if (best_)
      for (size_t knob = 0; knob < space_.knobs().size(); ++knob)
        for (const int step : {-1, 1})
          if (proposed.size() < count) add(neighbour(knob, step), proposed);
    for (int attempt = 0; proposed.size() < count && attempt < 1000; ++attempt)
      add(space_.sample(random_), proposed);
    // What chance no longer finds: the first configs that are left.
    for (uint64_t index = 0; proposed.size() < count && index < space_.size(); ++index)
      add(space_.config(index), proposed);
    return proposed;
  }

  tamis::Status learn(std::span<const tamis::Trial> trials) override {
    for (const tamis::Trial& trial : trials) {
      if (trial.config.choices.size() != space_.knobs().size())
        return tamis::invalid_input("a config of another space cannot be learnt");
      known_.insert(space_.index(trial.config));
      if (trial.latency_ns() >= best_ns_) continue;
      best_ns_ = trial.latency_ns();
      best_ = trial.config;
    }
    return {};
  }

 private:
  std::optional<tamis::Config> neighbour(size_t knob, int step) const {
    tamis::Config config = *best_;
    const int64_t choice = static_cast<int64_t>(config.choices[knob]) + step;
    if (choice < 0 || choice >= static_cast<int64_t>(space_.knobs()[knob].values.size())) return std::nullopt;
    config.choices[knob] = static_cast<uint32_t>(choice);
    return config;
  }

  void add(std::optional<tamis::Config> config, std::vector<tamis::Config>& proposed) {
    if (config && space_.allows(*config) && known_.insert(space_.index(*config)).second)
      proposed.push_back(std::move(*config));
  }

  const tamis::Space& space_;
  tamis::Random random_;
  std::unordered_set<uint64_t> known_;  // proposed or learnt
  std::optional<tamis::Config> best_;
  double best_ns_ = std::numeric_limits<double>::infinity();
};

}  // namespace

tamis::Result<std::unique_ptr<tamis::Initializer>> make_corners(const tamis::Task& task,
                                                                const tamis::SearchOptions&) {
  return std::unique_ptr<tamis::Initializer>(std::make_unique<Corners>(task.space()));
}

tamis::Result<std::unique_ptr<tamis::Strategy>> make_climb(const tamis::Task& task,
                                                           const tamis::SearchOptions& options) {
  TAMIS_ASSIGN(auto corners, make_corners(task, options));
  return tamis::with_initializer(std::move(corners), std::make_unique<Climb>(task.space(), options.seed),
                                 task);
}

}  // namespace example
