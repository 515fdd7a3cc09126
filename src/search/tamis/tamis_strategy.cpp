#include "search/tamis/tamis_strategy.h"

#include "search/candidates.h"
#include "search/scores.h"
#include "search/tamis/candidate_set.h"
#include "search/tamis/hint_knowledge.h"
#include "search/tamis/initial_design.h"
#include "search/tamis/invalid_cost.h"
#include "search/tamis/latency_belief.h"
#include "search/tamis/related_knowledge.h"
#include "search/tamis/validity_belief.h"
#include "search/tamis/worth_bounds.h"
#include "trial/noise.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <utility>

namespace tamis {
namespace {

/// How probable a config must be to be valid for what other workloads suggest to begin a search.
constexpr float kSureValid = 0.5F;
/// Where every candidate is built, fewer are looked at around the fastest of a large space.
constexpr NeighbourOptions kNeighboursToBuild{.leaders = 3, .two_knobs = 300};
/// Trials for which a part of a large space is kept at least, unless a new best config is found.
constexpr size_t kLeastTrials = 16;
/// Trials that beliefs about other candidates start from at most.
constexpr size_t kTrialsBelieved = 4096;
/// So many setbacks are borne; with every further kSteps the probability of being valid counts once more.
constexpr double kBorne = 8;
constexpr double kSteps = 4;
constexpr double kMostSetbacks = 24;
/// A valid trial makes up for so many setbacks; for fewer where limits on products are sampled, as a search
/// at a limit that is known well then has as many valid trials as invalid ones.
constexpr double kRelief = 4;
constexpr double kReliefWithProducts = 1;
/// Of so many candidates that not all are in view, the most promising ones that each process brings there.
constexpr size_t kFocused = 1024;

CandidateOptions candidate_options(size_t count) {
  return {.whole_space = count, .random = count / 10, .neighbours = count / 40, .leaders = 10};
}

/// An improvement with the probability that it is valid.
double weigh(double improvement, float valid, double power) {
  return valid < 1 ? improvement * std::pow(valid, power) : improvement;
}

/// Everything believed about some candidates.
struct Beliefs {
  Beliefs(CandidateSet all, const Guess& guess, uint64_t seed, const TamisOptions& options)
      : candidates(std::move(all)),
        kernel(candidates.grid(), {}),
        initial_design(candidates, kernel, options.initial_order),
        validity(candidates, guess.validity, seed, options.validity),
        latency(candidates, guess.throughput, seed, options.latency) {}

  CandidateSet candidates;
  GridKernel kernel;  ///< by which the initial design tells how far configs are apart
  InitialDesign initial_design;
  ValidityBelief validity;
  LatencyBelief latency;
};

class TamisStrategy final : public Strategy {
 public:
  TamisStrategy(const Task& task, const SearchOptions& options, const TamisOptions& parameters)
      : parameters_(parameters),
        seed_(options.seed),
        random_(Random::stream(options.seed, "tamis strategy")),
        memory_(task.space()),
        probe_(task),
        knowledge_(task.space(), options.related, options.seed),
        hints_(task.space()),
        invalid_cost_(parameters.invalid_cost, may_heed_times(task)),
        varies_(parameters.heeds_noise && task.target().traits().latencies_vary),
        gathering_(task.space(), candidate_options(candidate_count())) {}

  std::string_view name() const override { return "tamis"; }

  Result<std::vector<Config>> propose(size_t count) override {
    std::vector<Config> proposals;
    if (count == 0) return proposals;
    if (outdated()) TAMIS_TRY(renew());
    if (varies_) beliefs_->latency.set_noise(noise_.relative().value_or(0));
    if (beliefs_->latency.stale()) renew_latency();
    beliefs_->latency.forget_assumed();
    heed_under_way();
    expected_ = 0;
    while (proposals.size() < count) {
      const std::optional<Choice> choice = choose();
      if (!choice) break;
      expected_ += choice->expected;
      propose_position(choice->position, proposals);
    }
    memory_.fill_at_random(proposals, count, random_);
    for (const Config& config : proposals) pending_.push_back(memory_.space().key(config));
    return proposals;
  }

