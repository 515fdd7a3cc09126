#include "network/kernels/generators.h"
#include "network/kernels/integer_terms.h"
#include "network/kernels/quantised_values.h"
#include "network/operators/convolve.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tamis::network {
namespace {

using loop::Element;

constexpr ProductInputs kConvInteger{.a_zero = 2, .b_zero = 3};
constexpr ProductInputs kQLinearConv{
    .a_scale = 1, .a_zero = 2, .b = 3, .b_scale = 4, .b_zero = 5, .y_scale = 6, .y_zero = 7, .bias = 8};

/// A convolution of bytes, with its operands. X has N, C and spatial dimensions, W outputs, inputs of a group
/// and the kernel's.
struct ConvolvedBytes {
  Convolution shape;
  Operand x;
  Operand w;
  Operand y;

  [[nodiscard]] int64_t group_inputs() const { return shape.inputs / shape.groups; }
  [[nodiscard]] int64_t group_outputs() const { return shape.outputs / shape.groups; }
  /// One channel of X for each of Y.
  [[nodiscard]] bool is_depthwise() const {
    return shape.groups > 1 && group_inputs() == 1 && group_outputs() == 1;
  }
};

/// X as a convolution reads it: uint8, channels innermost, with its padding.
struct ReadImage {
  std::string buffer;
  int64_t batch_step = 0;
  int64_t group_step = 0;
  std::vector<int64_t> steps;  ///< of spatial dimensions
};

/// How many places of an axis windows reach, from the first tap of the first one on.
int64_t reach(const WindowAxis& axis) { return (axis.output - 1) * axis.stride + axis.span(); }

/// Whether windows stay inside X.
bool is_inside(const WindowAxis& axis) { return axis.pad_begin == 0 && reach(axis) <= axis.input; }

/// Where X is read without a copy: windows stay inside, and whole groups of `channels` lie together.
bool is_readable(const ConvolvedBytes& conv, int64_t channels) {
  return conv.x.element == Element::uint8 && (conv.x.steps[1] == 1 || conv.shape.inputs == 1) &&
         channels == conv.group_inputs() &&
         std::all_of(conv.shape.window.begin(), conv.shape.window.end(), is_inside);
}

/// A copy of X that takes `channels` places for each group.
ReadImage copied_image(KernelBuilder& builder, const ConvolvedBytes& conv, int64_t channels,
                       const loop::Value& padding) {
  const Window& window = conv.shape.window;
  const int64_t pixel = conv.shape.groups * channels;
  ReadImage read{{}, pixel, channels, std::vector<int64_t>(window.size())};
  for (size_t i = window.size(); i-- > 0;) {
    read.steps[i] = read.batch_step;
    read.batch_step *= reach(window[i]);
  }
  const int64_t all = conv.shape.batch * read.batch_step;
  read.buffer = builder.kept(all, Element::uint8, When::each_call);
  LoopShape bytes = builder.shape();
  bytes.lanes *= 4;
  if (!std::all_of(window.begin(), window.end(), is_inside))
    builder.add(store_everywhere(
        {{{all, {1}}}, {0}}, read.buffer, [&](std::span<const loop::Affine>) { return padding; }, bytes));
  Space space{{{conv.shape.batch, {read.batch_step, conv.x.steps[0]}},
               {conv.shape.groups, {channels, conv.group_inputs() * conv.x.steps[1]}},
               {conv.group_inputs(), {1, conv.x.steps[1]}}},
              {0, 0}};
  for (size_t i = 0; i < window.size(); ++i) {
    const int64_t copied = std::min(window[i].input, reach(window[i]) - window[i].pad_begin);
    space.axes.push_back({std::max<int64_t>(copied, 0), {read.steps[i], conv.x.steps[i + 2]}});
    space.offsets[0] += window[i].pad_begin * read.steps[i];
  }
  builder.add(store_everywhere(
      space, read.buffer,
      [&](std::span<const loop::Affine> places) { return shifted_activation(load_of(conv.x, places[1])); },
      bytes));
  return read;
}

ReadImage read_image(KernelBuilder& builder, const ConvolvedBytes& conv, int64_t channels,
                     const loop::Value& padding) {
  if (!is_readable(conv, channels)) return copied_image(builder, conv, channels, padding);
  const std::vector<int64_t>& steps = conv.x.steps;
  return {conv.x.buffer, steps[0], conv.group_inputs(), {steps.begin() + 2, steps.end()}};
}

/// Weights: sums go along the kernel, then along the channels of a group.
WeightSource weights_of(const ConvolvedBytes& conv) {
  WeightSource source{
      &conv.w, {{conv.shape.groups, {conv.group_outputs() * conv.w.steps[0]}}}, conv.w.steps[0], {}};
  for (size_t i = 0; i < conv.shape.window.size(); ++i)
    source.sums.push_back({conv.shape.window[i].kernel, {conv.w.steps[i + 2]}});
  source.sums.push_back({conv.group_inputs(), {conv.w.steps[1]}});
  return source;
}

/// The axes of the result, with the steps of tiles.
void add_axes(IntegerTiles& tiles, const ConvolvedBytes& conv, const ReadImage& read) {
  const auto axis = [&](int64_t extent, int64_t activations, int64_t result) {
    Axis made{extent, std::vector<int64_t>(TileStep::count, 0)};
    made.steps[TileStep::activations] = activations;
    made.steps[TileStep::result] = result;
    return made;
  };
  const int64_t outputs = conv.group_outputs();
  tiles.outer.push_back(axis(conv.shape.batch, read.batch_step, conv.y.steps[0]));
  tiles.outer.push_back(axis(conv.shape.groups, read.group_step, outputs * conv.y.steps[1]));
  tiles.outer.back().steps[TileStep::group] = 1;
  tiles.outer.back().steps[TileStep::channel] = outputs;
  for (size_t i = 0; i < conv.shape.window.size(); ++i) {
    const WindowAxis& along = conv.shape.window[i];
    tiles.outer.push_back(axis(along.output, along.stride * read.steps[i], conv.y.steps[i + 2]));
    tiles.sums.push_back({along.kernel, {along.dilation * read.steps[i]}});
  }
  int64_t rows = 1;
  for (size_t i = tiles.outer.size(); i-- > 0;) {
    tiles.outer[i].steps[TileStep::row] = rows;
    rows *= tiles.outer[i].extent;
  }
  tiles.rows = tiles.outer.back();
  tiles.outer.pop_back();
}

Status convolve_groups(KernelBuilder& builder, const ConvolvedBytes& conv, ProductTerms& terms) {
  const WeightSource source = weights_of(conv);
  const int64_t channels = filled(conv.group_inputs(), kProductsAtOnce);
  int64_t steps = channels / kProductsAtOnce;
  for (const WindowAxis& axis : conv.shape.window) steps *= axis.kernel;
  IntegerTiles tiles;
  tiles.layout = PackedColumns::of(conv.shape.groups, conv.group_outputs(), steps, builder.shape());
  TAMIS_TRY(terms.prepare(source, tiles.layout, conv.shape.outputs, 1));
  const ReadImage read = read_image(builder, conv, channels, terms.padding());
  add_axes(tiles, conv, read);
  tiles.activations = read.buffer;
  tiles.sums.push_back({channels / kProductsAtOnce, {kProductsAtOnce}});
  tiles.last_products = conv.group_inputs();
  tiles.result = conv.y.buffer;
  tiles.column_step = conv.y.steps[1];
  const int64_t rows = conv.shape.groups * conv.y.elements() / conv.shape.outputs;
  terms.add(std::move(tiles), rows);
  return {};
}

/// A convolution of each channel with its own weights, whose vectors go along channels.
class DepthwiseBytes {
 public:
  DepthwiseBytes(KernelBuilder& builder, const ConvolvedBytes& conv, ProductTerms& terms)
      : builder_(&builder), conv_(&conv), terms_(&terms) {}

