#include "tamis/search/validity_initializer.h"

#include "tamis/model/boosted_trees.h"
#include "tamis/search/annealing.h"
#include "tamis/search/observations.h"
#include "tamis/search/unseen.h"

#include <algorithm>
#include <cmath>

namespace tamis {
namespace {

class ValidityInitializer final : public Initializer {
 public:
  ValidityInitializer(const SearchProblem& problem, const ValidityOptions& options)
      : space_(*problem.space),
        options_(options),
        random_(Random::stream(problem.seed, "validity initializer")),
        unseen_(*problem.space),
        coordinates_(*problem.space),
        walker_(*problem.space, {}) {}

  std::string_view name() const override { return "validity"; }
  bool finished() const override { return finished_; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    if (count == 0) return proposals;
    std::vector<uint64_t> candidates = gather();
    std::vector<float> points;
    for (uint64_t index : candidates) coordinates_.append(space_.config(index), points);
    const size_t width = coordinates_.size();
    std::vector<double> probability(candidates.size());
    std::vector<double> nearest(candidates.size(), 1e9);
    for (size_t i = 0; i < candidates.size(); ++i) {
      double weight = 1.0, hits = 0.5;
      for (size_t j = 0; j < observations_.size(); ++j) {
        double d = distance(&points[i * width], &seen_points_[j * width]);
        double k = std::exp(-0.5 * d / (options_.reach * options_.reach));
        weight += k;
        hits += observations_.all()[j].valid() ? k : 0;
        nearest[i] = std::min(nearest[i], d);
      }
      probability[i] = hits / weight;
    }
    std::vector<bool> taken(candidates.size(), false);
    while (proposals.size() < count) {
      size_t best = candidates.size();
      double best_value = -1;
      if (proposed_ == 0 && unseen_.contains(0)) {
        for (size_t i = 0; i < candidates.size(); ++i)
          if (candidates[i] == 0) best = i;
      }
      if (best == candidates.size())
        for (size_t i = 0; i < candidates.size(); ++i) {
          if (taken[i]) continue;
          double novelty = std::min(1.0, std::sqrt(nearest[i]));
          double value =
              proposed_ < options_.scattered ? novelty : probability[i] + options_.novelty * novelty;
          value += 1e-6 * random_.uniform();
          if (value > best_value) {
            best_value = value;
            best = i;
          }
        }
      if (best == candidates.size()) break;
      taken[best] = true;
      unseen_.mark(candidates[best]);
      ++proposed_;
      proposals.push_back(space_.config(candidates[best]));
      for (size_t i = 0; i < candidates.size(); ++i)
        nearest[i] = std::min(nearest[i], distance(&points[i * width], &points[best * width]));
    }
    return proposals;
  }

  Status learn(std::span<const Trial> trials) override {
    for (const Trial& trial : trials) {
      TAMIS_ASSIGN(const Observation observation, observe(space_, trial));
      unseen_.mark(observation.index);
      observations_.add(observation);
    }
    seen_points_.clear();
    for (const Observation& o : observations_.all())
      coordinates_.append(space_.config(o.index), seen_points_);
    finished_ = finished_ || observations_.valid_count() >= options_.valid_trials ||
                (observations_.valid_count() > 0 && observations_.size() >= options_.trials);
    return {};
  }

 private:
  double distance(const float* a, const float* b) const {
    double d = 0;
    for (size_t k = 0; k < coordinates_.size(); ++k) d += (a[k] - b[k]) * (a[k] - b[k]);
    return d;
  }
  std::vector<uint64_t> gather() {
    std::vector<uint64_t> result;
    if (space_.size() <= 4096) {
      for (uint64_t i = 0; i < space_.size(); ++i)
        if (unseen_.contains(i)) result.push_back(i);
    }
    return result;
  }

  const Space& space_;
  ValidityOptions options_;
  Random random_;
  UnseenConfigs unseen_;
  ConfigCoordinates coordinates_;
  Annealer walker_;
  Observations observations_;
  std::vector<float> seen_points_;
  size_t proposed_ = 0;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<Initializer> make_validity_initializer(const SearchProblem& problem,
                                                       const ValidityOptions& options) {
  return std::make_unique<ValidityInitializer>(problem, options);
}

}  // namespace tamis