  void give_up(std::span<const Config> configs) override {
    ConfigSet gone;
    for (const Config& config : configs) gone.insert(memory_.space().key(config));
    drop_pending(gone);
  }

  std::optional<double> expected_gain() const override {
    if (best_ <= 0) return std::nullopt;
    // A throughput of 1 + x times the best is a latency of 1 / (1 + x) of it.
    return expected_ / (1 + expected_) / best_;
  }

  Status learn(std::span<const Trial> trials) override {
    TAMIS_ASSIGN(const std::vector<Observation> observations, memory_.learn(trials));
    for (const Trial& trial : trials) invalid_cost_.learn(trial);
    if (varies_)
      for (const Trial& trial : trials) noise_.add(trial);
    ConfigSet learnt;
    for (const Observation& observation : observations) learnt.insert(observation.key);
    drop_pending(learnt);
    for (const Observation& observation : observations) {
      count_setback(observation);
      if (observation.timed()) hints_.learn(observation.key, observation.throughput);
      if (observation.timed() && observation.throughput > best_) {
        best_ = observation.throughput;
        improved_ = true;
      }
      if (beliefs_) take_in(observation);
    }
    return {};
  }

 private:
  /// A config that is proposed next.
  struct Choice {
    size_t position = 0;  ///< among the candidates
    double expected = 0;  ///< by how much it exceeds the best on average, in units of the best throughput
  };

  size_t candidate_count() const {
    return probe_.available() ? std::min(parameters_.candidates, BuildProbe::kMostBuilt)
                              : parameters_.candidates;
  }

  /// Whether the candidates are no longer what should be judged: a part of a large space is chosen anew
  /// around a new best config, and every few trials.
  bool outdated() const {
    if (!beliefs_ || foreign_) return true;
    return !whole_ && (improved_ || memory_.observations().size() >= next_renewal_);
  }

  Status renew() {
    std::vector<ConfigKey> keys = gathering_.gather(memory_, random_);
    whole_ = gathering_.gathered_all();
    if (!whole_)
      add_neighbours(memory_, probe_.available() ? kNeighboursToBuild : NeighbourOptions{}, random_, keys);
    if (!whole_ && !hints_.empty()) add_hinted(keys);
    if (probe_.available()) probe_.keep_buildable(keys);
    const std::vector<Observation> known =
        choose_training_set(memory_.observations(), kTrialsBelieved, random_);
    for (const Observation& observation : known) keys.push_back(observation.key);
    for (const ConfigKey& key : under_way()) keys.push_back(key);
    TAMIS_ASSIGN(Guess guess, knowledge_.guess(keys));
    CandidateSet candidates(memory_.space(), std::move(keys));
    if (probe_.available()) {
      probe_.add_columns(candidates);
      initial_guess_ = guess.throughput.empty();
      if (initial_guess_) guess.throughput = probe_.guess_throughput(candidates);
    }
    auto renewed = std::make_unique<Beliefs>(std::move(candidates), guess, seed_, parameters_);
    if (beliefs_) renewed->latency.inherit(beliefs_->latency);
    beliefs_ = std::move(renewed);
    next_renewal_ = memory_.observations().size() + std::max(kLeastTrials, known.size() / 4);
    related_guess_ = !guess.validity.empty();
    hints_heeded_ = false;
    foreign_ = false;
    improved_ = false;
    for (const Observation& observation : known) take_in(observation);
    return {};
  }

  void take_in(const Observation& observation) {
    const std::optional<size_t> position = beliefs_->candidates.find(observation.key);
    if (!position) {
      foreign_ = true;
      return;
    }
    close(*position);
    beliefs_->validity.learn(*position, observation.valid());
    if (related_guess_ && !beliefs_->validity.has_guess()) give_up_related();
    if (!observation.timed()) return;
    beliefs_->latency.learn({*position, observation.throughput});
    // That everything costs the same is good enough to begin with, and no better.
    if (std::exchange(initial_guess_, false)) beliefs_->latency.set_guess({});
  }

