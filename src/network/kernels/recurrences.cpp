#include "network/kernels/generators.h"
#include "network/kernels/products.h"
#include "network/kernels/values.h"
#include "network/operators/recurrent_activation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <utility>

namespace tamis::network {
namespace {

/// A function that is applied to a gate.
struct GateFunction {
  std::string name;  ///< in small letters
  double alpha = 0;
  double beta = 0;
};

loop::Value tangent(const loop::Value& x) { return loop::Value::of(Kind::hyperbolic_tangent, x); }

/// The names are those that recurrent_activations takes.
loop::Value apply(const GateFunction& function, const loop::Value& x) {
  const loop::Value alpha = number_like(x, function.alpha);
  const loop::Value beta = number_like(x, function.beta);
  const loop::Value zero = number_like(x, 0);
  const loop::Value one = number_like(x, 1);
  const std::string& name = function.name;
  if (name == "sigmoid") return sigmoid(x);
  if (name == "tanh") return tangent(x);
  if (name == "relu") return maximum(x, zero);
  if (name == "affine") return loop::Value::multiply_add(alpha, x, beta);
  if (name == "leakyrelu") return loop::Value::select(less(x, zero), alpha * x, x);
  if (name == "thresholdedrelu") return loop::Value::select(less(x, alpha), zero, x);
  if (name == "scaledtanh") return alpha * tangent(beta * x);
  if (name == "hardsigmoid") return minimum(maximum(loop::Value::multiply_add(alpha, x, beta), zero), one);
  if (name == "elu") return loop::Value::select(less(x, zero), alpha * (exponential(x) - one), x);
  if (name == "softsign") return x / (one + loop::Value::of(Kind::magnitude, x));
  return softplus(x);
}

/// What a node of LSTM, GRU or RNN says and takes.
struct RecurrentLayer {
  int64_t gates = 1;
  int64_t steps = 0;
  int64_t batch = 0;
  int64_t inputs = 0;
  int64_t hidden = 0;
  int64_t directions = 1;
  bool backwards = false;
  bool batch_first = false;
  bool input_forget = false;
  bool linear_before_reset = false;
  double clip = 0;  ///< 0 for none
  std::vector<GateFunction> functions;
  Operand x;
  Operand w;
  Operand r;
  std::optional<Operand> bias;
  std::optional<Operand> lengths;  ///< where not every sequence has all steps, as far as is known
  std::optional<Operand> first_hidden;
  std::optional<Operand> first_cell;
  std::optional<Operand> peepholes;
  std::optional<Operand> y;
  std::optional<Operand> last_hidden;
  std::optional<Operand> last_cell;