  Status add() {
    WeightSource source = weights_of(*conv_);
    source.groups.clear();
    TAMIS_TRY(terms_->prepare_parameters(source, {1, channels(), 1, 1}, channels(), 1));
    pack(source);
    read_ = read_image(*builder_, *conv_, 1, terms_->padding());
    for (const Part& part : parts_of(channels(), builder_->shape().lanes, false)) add_part(part);
    return {};
  }

 private:
  [[nodiscard]] int64_t channels() const { return conv_->shape.inputs; }
  [[nodiscard]] const Window& window() const { return conv_->shape.window; }

  /// Weights above their zero points, tap by tap: bytes where these are 0, as products of bytes are faster.
  void pack(const WeightSource& source) {
    Space space{{{channels(), {1, conv_->w.steps[0], 1}}}, {0, 0, 0}};
    int64_t step = channels();
    for (size_t i = window().size(); i-- > 0;) {
      space.axes.push_back({window()[i].kernel, {step, source.sums[i].steps[0], 0}});
      step *= window()[i].kernel;
    }
    packed_ = terms_->weights_are_centred() ? Element::int8 : Element::int32;
    weights_ = builder_->kept(step, packed_, terms_->when());
    builder_->add(store_everywhere(
                      space, weights_,
                      [&](std::span<const loop::Affine> places) {
                        loop::Value weight = shifted_weight(load_of(conv_->w, places[1]));
                        if (packed_ == Element::int8) return weight;
                        return as(weight, Element::int32) - terms_->weight_zero_point(places[2]);
                      },
                      builder_->shape()),
                  terms_->when());
  }

