#include "model/policy_network.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include <Eigen/Dense>

namespace tamis {
namespace {

using FloatMatrix = Eigen::MatrixXf;
constexpr Eigen::Index kMoves = 3;

FloatMatrix to_float_matrix(const FeatureMatrix& features) {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(features.values.data(), static_cast<Eigen::Index>(features.rows()),
                                    static_cast<Eigen::Index>(features.columns));
}

FloatMatrix random_weights(size_t rows, size_t columns, double size, Random& random) {
  FloatMatrix weights(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  for (Eigen::Index i = 0; i < weights.size(); ++i)
    weights.data()[i] = static_cast<float>(random.normal() * size);
  return weights;
}

/// Turns the three scores of one knob into probabilities, in place.
template <class Scores>
void to_probabilities(Scores scores) {
  scores = (scores - scores.maxCoeff()).exp().eval();
  scores /= scores.sum();
}

}  // namespace

struct PolicyNetwork::Network {
  /// Weights with their Adam state (Kingma and Ba, ICLR 2015).
  struct Layer {
    FloatMatrix weights;  ///< the last row holds the biases
    FloatMatrix mean;     ///< of gradients
    FloatMatrix square;   ///< of gradients

    Layer(size_t inputs, size_t outputs, double size, Random& random)
        : weights(random_weights(inputs + 1, outputs, size, random)),
          mean(FloatMatrix::Zero(weights.rows(), weights.cols())),
          square(mean) {
      weights.bottomRows(1).setZero();
    }
    FloatMatrix apply(const FloatMatrix& inputs) const {
      return (inputs * weights.topRows(weights.rows() - 1)).rowwise() + weights.row(weights.rows() - 1);
    }
    /// The gradient of a loss whose gradient by the outputs is given.
    FloatMatrix gradient(const FloatMatrix& inputs, const FloatMatrix& by_outputs) const {
      FloatMatrix result(weights.rows(), weights.cols());
      result.topRows(weights.rows() - 1) = inputs.transpose() * by_outputs;
      result.bottomRows(1) = by_outputs.colwise().sum();
      return result;
    }
    void step(const FloatMatrix& gradient, double size, int count) {
      constexpr float kMean = 0.9F;
      constexpr float kSquare = 0.999F;
      mean = kMean * mean + (1 - kMean) * gradient;
      square = kSquare * square + (1 - kSquare) * gradient.cwiseAbs2();
      const auto mean_share = static_cast<float>(1 - std::pow(kMean, count));
      const auto square_share = static_cast<float>(1 - std::pow(kSquare, count));
      weights.array() -= static_cast<float>(size) * (mean.array() / mean_share) /
                         ((square.array() / square_share).sqrt() + 1e-8F);
    }
  };

  Layer hidden;
  Layer output;  ///< three scores a knob, and what the critic expects
  int steps = 0;

  struct Pass {
    FloatMatrix inputs;
    FloatMatrix activations;
    FloatMatrix probabilities;  ///< three a knob
    Eigen::VectorXf values;
  };

  Pass run(const FloatMatrix& inputs) const {
    Pass pass;
    pass.inputs = inputs;
    pass.activations = hidden.apply(inputs).array().tanh();
    const FloatMatrix outputs = output.apply(pass.activations);
    pass.values = outputs.rightCols(1);
    pass.probabilities = outputs.leftCols(outputs.cols() - 1);
    for (Eigen::Index row = 0; row < inputs.rows(); ++row)
      for (Eigen::Index first = 0; first < pass.probabilities.cols(); first += kMoves)
        to_probabilities(pass.probabilities.row(row).segment(first, kMoves).array());
    return pass;
  }