  [[nodiscard]] int64_t rows() const { return gates * hidden; }
  [[nodiscard]] size_t time_axis() const { return batch_first ? 1 : 0; }
  [[nodiscard]] size_t batch_axis() const { return batch_first ? 0 : 1; }
};

Result<std::vector<GateFunction>> gate_functions(const Call& call, size_t directions,
                                                 const std::vector<std::string_view>& defaults) {
  TAMIS_ASSIGN(const auto known, recurrent_activations(call, directions, defaults));
  std::vector<std::string> names;
  for (size_t i = 0; i < directions; ++i) names.insert(names.end(), defaults.begin(), defaults.end());
  if (const auto* given = find_attribute<std::vector<std::string>>(call.node(), "activations"))
    names = *given;
  std::vector<GateFunction> functions;
  for (size_t i = 0; i < names.size(); ++i) {
    GateFunction function{names[i], known[i].alpha, known[i].beta};
    for (char& letter : function.name)
      letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    functions.push_back(std::move(function));
  }
  return functions;
}

Result<std::optional<Operand>> optional_operand(const Call& call, KernelBuilder& builder, size_t input) {
  if (call.optional_input(input) == nullptr) return std::optional<Operand>();
  TAMIS_ASSIGN(Operand operand, builder.input(call, input));
  return std::optional(std::move(operand));
}

/// Whether every sequence is known to have all steps.
bool all_are_whole(const Call& call, int64_t steps) {
  const Fact* lengths = call.optional_input(4);
  if (lengths == nullptr) return true;
  if (!lengths->value) return false;
  const std::vector<int64_t> all = lengths->value->integers().value_or(std::vector<int64_t>{-1});
  return std::all_of(all.begin(), all.end(), [&](int64_t length) { return length == steps; });
}

Status read_operands(const Call& call, KernelBuilder& builder, RecurrentLayer& layer) {
  TAMIS_ASSIGN(layer.x, builder.input(call, 0));
  if (layer.x.element != loop::Element::float32)
    return without_generator(call, call.node().type + " of " + loop::to_string(layer.x.element));
  TAMIS_ASSIGN(layer.w, builder.input(call, 1));
  TAMIS_ASSIGN(layer.r, builder.input(call, 2));
  TAMIS_ASSIGN(layer.bias, optional_operand(call, builder, 3));
  if (!all_are_whole(call, layer.x.shape[layer.time_axis()])) {
    TAMIS_ASSIGN(layer.lengths, optional_operand(call, builder, 4));
  }
  TAMIS_ASSIGN(layer.first_hidden, optional_operand(call, builder, 5));
  TAMIS_ASSIGN(layer.first_cell, optional_operand(call, builder, 6));
  TAMIS_ASSIGN(layer.peepholes, optional_operand(call, builder, 7));
  const std::array<std::optional<Operand>*, 3> outputs{&layer.y, &layer.last_hidden, &layer.last_cell};
  for (size_t i = 0; i < outputs.size(); ++i)
    if (builder.wants(call, i)) {
      TAMIS_ASSIGN(*outputs[i], builder.output(call, i));
    }
  return {};
}

Result<RecurrentLayer> recurrent_layer(const Call& call, KernelBuilder& builder) {
  RecurrentLayer layer;
  const bool is_lstm = call.node().type == "LSTM";
  const bool is_gru = call.node().type == "GRU";
  layer.gates = is_lstm ? 4 : is_gru ? 3 : 1;
  TAMIS_ASSIGN(const int64_t layout, call.integer("layout", 0));
  TAMIS_ASSIGN(const std::string direction, call.text("direction", "forward"));
  layer.batch_first = layout == 1;
  layer.backwards = direction == "reverse";
  TAMIS_TRY(read_operands(call, builder, layer));
  layer.steps = layer.x.shape[layer.time_axis()];
  layer.batch = layer.x.shape[layer.batch_axis()];
  layer.inputs = layer.x.shape[2];
  layer.directions = layer.r.shape[0];
  layer.hidden = layer.r.shape[2];
  TAMIS_ASSIGN(const double clip, call.number("clip", 0));
  layer.clip = clip;
  TAMIS_ASSIGN(const int64_t input_forget, call.integer("input_forget", 0));
  TAMIS_ASSIGN(const int64_t linear, call.integer("linear_before_reset", 0));
  layer.input_forget = input_forget != 0;
  layer.linear_before_reset = linear != 0;
  std::vector<std::string_view> defaults{"Tanh"};
  if (is_lstm) defaults = {"Sigmoid", "Tanh", "Tanh"};
  if (is_gru) defaults = {"Sigmoid", "Tanh"};
  TAMIS_ASSIGN(layer.functions, gate_functions(call, static_cast<size_t>(layer.directions), defaults));
  return layer;
}

/// The operands of what is computed for each element of the state; the first is what is stored.
enum CellOperand : size_t { kStored, kGate, kState, kEntered, kPeephole, kOfItem, kCellOperands };

/// Computes one direction: the products of all steps with the input first, then the steps, one after the
/// other in a loop of the program. A layer of one step has no loop, and its weights are read as they lie.
class Recurrence {
 public:
  Recurrence(KernelBuilder& builder, const RecurrentLayer& layer, int64_t direction)
      : builder_(&builder),
        layer_(&layer),
        direction_(direction),
        backwards_(layer.backwards || direction == 1) {}

