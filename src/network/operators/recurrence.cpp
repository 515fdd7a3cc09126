#include "network/operators/recurrence.h"

#include "network/operators/multiply.h"
#include "network/operators/typing.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace tamis::network {
namespace {

constexpr int64_t kMostHidden = int64_t{1} << 30;

/// The sizes of a layer.
struct RecurrentSizes {
  size_t steps = 0;
  size_t batch = 0;
  size_t inputs = 0;
  size_t hidden = 0;
  size_t directions = 1;
  bool backwards = false;    ///< the only direction
  bool batch_first = false;  ///< layout 1

  /// Rows of X, and of Y without its directions.
  [[nodiscard]] size_t row(size_t step, size_t item) const {
    return batch_first ? item * steps + step : step * batch + item;
  }
  /// Rows of Y.
  [[nodiscard]] size_t output_row(size_t step, size_t direction, size_t item) const {
    return batch_first ? (item * steps + step) * directions + direction
                       : (step * directions + direction) * batch + item;
  }
  /// Rows of initial and last states.
  [[nodiscard]] size_t state_row(size_t direction, size_t item) const {
    return batch_first ? item * directions + direction : direction * batch + item;
  }
};

Shape ints(std::initializer_list<size_t> sizes) {
  Shape shape;
  for (const size_t size : sizes) shape.push_back(static_cast<int64_t>(size));
  return shape;
}

Shape state_shape(const RecurrentSizes& sizes) {
  return sizes.batch_first ? ints({sizes.batch, sizes.directions, sizes.hidden})
                           : ints({sizes.directions, sizes.batch, sizes.hidden});
}

Shape sequence_shape(const RecurrentSizes& sizes) {
  return sizes.batch_first ? ints({sizes.batch, sizes.steps, sizes.directions, sizes.hidden})
                           : ints({sizes.steps, sizes.directions, sizes.batch, sizes.hidden});
}

Status read_direction(const Call& call, RecurrentSizes& sizes) {
  TAMIS_ASSIGN(const std::string direction, call.text("direction", "forward"));
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    return call.invalid("direction \"" + direction + "\" is none of forward, reverse, bidirectional");
  sizes.directions = direction == "bidirectional" ? 2 : 1;
  sizes.backwards = direction == "reverse";
  return {};
}

Result<size_t> hidden_size(const Call& call, const Shape& r) {
  if (r.size() != 3) return call.invalid("R of shape " + to_string(r) + " must have 3 dimensions");
  TAMIS_ASSIGN(const int64_t hidden, call.integer("hidden_size", r[2]));
  if (hidden != r[2])
    return call.invalid("hidden_size is " + std::to_string(hidden) + ", but R is of shape " + to_string(r));
  if (hidden < 1 || hidden > kMostHidden)
    return call.cannot("a hidden size of " + std::to_string(hidden) + " is not supported");
  return static_cast<size_t>(hidden);
}

Result<RecurrentSizes> recurrent_sizes(const Call& call, const RecurrentCell& cell) {
  TAMIS_ASSIGN(const Shape x, call.shape(0));
  TAMIS_ASSIGN(const Shape r, call.shape(2));
  TAMIS_ASSIGN(const int64_t layout, call.integer("layout", 0));
  if (x.size() != 3) return call.invalid("X of shape " + to_string(x) + " must have 3 dimensions");
  if (layout != 0 && layout != 1) return call.invalid("layout must be 0 or 1, not " + std::to_string(layout));
  RecurrentSizes sizes;
  TAMIS_TRY(read_direction(call, sizes));
  TAMIS_ASSIGN(sizes.hidden, hidden_size(call, r));
  sizes.batch_first = layout == 1;
  sizes.steps = static_cast<size_t>(x[layout == 1 ? 1 : 0]);
  sizes.batch = static_cast<size_t>(x[layout == 1 ? 0 : 1]);
  sizes.inputs = static_cast<size_t>(x[2]);
  const size_t rows = static_cast<size_t>(cell.gates) * sizes.hidden;
  TAMIS_TRY(check_shape(call, 1, ints({sizes.directions, rows, sizes.inputs}), "directions x gates x input"));
  TAMIS_TRY(
      check_shape(call, 2, ints({sizes.directions, rows, sizes.hidden}), "directions x gates x hidden"));
  TAMIS_TRY(check_shape(call, 3, ints({sizes.directions, 2 * rows}), "biases of W and R"));
  TAMIS_TRY(check_shape(call, 4, ints({sizes.batch}), "a length for each item of the batch"));
  TAMIS_TRY(check_shape(call, 5, state_shape(sizes), "an initial state for each item"));
  TAMIS_TRY(check_shape(call, 6, state_shape(sizes), "an initial cell for each item"));
  TAMIS_TRY(check_shape(call, 7, ints({sizes.directions, 3 * sizes.hidden}), "peepholes of three gates"));
  return sizes;
}

/// The elements of an input from `first` on, zeros where it is absent.
Result<std::vector<double>> part_of(const Call& call, size_t input, size_t first, size_t count) {
  std::vector<double> values(count);
  if (call.optional_input(input) == nullptr) return values;
  TAMIS_ASSIGN(const Array array, call.value(input));
  read_elements(array, first, std::span(values));
  return values;
}

Result<std::vector<size_t>> sequence_lengths(const Call& call, const RecurrentSizes& sizes) {
  if (call.optional_input(4) == nullptr) return std::vector<size_t>(sizes.batch, sizes.steps);
  TAMIS_ASSIGN(const std::vector<int64_t> given, call.integers(4));
  std::vector<size_t> lengths;
  for (const int64_t length : given) {
    if (length < 0 || length > static_cast<int64_t>(sizes.steps))
      return call.invalid("a sequence's length is " + std::to_string(length) + ", but must be from 0 to " +
                          std::to_string(sizes.steps));
    lengths.push_back(static_cast<size_t>(length));
  }
  return lengths;
}

Result<RecurrentWeights> weights_of(const Call& call, const RecurrentSizes& sizes, const RecurrentCell& cell,
                                    size_t direction) {
  const size_t rows = static_cast<size_t>(cell.gates) * sizes.hidden;
  RecurrentWeights weights;
  weights.hidden = sizes.hidden;
  TAMIS_ASSIGN(const auto r, part_of(call, 2, direction * rows * sizes.hidden, rows * sizes.hidden));
  weights.recurrent.resize(r.size());
  for (size_t row = 0; row < rows; ++row)
    for (size_t k = 0; k < sizes.hidden; ++k) weights.recurrent[k * rows + row] = r[row * sizes.hidden + k];
  TAMIS_ASSIGN(weights.recurrent_bias, part_of(call, 3, (2 * direction + 1) * rows, rows));
  TAMIS_ASSIGN(weights.peepholes, part_of(call, 7, direction * 3 * sizes.hidden, 3 * sizes.hidden));
  TAMIS_ASSIGN(const float clip, call.number("clip", std::numeric_limits<float>::infinity()));
  TAMIS_ASSIGN(const int64_t coupled, call.integer("input_forget", 0));
  TAMIS_ASSIGN(const int64_t linear, call.integer("linear_before_reset", 0));
  weights.clip = clip > 0 ? clip : std::numeric_limits<double>::infinity();
  weights.input_forget = coupled != 0;
  weights.linear_before_reset = linear != 0;
  return weights;
}

/// The input times W, with W's bias: a row of gates for each row of X.
Result<std::vector<double>> gates_of_input(const Call& call, const RecurrentSizes& sizes, size_t rows,
                                           size_t direction) {
  TAMIS_ASSIGN(const Array x, call.value(0));
  TAMIS_ASSIGN(const Array w, call.value(1));
  TAMIS_ASSIGN(const std::vector<double> bias, part_of(call, 3, 2 * direction * rows, rows));
  std::vector<double> gates;
  for (size_t i = 0; i < sizes.steps * sizes.batch; ++i) gates.insert(gates.end(), bias.begin(), bias.end());
  multiply_add({&x, 0, sizes.steps * sizes.batch, sizes.inputs, false},
               {&w, direction * rows * sizes.inputs, sizes.inputs, rows, true}, std::span(gates));
  return gates;
}

/// What a layer writes, each row-major as the operator has it.
struct RecurrentOutputs {
  std::vector<double> sequence;
  std::vector<double> hidden;
  std::vector<double> cell;
};

void copy_row(const std::vector<double>& from, std::vector<double>& to, size_t row) {
  std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(row * from.size()));
}

