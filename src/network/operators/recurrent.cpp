#include "network/operators/families.h"
#include "network/operators/recurrence.h"

#include <array>

namespace tamis::network {
namespace {

/// Gates in the order i, o, f, c.
void lstm_step(const RecurrentWeights& weights, std::span<double> gates, RecurrentState& state) {
  const size_t n = weights.hidden;
  const RecurrentActivation& f = weights.activations[0];
  const RecurrentActivation& g = weights.activations[1];
  const RecurrentActivation& h = weights.activations[2];
  const std::vector<double>& peepholes = weights.peepholes;
  weights.add_recurrent(state.hidden, 0, gates);
  for (size_t i = 0; i < n; ++i) {
    double& cell = state.cell[i];
    const double input = f(weights.clipped(gates[i] + peepholes[i] * cell));
    const double forget =
        weights.input_forget ? 1 - input : f(weights.clipped(gates[2 * n + i] + peepholes[2 * n + i] * cell));
    cell = forget * cell + input * g(weights.clipped(gates[3 * n + i]));
    const double output = f(weights.clipped(gates[n + i] + peepholes[n + i] * cell));
    state.hidden[i] = output * h(weights.clipped(cell));
  }
}

/// Gates in the order z, r, h.
void gru_step(const RecurrentWeights& weights, std::span<double> gates, RecurrentState& state) {
  const size_t n = weights.hidden;
  const RecurrentActivation& f = weights.activations[0];
  const RecurrentActivation& g = weights.activations[1];
  weights.add_recurrent(state.hidden, 0, gates.first(2 * n));
  for (double& gate : gates.first(2 * n)) gate = f(weights.clipped(gate));
  const std::span<const double> reset = gates.subspan(n, n);
  std::vector<double> candidate(n);
  if (weights.linear_before_reset) {
    weights.add_recurrent(state.hidden, 2 * n, candidate);
    for (size_t i = 0; i < n; ++i) candidate[i] *= reset[i];
  } else {
    std::vector<double> kept = state.hidden;
    for (size_t i = 0; i < n; ++i) kept[i] *= reset[i];
    weights.add_recurrent(kept, 2 * n, candidate);
  }
  for (size_t i = 0; i < n; ++i) {
    const double update = gates[i];
    state.hidden[i] =
        (1 - update) * g(weights.clipped(gates[2 * n + i] + candidate[i])) + update * state.hidden[i];
  }
}

void rnn_step(const RecurrentWeights& weights, std::span<double> gates, RecurrentState& state) {
  weights.add_recurrent(state.hidden, 0, gates);
  for (size_t i = 0; i < weights.hidden; ++i)
    state.hidden[i] = weights.activations[0](weights.clipped(gates[i]));
}

constexpr std::array<std::string_view, 3> kLstmActivations{"Sigmoid", "Tanh", "Tanh"};
constexpr std::array<std::string_view, 2> kGruActivations{"Sigmoid", "Tanh"};
constexpr std::array<std::string_view, 1> kRnnActivations{"Tanh"};

constexpr RecurrentCell kLstm{4, 8, 3, kLstmActivations, lstm_step};
constexpr RecurrentCell kGru{3, 6, 2, kGruActivations, gru_step};
constexpr RecurrentCell kRnn{1, 6, 2, kRnnActivations, rnn_step};

template <const RecurrentCell& cell>
Result<std::vector<Fact>> infer_layer(const Call& call) {
  return infer_recurrent(call, cell);
}

template <const RecurrentCell& cell>
Result<std::vector<Array>> evaluate_layer(const Call& call, const std::vector<Fact>& outputs) {
  return evaluate_recurrent(call, outputs, cell);
}

constexpr std::array kRecurrentLayers{
    OperatorDefinition{"GRU", infer_layer<kGru>, evaluate_layer<kGru>},
    OperatorDefinition{"LSTM", infer_layer<kLstm>, evaluate_layer<kLstm>},
    OperatorDefinition{"RNN", infer_layer<kRnn>, evaluate_layer<kRnn>},
};

}  // namespace

std::span<const OperatorDefinition> recurrent_operators() { return kRecurrentLayers; }

}  // namespace tamis::network