  void add() {
    const int64_t all = layer_->steps * layer_->batch;
    entered_ = builder_->workspace(all * layer_->rows());
    gates_ = builder_->workspace(layer_->batch * layer_->rows());
    hidden_ = initial_state(layer_->first_hidden);
    if (layer_->gates == 4) cell_ = initial_state(layer_->first_cell);
    if (is_gru() && !layer_->linear_before_reset)
      reset_ = builder_->workspace(layer_->batch * layer_->hidden);
    enter_inputs();
    if (layer_->steps > 1) pack_recurrent();
    begin_loop();
    if (layer_->gates == 4) {
      lstm_step();
    } else if (is_gru()) {
      gru_step();
    } else {
      rnn_step();
    }
    if (layer_->y) store_sequence();
    if (layer_->steps > 1) builder_->add(std::move(nest_));
    if (layer_->last_hidden) store_last(*layer_->last_hidden, hidden_);
    if (layer_->last_cell) store_last(*layer_->last_cell, cell_);
  }

 private:
  [[nodiscard]] bool is_gru() const { return layer_->gates == 3; }
  [[nodiscard]] size_t state_axis(bool of_batch) const { return of_batch != layer_->batch_first ? 1 : 0; }

  /// Steps of an initial or last state along batch and hidden, and where the direction begins.
  [[nodiscard]] int64_t state_offset(const Operand& state) const {
    return direction_ * state.steps[state_axis(false)];
  }
  [[nodiscard]] Space state_space(const Operand* state) const {
    Space space{{{layer_->batch, {layer_->hidden, 0, 0}}, {layer_->hidden, {1, 0, 0}}}, {0, 0, 0}};
    if (state == nullptr) return space;
    space.axes[0].steps[1] = state->steps[state_axis(true)];
    space.axes[1].steps[1] = state->steps[2];
    space.offsets[1] = state_offset(*state);
    return space;
  }

  std::string initial_state(const std::optional<Operand>& given) {
    std::string state = builder_->workspace(layer_->batch * layer_->hidden);
    builder_->add(store_everywhere(
        state_space(given ? &*given : nullptr), state,
        [&](std::span<const loop::Affine> at) {
          return given ? load_of(*given, at[1]) : loop::Value::constant(0);
        },
        builder_->shape()));
    return state;
  }

  /// X times W for all steps, with the biases that are added whatever the state is.
  void enter_inputs() {
    if (is_gru() && layer_->linear_before_reset) {
      enter_inputs_of(0, 2, true);
      enter_inputs_of(2, 1, false);
    } else {
      enter_inputs_of(0, layer_->gates, true);
    }
  }

  void enter_inputs_of(int64_t first_gate, int64_t gates, bool with_recurrent_bias) {
    const RecurrentLayer& layer = *layer_;
    const int64_t first = first_gate * layer.hidden;
    const int64_t bias_step = layer.bias ? layer.bias->steps[1] : 0;
    Product product{{{}, {first, 0, 0, 0}}, entered_, layer.x.buffer, layer.w.buffer, nullptr};
    product.space.offsets[kProductRight] = direction_ * layer.w.steps[0] + first * layer.w.steps[1];
    if (layer.bias) product.space.offsets[3] = direction_ * layer.bias->steps[0] + first * bias_step;
    const int64_t rows = layer.rows();
    product.space.axes = {{layer.steps, {layer.batch * rows, layer.x.steps[layer.time_axis()], 0, 0}},
                          {layer.batch, {rows, layer.x.steps[layer.batch_axis()], 0, 0}},
                          {gates * layer.hidden, {1, 0, layer.w.steps[1], bias_step}},
                          {layer.inputs, {0, layer.x.steps[2], layer.w.steps[2], 0}, true}};
    product.finish = [&](const loop::Value& sum, std::span<const loop::Affine> at) {
      if (!layer.bias) return sum;
      const loop::Value own = sum + load_of(*layer.bias, at[3]);
      return with_recurrent_bias ? own + load_of(*layer.bias, at[3] + loop::Affine(rows * bias_step)) : own;
    };
    add_product(*builder_, std::move(product));
  }

