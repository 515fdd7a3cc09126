#pragma once

#include "model/features.h"
#include "tamis/random.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tamis {

/// Step size, clip, weights and epochs are Chameleon's (Ahn et al., ICLR 2020, appendix); sizes are ours.
struct PolicyOptions {
  size_t hidden = 32;           ///< units of the one hidden layer
  double step_size = 1e-3;      ///< of Adam
  double clip = 0.3;            ///< how far a probability may move from that of the experience
  double value_weight = 1;      ///< of the critic's squared error in the loss
  double entropy_weight = 0.1;  ///< of the mean entropy of the moves, which keeps exploration alive
  int epochs = 3;               ///< passes over an experience
  size_t minibatch = 64;        ///< rows a step
  uint64_t seed = 0;
};

/// What a policy decides for some states, row by row.
struct Decisions {
  std::vector<uint8_t> moves;            ///< one for every knob of every state: down, stay, up as 0, 1, 2
  std::vector<float> log_probabilities;  ///< of all moves of a state together
  std::vector<float> values;             ///< what the critic expects of each state
};

/// What came of decisions.
struct Experience {
  FeatureMatrix states;
  Decisions decisions;
  std::vector<float> advantages;  ///< by how much each decision was better than expected
  std::vector<float> returns;     ///< what the critic should have said
};

/// An actor and a critic that share a hidden layer: for every knob the probabilities of moving down, staying
/// and moving up, learnt by proximal policy optimisation (Schulman et al., arXiv 1707.06347, 2017) with Adam.
/// Deterministic. Not thread safe.
class PolicyNetwork {
 public:
  /// For states of `inputs` numbers, about 0 to 1, and `knobs` moves each.
  PolicyNetwork(size_t inputs, size_t knobs, const PolicyOptions& options = {});
  ~PolicyNetwork();
  /// Draws moves. `states` has `inputs` columns.
  Decisions decide(const FeatureMatrix& states, Random& random) const;
  /// Makes decisions with a positive advantage likelier. All parts of the experience have as many rows.
  void learn(const Experience& experience, Random& random);

 private:
  struct Network;
  PolicyOptions options_;
  std::unique_ptr<Network> network_;
};

}  // namespace tamis
