#pragma once

#include "network/operators/operator.h"
#include "network/operators/recurrent_activation.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tamis::network {

/// What LSTM, GRU and RNN keep from step to step.
struct RecurrentState {
  std::vector<double> hidden;
  std::vector<double> cell;  ///< LSTM's alone
};

/// One direction of a recurrent layer: what its steps need besides the input.
struct RecurrentWeights {
  size_t hidden = 0;
  std::vector<double> recurrent;       ///< R transposed: hidden x (gates x hidden)
  std::vector<double> recurrent_bias;  ///< gates x hidden
  std::vector<double> peepholes;  ///< LSTM's: input, output, forget gate x hidden; zeros where it has none
  std::span<const RecurrentActivation> activations;
  double clip = 0;                   ///< bounds what enters activations; infinity for none
  bool input_forget = false;         ///< LSTM's: the forget gate is 1 minus the input gate
  bool linear_before_reset = false;  ///< GRU's

  /// What enters an activation, clipped.
  [[nodiscard]] double clipped(double x) const { return x < -clip ? -clip : x > clip ? clip : x; }
  /// gates += state * R transposed + bias, for `count` columns from `first` on.
  void add_recurrent(std::span<const double> state, size_t first, std::span<double> gates) const;
};

/// A kind of recurrent layer.
struct RecurrentCell {
  int64_t gates = 1;
  size_t inputs = 6;   ///< up to the initial state; LSTM's initial cell and peepholes too
  size_t outputs = 2;  ///< Y, Y_h, and LSTM's Y_c
  std::span<const std::string_view> activations;
  /// One step: `gates` holds the input times W with W's bias, gates x hidden, and may be written to.
  void (*step)(const RecurrentWeights& weights, std::span<double> gates, RecurrentState& state);
};

/// Types and shapes of the outputs. Errors: invalid_input where inputs and attributes do not go together.
Result<std::vector<Fact>> infer_recurrent(const Call& call, const RecurrentCell& cell);
/// The outputs. Sequences shorter than the longest have zeros after their end, and an empty one zeros for
/// its last state too, as in onnxruntime. Errors: also invalid_input for lengths beyond the input's.
Result<std::vector<Array>> evaluate_recurrent(const Call& call, const std::vector<Fact>& outputs,
                                              const RecurrentCell& cell);

}  // namespace tamis::network