  /// At once, as a batch may be large.
  void drop_pending(const ConfigSet& known) {
    std::erase_if(pending_, [&](const ConfigKey& key) { return known.contains(key); });
  }

  /// The newest of what was proposed earlier and is under way still.
  std::span<const ConfigKey> under_way() const {
    return std::span(pending_).last(std::min(parameters_.pending, pending_.size()));
  }

  void heed_under_way() {
    std::vector<size_t> positions;
    for (const ConfigKey& key : under_way()) {
      const std::optional<size_t> position = beliefs_->candidates.find(key);
      if (!position) continue;
      close(*position);
      positions.push_back(*position);
    }
    beliefs_->latency.set_under_way(std::move(positions));
  }

  void give_up_related() {
    related_guess_ = false;
    beliefs_->latency.set_guess({});
  }

  void close(size_t position) {
    if (!beliefs_->candidates.open(position)) return;
    beliefs_->candidates.close(position);
    if (beliefs_->latency.size() == 0) beliefs_->initial_design.note(position);
  }

  void propose_position(size_t position, std::vector<Config>& proposals) {
    close(position);
    beliefs_->latency.assume(position);
    const ConfigKey key = beliefs_->candidates.key(position);
    if (memory_.unseen().contains(key)) proposals.push_back(memory_.take(key));
  }

  void renew_latency() {
    LatencyBelief& latency = beliefs_->latency;
    latency.renew();
    if (!latency.should_focus()) return;
    beliefs_->validity.renew();
    const std::vector<float> valid = invalid_cost_.weigh(beliefs_->validity.look_over());
    std::vector<bool> chosen(beliefs_->candidates.size(), false);
    for (const Expectation& expectation : latency.look_over())
      for (const size_t position : most_promising(expectation, valid)) chosen[position] = true;
    std::vector<size_t> positions;
    for (size_t i = 0; i < chosen.size(); ++i)
      if (chosen[i]) positions.push_back(i);
    if (positions.empty()) return see_all();
    beliefs_->validity.focus(positions);
    latency.focus(std::move(positions));
  }

  void see_all() {
    beliefs_->validity.see_all();
    beliefs_->latency.see_all();
  }

  /// The kFocused open configs of the largest scores.
  std::vector<size_t> most_promising(const Expectation& expectation, std::span<const float> valid) const {
    std::vector<std::pair<double, size_t>> scored;
    const double power = validity_power();
    for (size_t i = 0; i < expectation.mean.size(); ++i) {
      if (!beliefs_->candidates.open(i)) continue;
      scored.emplace_back(-weigh(improvement(expectation, i), valid[i], power), i);
    }
    if (scored.size() > kFocused) {
      std::nth_element(scored.begin(), scored.begin() + kFocused, scored.end());
      scored.resize(kFocused);
    }
    std::vector<size_t> positions;
    positions.reserve(scored.size());
    for (const auto& [rank, position] : scored) positions.push_back(position);
    return positions;
  }

  /// Unseen configs that agree with hints.
  void add_hinted(std::vector<ConfigKey>& keys) {
    std::unordered_set<ConfigKey> present(keys.begin(), keys.end());
    std::vector<ConfigKey> examples;
    hints_.append_examples(random_, examples);
    for (const ConfigKey& key : examples)
      if (memory_.unseen().contains(key) && present.insert(key).second) keys.push_back(key);
  }

  /// Hints are a guess of throughput where nothing that other trials suggest stands in their place.
  void heed_hints() {
    if (hints_.empty() || related_guess_ || beliefs_->latency.size() == 0) return;
    const bool heed = hints_.heed();
    if (std::exchange(hints_heeded_, heed) == heed) return;
    beliefs_->latency.set_guess(heed ? hints_.guess_throughput(beliefs_->candidates.keys())
                                     : std::vector<float>());
  }