Status run_direction(const Call& call, const RecurrentSizes& sizes, const RecurrentCell& cell,
                     std::span<const RecurrentActivation> activations, size_t direction,
                     RecurrentOutputs& outputs) {
  const size_t rows = static_cast<size_t>(cell.gates) * sizes.hidden;
  TAMIS_ASSIGN(RecurrentWeights weights, weights_of(call, sizes, cell, direction));
  weights.activations = activations;
  TAMIS_ASSIGN(std::vector<double> gates, gates_of_input(call, sizes, rows, direction));
  TAMIS_ASSIGN(const std::vector<size_t> lengths, sequence_lengths(call, sizes));
  const bool backwards = sizes.backwards || direction == 1;
  for (size_t item = 0; item < sizes.batch; ++item) {
    if (lengths[item] == 0) continue;
    const size_t state_row = sizes.state_row(direction, item);
    RecurrentState state;
    TAMIS_ASSIGN(state.hidden, part_of(call, 5, state_row * sizes.hidden, sizes.hidden));
    TAMIS_ASSIGN(state.cell, part_of(call, 6, state_row * sizes.hidden, sizes.hidden));
    for (size_t i = 0; i < lengths[item]; ++i) {
      const size_t step = backwards ? lengths[item] - 1 - i : i;
      cell.step(weights, std::span(gates).subspan(sizes.row(step, item) * rows, rows), state);
      copy_row(state.hidden, outputs.sequence, sizes.output_row(step, direction, item));
    }
    copy_row(state.hidden, outputs.hidden, state_row);
    copy_row(state.cell, outputs.cell, state_row);
  }
  return {};
}

}  // namespace