  /// Copies R so that its gates lie together, unless they do.
  void pack_recurrent() {
    const Operand& r = layer_->r;
    if (r.steps[1] == 1) return;
    const int64_t rows = layer_->rows();
    packed_ = builder_->workspace(layer_->hidden * rows);
    builder_->add(store_everywhere(
        {{{layer_->hidden, {rows, r.steps[2]}}, {rows, {1, r.steps[1]}}}, {0, direction_ * r.steps[0]}},
        packed_, [&](std::span<const loop::Affine> at) { return load_of(r, at[1]); }, builder_->shape()));
  }

  /// The loop over the steps, inside one over parts of the batch where there are several threads.
  void begin_loop() {
    items_ = layer_->batch;
    const LoopShape shape = builder_->shape();
    const int64_t work = layer_->steps * layer_->batch * layer_->rows() * layer_->hidden / shape.lanes;
    if (layer_->steps > 1 && shape.threads > 1 && layer_->batch > 1 && work >= kLeastSharedSteps) {
      items_ = (layer_->batch + shape.threads - 1) / shape.threads;
      while (layer_->batch % items_ != 0) --items_;
      nest_.loops.push_back({"part", layer_->batch / items_, false, loop::LoopKind::parallel});
      item_ = items_ * loop::Affine::variable("part");
    }
    if (layer_->steps > 1) {
      nest_.loops.push_back({"step", layer_->steps});
      time_ = loop::Affine::variable("step");
      if (backwards_) time_ = loop::Affine(layer_->steps - 1) - time_;
    }
  }

  void add_stage(loop::Nest nest) {
    if (layer_->steps > 1) {
      nest_.body.emplace_back(std::move(nest));
    } else {
      builder_->add(std::move(nest));
    }
  }

  /// Gates become a state times R and what `finish` adds, whose places are of the gates, what was entered,
  /// and the bias.
  void multiply(const std::string& state, int64_t first_gate, int64_t gates, const FinishAt& finish) {
    const RecurrentLayer& layer = *layer_;
    const int64_t rows = layer.rows();
    const int64_t first = first_gate * layer.hidden;
    const bool packed = !packed_.empty();
    const int64_t gate_step = packed ? 1 : layer.r.steps[1];
    const int64_t state_step = packed ? rows : layer.r.steps[2];
    const int64_t bias_step = layer.bias ? layer.bias->steps[1] : 0;
    Product product{{}, gates_, state, packed ? packed_ : layer.r.buffer, finish};
    product.space.offsets = {first, 0, first * gate_step, first, (rows + first) * bias_step};
    if (!packed) product.space.offsets[kProductRight] += direction_ * layer.r.steps[0];
    if (layer.bias) product.space.offsets[4] += direction_ * layer.bias->steps[0];
    product.space.axes = {{items_, {rows, layer.hidden, 0, rows, 0}},
                          {gates * layer.hidden, {1, 0, gate_step, 1, bias_step}},
                          {layer.hidden, {0, 1, state_step, 0, 0}, true}};
    if (layer.steps == 1) return add_product(*builder_, std::move(product));
    const std::vector<loop::Affine> origin{rows * item_, layer.hidden * item_, loop::Affine(0),
                                           rows * item_ + layer.batch * rows * time_, loop::Affine(0)};
    for (loop::Stage& stage : product_stages(*builder_, product, 1, origin))
      nest_.body.emplace_back(std::move(stage));
  }

  /// The usual end of a product: what was entered is added.
  FinishAt with_entered() {
    return [this](const loop::Value& sum, std::span<const loop::Affine> at) {
      return sum + loop::Value::load({entered_, {at[3]}});
    };
  }

  /// Stores a value for each element of the state of the part's items.
  void for_each(const std::string& buffer, const std::vector<int64_t>& stored_steps,
                const loop::Affine& stored_origin, const ValueAt& value) {
    const RecurrentLayer& layer = *layer_;
    const int64_t rows = layer.rows();
    const int64_t peephole = layer.peepholes ? layer.peepholes->steps[1] : 0;
    const int64_t length = layer.lengths ? layer.lengths->steps[0] : 0;
    Space space{{{items_, {stored_steps[0], rows, layer.hidden, rows, 0, length}},
                 {layer.hidden, {stored_steps[1], 1, 1, 1, peephole, 0}}},
                std::vector<int64_t>(kCellOperands, 0)};
    if (layer.peepholes) space.offsets[kPeephole] = direction_ * layer.peepholes->steps[0];
    const std::vector<loop::Affine> origin{stored_origin,        rows * item_,
                                           layer.hidden * item_, rows * item_ + layer.batch * rows * time_,
                                           loop::Affine(0),      length * item_};
    add_stage(store_inside(space, origin, buffer, value, builder_->shape().lanes, false));
  }