  std::optional<Choice> choose() {
    // While nothing is known to be valid a few configs that agree with hints come first.
    if (hints_.begins() && beliefs_->latency.size() == 0)
      return designed(beliefs_->initial_design.next_among(hints_.next(beliefs_->candidates), random_));
    heed_hints();
    const std::optional<Expectation> expectation = beliefs_->latency.expect();
    beliefs_->validity.renew();
    if (!expectation) return designed(beliefs_->initial_design.next(random_));
    const std::optional<size_t> best = find_best(*expectation);
    if (!best && !beliefs_->latency.sees_all()) {
      see_all();
      return choose();
    }
    if (!best) return std::nullopt;
    const size_t position = expectation->position(*best);
    // A search begins with what other workloads suggest only where they are sure of it.
    if (beliefs_->latency.size() == 0 && beliefs_->validity.at(position) < kSureValid)
      return designed(beliefs_->initial_design.next(random_));
    return Choice{position, expected_improvement(*expectation, *best)};
  }

  /// A config of the initial design, of whose latency nothing is known.
  static std::optional<Choice> designed(std::optional<size_t> position) {
    return position ? std::optional(Choice{*position, 0}) : std::nullopt;
  }

  /// What is believed to be gained on average, without the caution and the weights that choose.
  double expected_improvement(const Expectation& expectation, size_t i) const {
    const float deviation = expectation.deviation[i];
    const double improvement =
        deviation > 0 ? deviation * unit_improvement((expectation.mean[i] - 1) / deviation) : 0;
    return improvement * beliefs_->validity.at(expectation.position(i));
  }

  /// A setback is an invalid trial once a valid one is known. Where limits are hard to learn, the largest
  /// improvements are expected just beyond them, and many improbable configs would be tried one by one. One
  /// that costs less than a valid trial counts less.
  void count_setback(const Observation& observation) {
    if (observation.valid())
      setbacks_ -= std::min(setbacks_, parameters_.validity.products ? kReliefWithProducts : kRelief);
    else if (memory_.observations().valid_count() > 0)
      setbacks_ = std::min(setbacks_ + std::min(1.0, invalid_cost_.relative()), kMostSetbacks);
  }

  double validity_power() const {
    if (!parameters_.heeds_setbacks) return parameters_.validity_power;
    const double unborne = std::max(setbacks_, kBorne) - kBorne;
    return parameters_.validity_power * (1 + unborne / kSteps);
  }

  double improvement(const Expectation& expectation, size_t i) const {
    const float deviation = static_cast<float>(parameters_.caution) * expectation.deviation[i];
    return deviation * unit_improvement((expectation.mean[i] - 1) / deviation);
  }

  /// The place in view of the open config with the largest improvement, weighed by its chance of being valid;
  /// the first of several. One that promises much is judged first, so that most others are passed over by
  /// what they promise at most.
  std::optional<size_t> find_best(const Expectation& expectation) {
    ValidityBelief& validity = beliefs_->validity;
    const double power = validity_power();
    const WorthOptions options{.caution = static_cast<float>(parameters_.caution), .power = power};
    const std::vector<float> bounds =
        worth_bounds(expectation.mean, expectation.deviation, invalid_cost_.most(validity.most()), options);
    std::optional<size_t> best;
    double most = -1;
    const auto judge = [&](size_t i) {
      const size_t position = expectation.position(i);
      const double worth =
          weigh(improvement(expectation, i), invalid_cost_.weigh(validity.at(position)), power);
      if (worth < most || (worth == most && position >= expectation.position(*best))) return;
      most = worth;
      best = i;
      leaders_.push_back(i);
    };
    // Those that led the last time promise much still.
    for (const size_t i : std::exchange(leaders_, {}))
      if (i < bounds.size() && beliefs_->candidates.open(expectation.position(i))) judge(i);
    if (const std::optional<size_t> hopeful = most_hopeful(expectation, bounds)) judge(*hopeful);
    // Of those that may be worth more, all that is known of validity is asked.
    std::vector<size_t> places = open_above(expectation, bounds, most);
    if (validity.ask_products(places)) places = still_above(expectation, places, most, options);
    const std::vector<float> closer = bounds_of(expectation, places, validity.most_by_all(places), options);
    for (size_t i = 0; i < places.size(); ++i)
      if (closer[i] >= most) judge(places[i]);
    return best;
  }

