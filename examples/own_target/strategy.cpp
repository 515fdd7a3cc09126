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
  Corners(const tamis::Space& space, uint64_t seed) : space_(space), random_(seed) {
    tamis::Config first, last;
    for (const tamis::Knob& knob : space.knobs()) {
      first.choices.push_back(0);
      last.choices.push_back(static_cast<uint32_t>(knob.values.size() - 1));
    }
    for (tamis::Config& config : std::vector{first, last})
      if (space.allows(config)) left_.push_back(std::move(config));
    if (left_.size() == 2 && left_[0] == left_[1]) left_.pop_back();
  }

  std::string_view name() const override { return "corners"; }
  bool finished() const override { return left_.empty(); }

  /// The corners, and random configs where more are asked for.
  tamis::Result<std::vector<tamis::Config>> propose(size_t count) override {
    std::vector<tamis::Config> proposed;
    const auto add = [&](tamis::Config config) {
      if (known_.insert(space_.key(config)).second) proposed.push_back(std::move(config));
    };
    while (proposed.size() < count && !left_.empty()) {
      add(std::move(left_.back()));
      left_.pop_back();
    }
    for (int misses = 0; proposed.size() < count && misses < 10'000; ++misses)
      if (std::optional<tamis::Config> drawn = space_.sample(random_)) add(std::move(*drawn));
    return proposed;
  }

  tamis::Status learn(std::span<const tamis::Trial> trials) override {
    for (const tamis::Trial& trial : trials) {
      std::erase(left_, trial.config);
      known_.insert(space_.key(trial.config));
    }
    return {};
  }

 private:
  const tamis::Space& space_;
  tamis::Random random_;
  std::vector<tamis::Config> left_;
  std::unordered_set<tamis::ConfigKey> known_;  // proposed or learnt
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
    for (int misses = 0; proposed.size() < count && misses < 10'000;) {
      const std::optional<tamis::Config> drawn = space_.sample(random_);
      if (!drawn) break;
      const size_t before = proposed.size();
      add(drawn, proposed);
      misses = proposed.size() > before ? 0 : misses + 1;
    }
    if (proposed.size() < count) add_what_is_left(count, proposed);
    return proposed;
  }

  tamis::Status learn(std::span<const tamis::Trial> trials) override {
    for (const tamis::Trial& trial : trials) {
      if (!tamis::belongs(space_, trial.config))
        return tamis::invalid_input("a config that is not of this space cannot be learnt");
      known_.insert(space_.key(trial.config));
      if (trial.cost() >= best_ns_) continue;
      best_ns_ = trial.cost();
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

  /// What chance no longer finds, of a space that can be gone through.
  void add_what_is_left(size_t count, std::vector<tamis::Config>& proposed) {
    const std::optional<std::vector<tamis::ConfigKey>> all = space_.allowed_keys(tamis::Space::kVisitable);
    if (!all) return;
    for (const tamis::ConfigKey& key : *all)
      if (proposed.size() < count) add(space_.config(key), proposed);
  }

  void add(std::optional<tamis::Config> config, std::vector<tamis::Config>& proposed) {
    if (config && space_.allows(*config) && known_.insert(space_.key(*config)).second)
      proposed.push_back(std::move(*config));
  }

  const tamis::Space& space_;
  tamis::Random random_;
  std::unordered_set<tamis::ConfigKey> known_;  // proposed or learnt
  std::optional<tamis::Config> best_;
  double best_ns_ = std::numeric_limits<double>::infinity();
};

}  // namespace

tamis::Result<std::unique_ptr<tamis::Initializer>> make_corners(const tamis::Task& task,
                                                                const tamis::SearchOptions& options) {
  return std::unique_ptr<tamis::Initializer>(std::make_unique<Corners>(task.space(), options.seed));
}

tamis::Result<std::unique_ptr<tamis::Strategy>> make_climb(const tamis::Task& task,
                                                           const tamis::SearchOptions& options) {
  TAMIS_ASSIGN(auto corners, make_corners(task, options));
  return tamis::with_initializer(std::move(corners), std::make_unique<Climb>(task.space(), options.seed),
                                 task);
}

}  // namespace example