  void for_each_state(const std::string& buffer, const ValueAt& value) {
    for_each(buffer, {layer_->hidden, 1}, layer_->hidden * item_, value);
  }

  [[nodiscard]] const GateFunction& function(size_t index) const {
    return layer_->functions[static_cast<size_t>(direction_) * layer_->functions.size() /
                                 static_cast<size_t>(layer_->directions) +
                             index];
  }
  [[nodiscard]] loop::Value activated(size_t index, const loop::Value& x) const {
    if (layer_->clip <= 0) return apply(function(index), x);
    return apply(function(index),
                 minimum(maximum(x, number_like(x, -layer_->clip)), number_like(x, layer_->clip)));
  }
  [[nodiscard]] loop::Value gate(int64_t number, std::span<const loop::Affine> at) const {
    return loop::Value::load({gates_, {at[kGate] + loop::Affine(number * layer_->hidden)}});
  }
  [[nodiscard]] static loop::Value state(const std::string& buffer, std::span<const loop::Affine> at) {
    return loop::Value::load({buffer, {at[kState]}});
  }
  /// A gate of an LSTM with its peephole to a cell; peepholes are of the input, output and forget gates.
  [[nodiscard]] loop::Value peeping_gate(int64_t number, std::span<const loop::Affine> at) const {
    if (!layer_->peepholes) return gate(number, at);
    const int64_t first = number * layer_->hidden * layer_->peepholes->steps[1];
    return loop::Value::multiply_add(load_of(*layer_->peepholes, at[kPeephole] + loop::Affine(first)),
                                     state(cell_, at), gate(number, at));
  }
  /// A new state, or the one before where an item's sequence has ended.
  [[nodiscard]] loop::Value unless_ended(const loop::Value& next, const loop::Value& before,
                                         std::span<const loop::Affine> at) const {
    if (!layer_->lengths) return next;
    const loop::Value length =
        loop::Value::convert(load_of(*layer_->lengths, at[kOfItem]), loop::Element::int64);
    return loop::Value::select(less(loop::Value::position(time_), length), next, before);
  }

  void lstm_step() {
    multiply(hidden_, 0, 4, with_entered());
    for_each_state(cell_, [&](std::span<const loop::Affine> at) {
      const loop::Value before = state(cell_, at);
      const loop::Value input = activated(0, peeping_gate(0, at));
      const loop::Value forget =
          layer_->input_forget ? number_like(input, 1) - input : activated(0, peeping_gate(2, at));
      const loop::Value next = loop::Value::multiply_add(forget, before, input * activated(1, gate(3, at)));
      return unless_ended(next, before, at);
    });
    for_each_state(hidden_, [&](std::span<const loop::Affine> at) {
      const loop::Value next = activated(0, peeping_gate(1, at)) * activated(2, state(cell_, at));
      return unless_ended(next, state(hidden_, at), at);
    });
  }

  void gru_step() {
    const auto next_hidden = [&](const loop::Value& candidate, std::span<const loop::Affine> at) {
      const loop::Value update = activated(0, gate(0, at));
      const loop::Value before = state(hidden_, at);
      const loop::Value next = loop::Value::multiply_add(update, before - candidate, candidate);
      return unless_ended(next, before, at);
    };
    multiply(hidden_, 0, 2, with_entered());
    if (layer_->linear_before_reset) {
      multiply(hidden_, 2, 1, [this](const loop::Value& sum, std::span<const loop::Affine> at) {
        return layer_->bias ? sum + load_of(*layer_->bias, at[4]) : sum;
      });
      return for_each_state(hidden_, [&](std::span<const loop::Affine> at) {
        const loop::Value reset = activated(0, gate(1, at));
        const loop::Value entered =
            loop::Value::load({entered_, {at[kEntered] + loop::Affine(2 * layer_->hidden)}});
        return next_hidden(activated(1, loop::Value::multiply_add(reset, gate(2, at), entered)), at);
      });
    }
    for_each_state(reset_, [&](std::span<const loop::Affine> at) {
      return activated(0, gate(1, at)) * state(hidden_, at);
    });
    multiply(reset_, 2, 1, with_entered());
    for_each_state(hidden_, [&](std::span<const loop::Affine> at) {
      return next_hidden(activated(1, gate(2, at)), at);
    });
  }