  void add_part(const Part& part) {
    constexpr int64_t kMostSums = 12;
    const WindowAxis& last = window().back();
    const int64_t tall = std::min(last.output, std::max<int64_t>(kMostSums / part.unrolled, 1));
    add_tiles_of(part, 0, last.output / tall, tall);
    if (last.output % tall != 0) add_tiles_of(part, last.output / tall * tall, 1, last.output % tall);
  }

  void add_tiles_of(const Part& part, int64_t first, int64_t tiles, int64_t tall) {
    const size_t rank = window().size();
    loop::Nest nest;
    loop::Affine from;
    loop::Affine to;
    const auto enter = [&](std::vector<loop::Loop>& loops, loop::Loop loop, int64_t from_step,
                           int64_t to_step) {
      from += from_step * loop::Affine::variable(loop.name);
      to += to_step * loop::Affine::variable(loop.name);
      loops.push_back(std::move(loop));
    };
    const Operand& y = conv_->y;
    enter(nest.loops, {"image", conv_->shape.batch}, read_.batch_step, y.steps[0]);
    for (size_t i = 0; i + 1 < rank; ++i)
      enter(nest.loops, {"outer" + std::to_string(i), window()[i].output},
            window()[i].stride * read_.steps[i], y.steps[i + 2]);
    enter(nest.loops, {"block", part.blocks}, 0, 0);
    const int64_t from_column = window().back().stride * read_.steps.back();
    enter(nest.loops, {"tile", tiles}, tall * from_column, tall * y.steps.back());
    from += first * from_column;
    to += first * y.steps.back();
    loop::Stage stage;
    stage.name = builder_->stage_name();
    loop::Affine tap;
    for (size_t i = 0; i < rank; ++i) {
      const auto kind = i + 1 == rank ? loop::LoopKind::unrolled : loop::LoopKind::serial;
      enter(stage.loops, {"tap" + std::to_string(i), window()[i].kernel, true, kind},
            window()[i].dilation * read_.steps[i], 0);
      tap *= window()[i].kernel;
      tap += loop::Affine::variable("tap" + std::to_string(i));
    }
    enter(stage.loops, {"m", tall, false, loop::LoopKind::unrolled}, from_column, y.steps.back());
    stage.loops.push_back({"vector", part.unrolled, false, loop::LoopKind::unrolled});
    stage.loops.push_back({"lane", part.lanes, false, loop::LoopKind::vectorized});
    const loop::Affine channel =
        loop::Affine(part.begin) + part.unrolled * part.lanes * loop::Affine::variable("block") +
        part.lanes * loop::Affine::variable("vector") + loop::Affine::variable("lane");
    stage.output = {y.buffer, {to + y.steps[1] * channel}};
    const loop::Value sum = loop::Value::accumulated(Element::int32);
    const loop::Value x = loop::Value::load({read_.buffer, {from + channel}}, Element::uint8);
    const loop::Value weight = loop::Value::load({weights_, {channels() * tap + channel}}, packed_);
    stage.initial = loop::Value::constant(0, Element::int32);
    stage.update = loop::Value::multiply_add(as(x, Element::int32), as(weight, Element::int32), sum);
    stage.finish = terms_->finish(sum, {0, channel, channel, 0, 0});
    nest.body.emplace_back(std::move(stage));
    share_out(nest, y.elements(), builder_->shape());
    builder_->add(std::move(nest));
  }

  KernelBuilder* builder_;
  const ConvolvedBytes* conv_;
  ProductTerms* terms_;
  ReadImage read_;
  std::string weights_;
  Element packed_ = Element::int8;
};

Status convolve_bytes(const Call& call, KernelBuilder& builder) {
  const ProductInputs& inputs = call.node().type == "ConvInteger" ? kConvInteger : kQLinearConv;
  ProductTerms terms(call, builder, inputs);
  ConvolvedBytes conv;
  TAMIS_ASSIGN(conv.shape, convolution_of(call, inputs.a, inputs.b));
  TAMIS_ASSIGN(conv.x, builder.input(call, inputs.a));
  TAMIS_ASSIGN(conv.w, builder.input(call, inputs.b, terms.when()));
  TAMIS_ASSIGN(conv.y, builder.output(call, 0));
  if (conv.y.elements() == 0) return {};
  if (conv.w.elements() == 0) return without_generator(call, call.node().type + " of empty sums");
  if (conv.is_depthwise()) return DepthwiseBytes(builder, conv, terms).add();
  return convolve_groups(builder, conv, terms);
}

constexpr std::array kIntegerConvolutionGenerators{
    Generator{"ConvInteger", nullptr, convolve_bytes},
    Generator{"QLinearConv", nullptr, convolve_bytes},
};

}  // namespace

std::span<const Generator> integer_convolution_generators() { return kIntegerConvolutionGenerators; }

}  // namespace tamis::network
