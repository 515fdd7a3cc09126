#pragma once

#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// What a performance model is told of invalid trials.
enum class Treatment {
  zeros,     ///< they are trials with no throughput, as AutoTVM has it
  left_out,  ///< nothing
  apart,     ///< nothing, but a second model learns what is valid, and its probability weighs the prediction
};
inline constexpr std::array kTreatments = {Treatment::zeros, Treatment::left_out, Treatment::apart};
std::string_view to_string(Treatment treatment);

/// How well a model orders configs that it was not taught.
struct RankingQuality {
  double spearman = 0.0;      ///< rank correlation with the throughput of valid configs
  double kendall = 0.0;       ///< tau-b, likewise
  double recall_valid = 0.0;  ///< of the best kRankingTop valid configs, the share among the predicted best
  double recall_all = 0.0;    ///< the same where invalid configs may be predicted too: what a tuner meets
};
inline constexpr size_t kRankingTop = 10;

/// Quality on one table with one treatment and so many training trials, by seed.
struct RankingRow {
  std::string table;
  Treatment treatment = Treatment::zeros;
  uint64_t trials = 0;                   ///< in the training set, valid and invalid
  std::vector<uint64_t> training_valid;  ///< of these, how many are valid, by seed
  std::vector<RankingQuality> seeds;
};

struct RankingOptions {
  std::vector<uint64_t> sizes = {32, 64, 128, 256,
                                 512};  ///< training trials; those above half a table are left out
  uint64_t seeds = 30;
  uint64_t first_seed = 0;
  size_t jobs = 1;
  std::function<void(size_t done, size_t total)> progress = nullptr;  ///< on the calling thread
};

/// Trains on random trials of a table and ranks the rest of it: AutoTVM's model (boosted trees that learn to
/// rank, on knob values), with invalid trials in each treatment. A seed draws the same trials for all
/// treatments. Rows in the order of tables, sizes, treatments. Errors: internal from the model library,
/// interrupted.
Result<std::vector<RankingRow>> study_ranking(const std::vector<std::shared_ptr<const TrialSet>>& tables,
                                              const RankingOptions& options, std::stop_token stop);

}  // namespace tamis
