#include "experiment/ranking.h"

#include "experiment/correlation.h"
#include "experiment/parallel.h"
#include "model/boosted_trees.h"
#include "model/features.h"
#include "model/model.h"
#include "tamis/random.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tamis {
namespace {

constexpr size_t kPlan = 64;          // AutoTVM's plan size, for which its model is stopped early
constexpr int kValidityRounds = 100;  // trees of the validity model

/// A table as models see it.
struct Data {
  FeatureMatrix features;
  std::vector<double> throughput;  // relative to the best; 0 where invalid
};

Data read(const TrialSet& table) {
  Data data;
  const double best = best_cost(table);
  for (const Trial& trial : table.trials) {
    append_knob_features(table.space, trial.config, data.features);
    const bool valid = trial.verdict == Verdict::valid;
    const std::optional<double> gain = valid ? table.objective.gain(best, trial.cost()) : std::nullopt;
    data.throughput.push_back(gain ? 1 / *gain : 0.0);
  }
  return data;
}

/// The rows of a table, split by a seed.
struct Split {
  std::vector<uint32_t> training, rest;
};

Split split(size_t rows, uint64_t training, uint64_t seed) {
  std::vector<uint32_t> order(rows);
  std::iota(order.begin(), order.end(), 0U);
  Random random = Random::stream(seed, "study ranking");
  random.shuffle(order);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(training);
  return {{order.begin(), end}, {end, order.end()}};
}

FeatureMatrix chosen(const FeatureMatrix& features, const std::vector<uint32_t>& rows) {
  FeatureMatrix some;
  some.columns = features.columns;
  for (const uint32_t row : rows) {
    const auto values = features.row(row);
    some.values.insert(some.values.end(), values.begin(), values.end());
  }
  return some;
}

std::vector<double> widened(const std::vector<float>& values) { return {values.begin(), values.end()}; }

Result<std::vector<double>> fit_and_predict(const BoostedTreesOptions& options, const Data& data,
                                            const std::vector<uint32_t>& training,
                                            const std::vector<float>& targets,
                                            const std::vector<uint32_t>& rest) {
  if (training.empty()) return std::vector<double>(rest.size(), 0.0);
  BoostedTrees trees(options);
  TAMIS_TRY(trees.fit(chosen(data.features, training), targets));
  TAMIS_ASSIGN(const std::vector<float> predictions, trees.predict(chosen(data.features, rest)));
  return widened(predictions);
}

Result<std::vector<double>> rank_performance(const Data& data, const std::vector<uint32_t>& training,
                                             const std::vector<uint32_t>& rest) {
  BoostedTreesOptions options;
  options.score = [](std::span<const float> predictions, std::span<const float> targets) {
    return average_recall(predictions, targets, kPlan);
  };
  std::vector<float> targets;
  targets.reserve(training.size());
  for (const uint32_t row : training) targets.push_back(static_cast<float>(data.throughput[row]));
  return fit_and_predict(options, data, training, targets, rest);
}

Result<std::vector<double>> valid_probability(const Data& data, const std::vector<uint32_t>& training,
                                              const std::vector<uint32_t>& rest) {
  BoostedTreesOptions options;
  options.objective = TrainingObjective::logistic;
  options.max_rounds = kValidityRounds;
  std::vector<float> targets;
  targets.reserve(training.size());
  for (const uint32_t row : training) targets.push_back(data.throughput[row] > 0.0 ? 1.0F : 0.0F);
  return fit_and_predict(options, data, training, targets, rest);
}

/// The share of the others that each is at least as large as: predictions to rank by have no unit, and this
/// gives them one that a probability can weigh.
std::vector<double> shares(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> shares;
  for (const double value : values) {
    const auto end = std::upper_bound(sorted.begin(), sorted.end(), value);
    shares.push_back(static_cast<double>(end - sorted.begin()) / static_cast<double>(sorted.size()));
  }
  return shares;
}

Result<std::vector<double>> predict(Treatment treatment, const Data& data, const Split& split) {
  if (treatment == Treatment::zeros) return rank_performance(data, split.training, split.rest);
  std::vector<uint32_t> valid;
  std::copy_if(split.training.begin(), split.training.end(), std::back_inserter(valid),
               [&](uint32_t row) { return data.throughput[row] > 0.0; });
  TAMIS_ASSIGN(std::vector<double> predictions, rank_performance(data, valid, split.rest));
  if (treatment == Treatment::left_out) return predictions;
  TAMIS_ASSIGN(const std::vector<double> probability, valid_probability(data, split.training, split.rest));
  predictions = shares(predictions);
  for (size_t i = 0; i < predictions.size(); ++i) predictions[i] *= probability[i];
  return predictions;
}

RankingQuality judge(const Data& data, const std::vector<uint32_t>& rest,
                     const std::vector<double>& predictions) {
  std::vector<double> truth;
  std::vector<double> valid_truth;
  std::vector<double> valid_predictions;
  for (size_t i = 0; i < rest.size(); ++i) {
    truth.push_back(data.throughput[rest[i]]);
    if (truth.back() <= 0.0) continue;
    valid_truth.push_back(truth.back());
    valid_predictions.push_back(predictions[i]);
  }
  return {spearman(valid_predictions, valid_truth), kendall(valid_predictions, valid_truth),
          top_recall(valid_predictions, valid_truth, kRankingTop),
          top_recall(predictions, truth, kRankingTop)};
}

/// What one seed on one table with one size gives, for all treatments.
struct RankingJob {
  size_t first_row = 0;  // of the treatments' rows
  const Data* data = nullptr;
  uint64_t trials = 0;
  uint64_t seed = 0;
  size_t place = 0;  // among the seeds
};

Status run(const RankingJob& task, std::vector<RankingRow>& rows) {
  const Split parts = split(task.data->throughput.size(), task.trials, task.seed);
  const auto valid = std::count_if(parts.training.begin(), parts.training.end(),
                                   [&](uint32_t row) { return task.data->throughput[row] > 0.0; });
  for (size_t i = 0; i < kTreatments.size(); ++i) {
    TAMIS_ASSIGN(const std::vector<double> predictions, predict(kTreatments[i], *task.data, parts));
    rows[task.first_row + i].training_valid[task.place] = static_cast<uint64_t>(valid);
    rows[task.first_row + i].seeds[task.place] = judge(*task.data, parts.rest, predictions);
  }
  return {};
}

}  // namespace

