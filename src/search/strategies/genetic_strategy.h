#pragma once

#include "tamis/strategy.h"

#include <cstddef>
#include <memory>

namespace tamis {

/// Defaults are those of AutoTVM's GATuner.
struct GeneticOptions {
  size_t population = 100;
  size_t elites = 3;
  double mutation_probability = 0.1;  ///< of each knob of each child
};

/// AutoTVM's genetic tuner (autotvm/tuner/ga_tuner.py of 0.9): a random first generation; then children of
/// two different parents drawn by throughput from the last generation and the elites, joined at one random
/// point, each knob then replaced with the mutation probability, and single knobs further until the config is
/// unseen.
///
/// It differs where GATuner repeats configs or waits for ever: proposals that exceed what is left of a
/// generation are filled with random configs; a generation breeds once all of it was proposed, whatever came
/// back; and trials of others (the initializer, a log, those random fillers) become parents too.
std::unique_ptr<Strategy> make_genetic_strategy(const Task& task, const SearchOptions& options,
                                                const GeneticOptions& parameters = {});

}  // namespace tamis