void RecurrentWeights::add_recurrent(std::span<const double> state, size_t first,
                                     std::span<double> gates) const {
  const size_t rows = recurrent_bias.size();
  for (size_t i = 0; i < gates.size(); ++i) gates[i] += recurrent_bias[first + i];
  for (size_t k = 0; k < hidden; ++k)
    add_scaled(gates.data(), recurrent.data() + k * rows + first, 1, state[k], gates.size());
}

Result<std::vector<Fact>> infer_recurrent(const Call& call, const RecurrentCell& cell) {
  TAMIS_ASSIGN(const ElementType type, fraction_type_of(call, 0));
  TAMIS_ASSIGN(const Fact* w, call.input(1));
  TAMIS_ASSIGN(const Fact* r, call.input(2));
  for (const size_t input : {1, 2, 3, 5, 6, 7}) TAMIS_TRY(check_same_type(call, input, 0));
  if (call.optional_input(4) != nullptr) TAMIS_TRY(type_of(call, 4, {ElementType::int32}));
  if (call.inputs() > cell.inputs)
    return call.invalid("it has " + std::to_string(call.inputs()) + " inputs, more than " +
                        std::to_string(cell.inputs));
  if (call.outputs() > cell.outputs)
    return call.invalid("it has " + std::to_string(call.outputs()) + " outputs, more than " +
                        std::to_string(cell.outputs));
  std::vector<Fact> facts(std::max<size_t>(1, call.outputs()), Fact{type, std::nullopt, std::nullopt});
  if (!call.optional_input(0)->shape || !w->shape || !r->shape) return facts;
  TAMIS_ASSIGN(const RecurrentSizes sizes, recurrent_sizes(call, cell));
  TAMIS_TRY(recurrent_activations(call, sizes.directions, cell.activations));
  for (Fact& fact : facts) fact.shape = &fact == facts.data() ? sequence_shape(sizes) : state_shape(sizes);
  return facts;
}

Result<std::vector<Array>> evaluate_recurrent(const Call& call, const std::vector<Fact>& outputs,
                                              const RecurrentCell& cell) {
  TAMIS_ASSIGN(const RecurrentSizes sizes, recurrent_sizes(call, cell));
  TAMIS_ASSIGN(const auto activations, recurrent_activations(call, sizes.directions, cell.activations));
  if (sizes.steps == 0 || sizes.batch == 0) return zeros_of(outputs);
  const size_t states = sizes.directions * sizes.batch * sizes.hidden;
  RecurrentOutputs results{std::vector<double>(sizes.steps * states), std::vector<double>(states),
                           std::vector<double>(states)};
  const std::span<const RecurrentActivation> all(activations);
  for (size_t direction = 0; direction < sizes.directions; ++direction)
    TAMIS_TRY(run_direction(call, sizes, cell,
                            all.subspan(direction * cell.activations.size(), cell.activations.size()),
                            direction, results));
  std::vector<Array> arrays;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<double>& values = i == 0 ? results.sequence : i == 1 ? results.hidden : results.cell;
    arrays.push_back(array_from(outputs[i].type, *outputs[i].shape, std::span<const double>(values)));
  }
  return arrays;
}

}  // namespace tamis::network
