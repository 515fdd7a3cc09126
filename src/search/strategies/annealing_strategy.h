#pragma once

#include "tamis/strategy.h"

#include <memory>

namespace tamis {

/// Defaults are those of Kernel Tuner's strategy `simulated_annealing`.
struct AnnealingStrategyOptions {
  double start_temperature = 1;  ///< in units of the current latency: 1 takes a twice slower config with 1/e
  double end_temperature = 0.001;  ///< where cooling stops
  double cooling = 0.995;          ///< factor on the temperature after every move that was judged
  int patience = 100;  ///< moves onto known configs in a row after which it starts afresh elsewhere
};

/// Simulated annealing on measured latency (Kirkpatrick, Gelatt and Vecchi, Science 1983), as auto-tuners
/// without a model have it: CLTune (Nugteren and Codreanu, MCSoC 2015), OpenTuner (Ansel et al., PACT 2014),
/// Kernel Tuner (van Werkhoven, FGCS 2019). One knob changes at a time; a faster config is always taken, a
/// slower one with probability exp(-relative loss / temperature), an invalid one, infinitely slow, never. A
/// config that is known already is judged at once and costs no trial. When all moves lead to known configs it
/// starts afresh from a random one at the start temperature.
///
/// It begins with random configs until one is valid; what an initializer or a log found first is where it
/// starts. Proposals of one batch are all neighbours of the same config and are judged one after the other.
std::unique_ptr<Strategy> make_annealing_strategy(const Task& task, const SearchOptions& options,
                                                  const AnnealingStrategyOptions& parameters = {});

}  // namespace tamis