std::string_view to_string(Treatment treatment) {
  switch (treatment) {
    case Treatment::zeros:
      return "as zeros";
    case Treatment::left_out:
      return "left out";
    case Treatment::apart:
      return "modelled apart";
  }
  return "";
}

Result<std::vector<RankingRow>> study_ranking(const std::vector<std::shared_ptr<const TrialSet>>& tables,
                                              const RankingOptions& options, std::stop_token stop) {
  std::vector<Data> data;
  data.reserve(tables.size());
  for (const auto& table : tables) data.push_back(read(*table));
  std::vector<RankingRow> rows;
  std::vector<RankingJob> tasks;
  for (size_t table = 0; table < tables.size(); ++table) {
    for (const uint64_t trials : options.sizes) {
      if (trials * 2 > data[table].throughput.size()) continue;
      for (uint64_t i = 0; i < options.seeds; ++i)
        tasks.push_back({rows.size(), &data[table], trials, options.first_seed + i, i});
      for (const Treatment treatment : kTreatments)
        rows.push_back({tables[table]->workload.name, treatment, trials, std::vector<uint64_t>(options.seeds),
                        std::vector<RankingQuality>(options.seeds)});
    }
  }
  ParallelOptions parallel{options.jobs, nullptr};
  if (options.progress) parallel.progress = [&](size_t done) { options.progress(done, tasks.size()); };
  TAMIS_TRY(run_parallel(
      tasks.size(), [&](size_t i) { return run(tasks[i], rows); }, parallel, std::move(stop)));
  return rows;
}

}  // namespace tamis
