#pragma once

#include "model/gaussian_process.h"
#include "model/random_forest.h"
#include "search/candidates.h"
#include "tamis/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

/// Defaults are BaCO's, save where the comment says what they bound.
struct BayesOptions {
  size_t initial_trials = 10;      ///< random trials before the first fit, when no initializer made them
  double least_feasibility = 0.1;  ///< the largest threshold that a config's probability of validity may face
  double exploration = 1e-4;       ///< what an improvement must exceed, as a logarithm of latency
  size_t known = 128;              ///< bounds cost: valid trials that the Gaussian process learns at most
  size_t judged = 1024;            ///< bounds cost: candidates that the Gaussian process is asked about
  size_t batch = 8;                ///< bounds cost: configs that one fit chooses apart from each other
  GaussianProcessOptions process;
  CandidateOptions candidates{.whole_space = 4096, .random = 512, .neighbours = 512, .leaders = 10};
};

/// Bayesian optimisation for spaces with hidden constraints, as BaCO (Hellsten et al., "BaCO: A Fast and
/// Portable Bayesian Compiler Optimization Framework", ASPLOS 2023): a Gaussian process with a Matérn 5/2
/// kernel over logarithms of numbers and Hamming distances of names learns the logarithm of the latency of
/// valid trials, a random forest the probability of validity. The config of the largest product of that
/// probability and the expected improvement is proposed, where configs under a threshold of validity, drawn
/// anew between 0 and `least_feasibility` for every fit, are left out, so that no valid region is written off
/// for ever.
///
/// It differs from BaCO in what bounds its cost: the process learns the fastest half of `known` trials and as
/// many others, its lengthscales are fitted again when a quarter more is known, both models when 3 % more is,
/// and the acquisition is maximised over candidates (the whole space where it is small) instead of by local
/// search. BaCO knows no batches; here one config is chosen after the other, each taken to perform as
/// predicted.
std::unique_ptr<Strategy> make_bayes_strategy(const Task& task, const SearchOptions& options,
                                              const BayesOptions& parameters = {});

}  // namespace tamis
