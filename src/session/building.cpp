#include "session/building.h"

#include "base/clock.h"
#include "base/median.h"
#include "session/record.h"
#include "tamis/random.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// So many configs are listed at most; of a larger space a part is drawn.
constexpr uint64_t kMostListed = uint64_t{1} << 20;
/// How often in a row chance may meet a config that is chosen already.
constexpr int kVainDraws = 10'000;

Error nothing_to_build() { return invalid_input("the space allows no config, so there is nothing to build"); }

/// Some of a space that is too large to be listed.
Result<std::vector<Config>> draw_configs(const Space& space, uint64_t trials, Random& random) {
  std::vector<Config> configs;
  std::unordered_set<std::string> met;
  for (int vain = 0; configs.size() < trials && vain < kVainDraws;) {
    std::optional<Config> config = space.sample(random);
    if (!config) break;
    const bool is_new = met.insert(space.rank_text(*config)).second;
    vain = is_new ? 0 : vain + 1;
    if (is_new) configs.push_back(std::move(*config));
  }
  if (configs.empty()) return nothing_to_build();
  return configs;
}

/// Gathers what trials came to.
class Tally {
 public:
  explicit Tally(BuildingResult& result) : result_(result) {}

  void add(const Trial& trial) {
    result_.counts.add(trial);
    result_.reasons.add(trial);
    result_.build_ns += trial.build_ns;
    if (trial.verdict != Verdict::valid) return;
    if (!trial.code_hash.empty()) codes_.insert(trial.code_hash);
    for (const auto& feature : trial.features.values) {
      auto found = std::find_if(values_.begin(), values_.end(),
                                [&](const auto& one) { return one.first == feature.first; });
      if (found == values_.end()) found = values_.insert(values_.end(), {feature.first, {}});
      found->second.push_back(feature.second);
    }
  }

  void finish() {
    result_.programs = codes_.size();
    for (auto& [name, values] : values_) {
      const auto [least, most] = std::minmax_element(values.begin(), values.end());
      result_.features.push_back({name, *least, 0, *most});
      result_.features.back().median = median(values);
    }
  }

 private:
  BuildingResult& result_;
  std::set<std::string> codes_;
  std::vector<std::pair<std::string, std::vector<double>>> values_;
};

Result<int64_t> begin_session(const Task& task, Log& log, const BuildingOptions& options) {
  SessionRecord record = describe_task(task);
  record.strategy = kBuildStrategy;
  record.initializer = options.trials ? "sample" : "all";
  record.seed = options.seed;
  record.batch = 1;
  return log.add_session(record);
}

std::vector<MeasureRequest> requests_of(std::vector<Config> configs) {
  std::vector<MeasureRequest> requests(configs.size());
  for (size_t i = 0; i < configs.size(); ++i) {
    requests[i].number = i;
    requests[i].config = std::move(configs[i]);
    requests[i].proposer = kBuildStrategy;
  }
  return requests;
}

}  // namespace

Result<std::vector<Config>> choose_configs(const Space& space, std::optional<uint64_t> trials,
                                           uint64_t seed) {
  Random random = Random::stream(seed, "configs to build");
  std::optional<std::vector<ConfigKey>> keys = space.allowed_keys(kMostListed);
  if (!keys && !trials)
    return unsupported(fmt::format(
        "the space has too many configs to build them all (more than {}, or too many to be counted); build "
        "some of them with --trials N",
        kMostListed));
  if (!keys) return draw_configs(space, *trials, random);
  if (keys->empty()) return nothing_to_build();
  if (trials) {
    random.shuffle(*keys);
    keys->resize(std::min<uint64_t>(keys->size(), *trials));
  }
  std::vector<Config> configs;
  configs.reserve(keys->size());
  for (const ConfigKey& key : *keys) configs.push_back(space.config(key));
  return configs;
}

Result<Trial> build_config(const SharedTask& task, const Config& config) {
  MeasureOptions options;
  options.only_build = true;
  TAMIS_ASSIGN(const auto measurer, make_measurer(task, options));
  const std::vector<MeasureRequest> requests = requests_of({config});
  Trial built;
  TAMIS_TRY(measurer->measure(requests,
                              [&](Trial trial) -> Status {
                                built = std::move(trial);
                                return {};
                              },
                              {}));
  return built;
}

Result<BuildingResult> build_configs(const SharedTask& task, Log* log, const BuildingOptions& options,
                                     const std::function<void(const Counts&, uint64_t all)>& progress,
                                     const std::stop_token& stop) {
  TAMIS_ASSIGN(std::vector<Config> configs, choose_configs(task->space(), options.trials, options.seed));
  const std::vector<MeasureRequest> requests = requests_of(std::move(configs));
  MeasureOptions measure = options.measure;
  measure.only_build = true;
  TAMIS_ASSIGN(const auto measurer, make_measurer(task, measure));
  int64_t session = 0;
  if (log != nullptr) {
    TAMIS_ASSIGN(session, begin_session(*task, *log, options));
  }
  BuildingResult result;
  result.jobs = measure.jobs;
  Tally tally(result);
  const int64_t begin_ns = monotonic_ns();
  const auto finished = [&](const Trial& trial) -> Status {
    if (log != nullptr) TAMIS_TRY(log->append(session, std::span(&trial, 1)));
    tally.add(trial);
    if (progress) progress(result.counts, requests.size());
    return {};
  };
  TAMIS_TRY(measurer->measure(requests, finished, stop));
  result.wall_ns = monotonic_ns() - begin_ns;
  tally.finish();
  return result;
}

}  // namespace tamis
