#pragma once

#include "tamis/comparison.h"
#include "tamis/result.h"
#include "tamis/trial_set.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// What an experiment asks of recorded tables, and where its page goes.
struct ExperimentOptions {
  std::vector<std::shared_ptr<const TrialSet>> tables;  ///< recorded tables, each with a valid config
  std::string directory;                    ///< of index.md, tables and figures; made where missing
  std::vector<std::string> questions = {};  ///< of question_names(); empty: all
  /// Strategies, initializers, seeds, trials and jobs; its `progress` is not used.
  ComparisonOptions comparison;
  /// Told, on the calling thread, how far a question is; may be empty.
  std::function<void(std::string_view question, size_t done, size_t total)> progress = nullptr;
};

/// The questions that an experiment answers, in the order of the page.
std::vector<std::string_view> question_names();

/// What this build leaves out of an experiment, a sentence each, for its user and its page: figures without
/// cairo, and without XGBoost the questions that need boosted trees, if all questions are asked; and what of
/// the history is not learnt from (unused_history).
std::vector<std::string> left_out(const ExperimentOptions& options);

/// Answers the questions and writes, after every answer, a page (index.md) with tables and figures. Errors:
/// invalid_input for an unknown question, a table without a valid config and two tables of one name;
/// unsupported for a question that this build cannot answer and that was asked by name; io; as compare;
/// interrupted when stopped, which leaves a page of what was finished.
Status run_experiment(const ExperimentOptions& options, const std::stop_token& stop);

}  // namespace tamis
