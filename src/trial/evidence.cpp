#include "tamis/evidence.h"

#include "base/median.h"
#include "trial/noise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace tamis {
namespace {

/// As how many runs of its own what all finalists' runs say of noise counts for each.
constexpr double kSharedRuns = 4;

/// What is known of a finalist's true cost.
struct Standing {
  double cost = 0;
  double deviation = 0;
};

/// Of all that are valid, by their place among the finalists.
struct Standings {
  std::vector<std::optional<Standing>> all;
  size_t winner = 0;
};

double normal_below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// The probability that the true cost lies above `cost`.
double chance_above(const Standing& standing, double cost) {
  if (standing.deviation > 0) return normal_below((standing.cost - cost) / standing.deviation);
  return standing.cost >= cost ? 1 : 0;
}

std::optional<Standings> find_standings(const Finals& finals) {
  std::vector<double> spreads;
  for (const Finalist& finalist : finals.finalists)
    if (const auto spread = relative_spread(finalist.costs)) spreads.push_back(*spread);
  if (spreads.empty()) return std::nullopt;
  const double shared = median(spreads);
  Standings standings;
  standings.all.resize(finals.finalists.size());
  std::optional<size_t> winner;
  for (size_t i = 0; i < finals.finalists.size(); ++i) {
    const Finalist& finalist = finals.finalists[i];
    if (finalist.verdict != Verdict::valid || finalist.costs.empty()) continue;
    const auto runs = static_cast<double>(finalist.costs.size());
    const double own = relative_spread(finalist.costs).value_or(shared);
    // That its few runs lie close together may be chance, and makes the lucky one the winner: it counts for
    // no less than what is usual.
    const double spread = std::max(
        shared,
        std::sqrt(((runs - 1) * own * own + kSharedRuns * shared * shared) / (runs - 1 + kSharedRuns)));
    const double cost = finalist.cost();
    standings.all[i] = Standing{cost, spread * std::abs(cost) * deviation_of_median(finalist.costs.size())};
    if (!winner || cost < standings.all[*winner]->cost) winner = i;
  }
  if (!winner) return std::nullopt;
  standings.winner = *winner;
  return standings;
}

/// The probability that no finalist's true cost, raised by a share, lies below the winner's.
double chance_of_winner(const Standings& standings, double share) {
  constexpr int kSteps = 240;
  constexpr double kReach = 6;
  const Standing& winner = *standings.all[standings.winner];
  double sum = 0;
  double weights = 0;
  for (int step = 0; step <= kSteps; ++step) {
    const double z = kReach * (2.0 * step / kSteps - 1);
    const double weight = std::exp(-z * z / 2);
    double chance = weight;
    for (size_t i = 0; i < standings.all.size(); ++i)
      if (i != standings.winner && standings.all[i])
        chance *= chance_above(*standings.all[i],
                               winner.cost + z * winner.deviation - share * std::abs(standings.all[i]->cost));
    sum += chance;
    weights += weight;
  }
  return sum / weights;
}

}  // namespace

std::optional<Evidence> weigh_evidence(const Finals& finals) {
  const std::optional<Standings> standings = find_standings(finals);
  if (!standings) return std::nullopt;
  return Evidence{chance_of_winner(*standings, 0), chance_of_winner(*standings, kGoodEnough)};
}

std::vector<double> chances_to_win(const Finals& finals) {
  const std::optional<Standings> standings = find_standings(finals);
  if (!standings) return {};
  const Standing& winner = *standings->all[standings->winner];
  std::vector<double> chances(standings->all.size(), 0);
  for (size_t i = 0; i < chances.size(); ++i) {
    if (i == standings->winner || !standings->all[i]) continue;
    const Standing& other = *standings->all[i];
    const Standing lead{other.cost + kGoodEnough * std::abs(other.cost) - winner.cost,
                        std::hypot(other.deviation, winner.deviation)};
    chances[i] = 1 - chance_above(lead, 0);
  }
  return chances;
}

}  // namespace tamis
