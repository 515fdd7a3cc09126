#pragma once

#include "search/candidates.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

struct Ml2Options {
  size_t round = 10;                ///< the paper's N: configs tried between two fits
  double surplus = 1;               ///< the paper's alpha: (alpha + 1) * N configs are built, N of them tried
  double validity_threshold = 0.5;  ///< a config is taken for valid from this probability on
  int trees = 60;                   ///< boosted trees of each model
  int max_depth = 4;                ///< of the trees
  double learning_rate = 0.2;       ///< of the trees
  CandidateOptions candidates;
};

/// ML²Tuner's scheme (Cha, Lee, Kwon, Lee, Lee and Kwon, "ML²Tuner: Efficient Code Tuning via Multi-Level
/// Machine Learning Models", arXiv 2411.10764, 2024): model P predicts performance from knobs, learnt from
/// valid trials; model V predicts validity, learnt from all; the fastest configs by P among those that V
/// calls valid are the choice of the round. Where building a config is almost free
/// (TargetTraits::builds_freely), N * (alpha + 1) of them are built; model A ranks those that build by knobs
/// and by what building revealed, and the best N are tried. What does not build teaches V, costs no trial,
/// and comes last of all.
///
/// All three are boosted trees. Their settings, N and alpha are ours, as are the candidates: the whole space
/// where it is small, else random configs and the neighbours of the fastest. It begins with random
/// configs until `round` trials and a valid one are known, if no initializer does.
std::unique_ptr<Strategy> make_ml2_strategy(const Task& task, const SearchOptions& options,
                                            const Ml2Options& parameters = {});

}  // namespace tamis