  void rnn_step() {
    multiply(hidden_, 0, 1, with_entered());
    for_each_state(hidden_, [&](std::span<const loop::Affine> at) {
      return unless_ended(activated(0, gate(0, at)), state(hidden_, at), at);
    });
  }

  /// The output of a step: zeros behind the end of a sequence.
  void store_sequence() {
    const Operand& y = *layer_->y;
    const size_t batch = layer_->batch_first ? 0 : 2;
    const size_t time = layer_->batch_first ? 1 : 0;
    const size_t direction = layer_->batch_first ? 2 : 1;
    const loop::Affine origin =
        y.steps[batch] * item_ + y.steps[time] * time_ + loop::Affine(direction_ * y.steps[direction]);
    for_each(y.buffer, {y.steps[batch], y.steps[3]}, origin, [&](std::span<const loop::Affine> at) {
      return unless_ended(state(hidden_, at), loop::Value::constant(0), at);
    });
  }

  /// The state after the last step; zeros for an empty sequence, as in onnxruntime.
  void store_last(const Operand& to, const std::string& from) {
    Space space = state_space(&to);
    for (Axis& axis : space.axes) std::swap(axis.steps[0], axis.steps[1]);
    std::swap(space.offsets[0], space.offsets[1]);
    if (layer_->lengths) space.axes[0].steps[2] = layer_->lengths->steps[0];
    builder_->add(store_everywhere(
        space, to.buffer,
        [&](std::span<const loop::Affine> at) {
          loop::Value last = loop::Value::load({from, {at[1]}});
          if (!layer_->lengths) return last;
          const loop::Value length = load_of(*layer_->lengths, at[2]);
          return loop::Value::select(less(number_like(length, 0), length), last, loop::Value::constant(0));
        },
        builder_->shape()));
  }

  static constexpr int64_t kLeastSharedSteps = 16384;

  KernelBuilder* builder_;
  const RecurrentLayer* layer_;
  int64_t direction_;
  bool backwards_;
  std::string entered_;  ///< what the input gives to the gates: steps x batch x gates x hidden
  std::string gates_;    ///< of one step: batch x gates x hidden
  std::string hidden_;   ///< batch x hidden, as are the next two
  std::string cell_;
  std::string reset_;
  std::string packed_;  ///< R as hidden x (gates x hidden)
  loop::Nest nest_;
  int64_t items_ = 1;      ///< of the batch, that a part has
  loop::Affine item_ = 0;  ///< the first of them
  loop::Affine time_ = 0;
};

Status recurrence(const Call& call, KernelBuilder& builder) {
  TAMIS_ASSIGN(const RecurrentLayer layer, recurrent_layer(call, builder));
  if (layer.steps == 0 || layer.batch == 0) {
    for (const auto& output : {layer.y, layer.last_hidden, layer.last_cell})
      if (output)
        builder.add(store_everywhere(
            {{{output->elements(), {1}}}, {0}}, output->buffer,
            [](std::span<const loop::Affine>) { return loop::Value::constant(0); }, builder.shape()));
    return {};
  }
  for (int64_t direction = 0; direction < layer.directions; ++direction)
    Recurrence(builder, layer, direction).add();
  return {};
}

constexpr std::array kRecurrenceGenerators{
    Generator{"GRU", nullptr, recurrence},
    Generator{"LSTM", nullptr, recurrence},
    Generator{"RNN", nullptr, recurrence},
};

}  // namespace

std::span<const Generator> recurrence_generators() { return kRecurrenceGenerators; }

}  // namespace tamis::network