  /// One step of Adam against the gradient of the loss by the outputs.
  void descend(const Pass& pass, const FloatMatrix& by_outputs, double size) {
    ++steps;
    const FloatMatrix by_activations =
        by_outputs * output.weights.topRows(output.weights.rows() - 1).transpose();
    const FloatMatrix by_sums = by_activations.array() * (1 - pass.activations.array().square());
    const FloatMatrix output_gradient = output.gradient(pass.activations, by_outputs);
    hidden.step(hidden.gradient(pass.inputs, by_sums), size, steps);
    output.step(output_gradient, size, steps);
  }
};

namespace {

float log_of(float probability) { return std::log(std::max(probability, 1e-12F)); }

/// How the loss changes with the logarithm of the probability of the moves that were made.
float policy_slope(float log_probability, float old_log_probability, float advantage, double clip) {
  const double ratio = std::exp(static_cast<double>(log_probability) - old_log_probability);
  const bool clipped = advantage > 0 ? ratio > 1 + clip : ratio < 1 - clip;
  return clipped ? 0.0F : static_cast<float>(-ratio * advantage);
}

/// How the loss changes with the three scores of one knob: through the move that was made, and through the
/// entropy.
Eigen::Array3f score_slopes(const Eigen::Array3f& probabilities, uint8_t move, float slope,
                            float entropy_share) {
  const Eigen::Array3f logs = probabilities.max(1e-12F).log();
  const float entropy = -(probabilities * logs).sum();
  Eigen::Array3f result = entropy_share * probabilities * (logs + entropy) - slope * probabilities;
  result[move] += slope;
  return result;
}

/// How the loss changes with the network's outputs for some rows of an experience.
FloatMatrix slopes(const FloatMatrix& probabilities, const Eigen::VectorXf& values,
                   const Experience& experience, std::span<const Eigen::Index> sources,
                   const PolicyOptions& options) {
  const Eigen::Index scores = probabilities.cols();
  const auto knobs = static_cast<size_t>(scores / kMoves);
  const auto entropy_share = static_cast<float>(options.entropy_weight / static_cast<double>(knobs));
  FloatMatrix result(probabilities.rows(), scores + 1);
  for (Eigen::Index row = 0; row < probabilities.rows(); ++row) {
    const auto source = static_cast<size_t>(sources[static_cast<size_t>(row)]);
    const uint8_t* moves = experience.decisions.moves.data() + source * knobs;
    float log_probability = 0;
    for (Eigen::Index knob = 0; knob * kMoves < scores; ++knob)
      log_probability += log_of(probabilities(row, knob * kMoves + moves[knob]));
    const float slope = policy_slope(log_probability, experience.decisions.log_probabilities[source],
                                     experience.advantages[source], options.clip);
    for (Eigen::Index knob = 0; knob * kMoves < scores; ++knob) {
      const Eigen::Array3f own = probabilities.row(row).segment<kMoves>(knob * kMoves).transpose();
      result.row(row).segment<kMoves>(knob * kMoves) =
          score_slopes(own, moves[knob], slope, entropy_share).matrix().transpose();
    }
    result(row, scores) =
        static_cast<float>(2 * options.value_weight) * (values[row] - experience.returns[source]);
  }
  return result / static_cast<float>(probabilities.rows());
}

}  // namespace

PolicyNetwork::PolicyNetwork(size_t inputs, size_t knobs, const PolicyOptions& options) : options_(options) {
  Random random = Random::stream(options.seed, "policy network");
  const double fan_in = std::sqrt(1.0 / static_cast<double>(std::max<size_t>(inputs, 1)));
  // The output starts near zero, so that all moves are about equally likely at first.
  network_ = std::make_unique<Network>(
      Network{Network::Layer(inputs, options.hidden, fan_in, random),
              Network::Layer(options.hidden, knobs * static_cast<size_t>(kMoves) + 1, 0.01, random)});
}
PolicyNetwork::~PolicyNetwork() = default;

Decisions PolicyNetwork::decide(const FeatureMatrix& states, Random& random) const {
  const Network::Pass pass = network_->run(to_float_matrix(states));
  Decisions decisions;
  for (Eigen::Index row = 0; row < pass.probabilities.rows(); ++row) {
    float log_probability = 0;
    for (Eigen::Index first = 0; first < pass.probabilities.cols(); first += kMoves) {
      const double drawn = random.uniform();
      const float down = pass.probabilities(row, first);
      const float stay = pass.probabilities(row, first + 1);
      const uint8_t move = drawn < down ? 0 : drawn < down + stay ? 1 : 2;
      decisions.moves.push_back(move);
      log_probability += log_of(pass.probabilities(row, first + move));
    }
    decisions.log_probabilities.push_back(log_probability);
    decisions.values.push_back(pass.values[row]);
  }
  return decisions;
}

void PolicyNetwork::learn(const Experience& experience, Random& random) {
  const FloatMatrix states = to_float_matrix(experience.states);
  std::vector<Eigen::Index> order(experience.advantages.size());
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    random.shuffle(order);
    for (size_t begin = 0; begin < order.size(); begin += options_.minibatch) {
      const std::span<const Eigen::Index> sources =
          std::span(order).subspan(begin, std::min(options_.minibatch, order.size() - begin));
      FloatMatrix inputs(static_cast<Eigen::Index>(sources.size()), states.cols());
      for (size_t i = 0; i < sources.size(); ++i)
        inputs.row(static_cast<Eigen::Index>(i)) = states.row(sources[i]);
      const Network::Pass pass = network_->run(inputs);
      network_->descend(pass, slopes(pass.probabilities, pass.values, experience, sources, options_),
                        options_.step_size);
    }
  }
}

}  // namespace tamis