  /// What configs at these places are worth at most, if they are so probable to be valid at most.
  std::vector<float> bounds_of(const Expectation& expectation, std::span<const size_t> places,
                               std::span<const float> valid, const WorthOptions& options) const {
    std::vector<float> means(places.size());
    std::vector<float> deviations(places.size());
    for (size_t i = 0; i < places.size(); ++i) {
      means[i] = expectation.mean[places[i]];
      deviations[i] = expectation.deviation[places[i]];
    }
    return worth_bounds(means, deviations, invalid_cost_.most(valid), options);
  }

  /// Those of places that may be worth so much by what is quickly known now.
  std::vector<size_t> still_above(const Expectation& expectation, std::span<const size_t> places,
                                  double least, const WorthOptions& options) const {
    const std::vector<float> bounds =
        bounds_of(expectation, places, beliefs_->validity.most(places), options);
    std::vector<size_t> kept;
    for (size_t i = 0; i < places.size(); ++i)
      if (bounds[i] >= least) kept.push_back(places[i]);
    return kept;
  }

  /// The places of open configs with bounds of at least so much.
  std::vector<size_t> open_above(const Expectation& expectation, std::span<const float> bounds,
                                 double least) const {
    // Without a branch, as which way it went would rarely be foreseen.
    std::vector<size_t> places(bounds.size());
    size_t count = 0;
    for (size_t i = 0; i < bounds.size(); ++i) {
      places[count] = i;
      count += static_cast<size_t>(bounds[i] >= least) *
               static_cast<size_t>(beliefs_->candidates.open(expectation.position(i)));
    }
    places.resize(count);
    return places;
  }

  /// An open config that promises much and is probable by what is quickly known.
  std::optional<size_t> most_hopeful(const Expectation& expectation, std::span<const float> bounds) const {
    const std::span<const float> valid = beliefs_->validity.most();
    std::optional<size_t> hopeful;
    float most = -1;
    for (size_t i = 0; i < bounds.size(); ++i) {
      const float square = valid[i] * valid[i];
      const float hope = bounds[i] * square * square;
      if (hope <= most || !beliefs_->candidates.open(expectation.position(i))) continue;
      most = hope;
      hopeful = i;
    }
    return hopeful;
  }

  TamisOptions parameters_;
  uint64_t seed_;
  Random random_;
  TrialMemory memory_;
  BuildProbe probe_;
  RelatedKnowledge knowledge_;
  HintKnowledge hints_;
  InvalidCost invalid_cost_;
  bool varies_;  ///< whether latencies do, and that is heeded
  NoiseEstimate noise_;
  Candidates gathering_;
  std::unique_ptr<Beliefs> beliefs_;
  std::vector<ConfigKey> pending_;  ///< proposed and not learnt, in the order of proposal
  std::vector<size_t> leaders_;     ///< places in view that find_best() found to be worth more and more
  bool initial_guess_ = false;      ///< whether throughput is guessed from nothing but the amount of work
  bool related_guess_ = false;      ///< whether what related trials suggest is believed still
  bool hints_heeded_ = false;       ///< whether hints are the guess of throughput
  size_t next_renewal_ = 0;         ///< trials known when another part of a large space is chosen
  bool whole_ = false;              ///< whether the candidates are the whole space
  bool foreign_ = false;            ///< whether a config was learnt that is not a candidate
  bool improved_ = false;           ///< whether a new best config was learnt since they were chosen
  double best_ = 0;                 ///< the largest throughput known
  double setbacks_ = 0;             ///< see count_setback()
  double expected_ = 0;             ///< Choice::expected of the last proposals, added up
};

}  // namespace

std::unique_ptr<Strategy> make_tamis_strategy(const Task& task, const SearchOptions& options,
                                              const TamisOptions& parameters) {
  return std::make_unique<TamisStrategy>(task, options, parameters);
}

}  // namespace tamis
