#include "network/kernels/integer_terms.h"

#include "network/kernels/generators.h"
#include "network/kernels/quantised_values.h"
#include "network/operators/numbers.h"
#include "network/operators/wide.h"

#include <algorithm>
#include <utility>

namespace tamis::network {
namespace {

using loop::Element;

loop::Value integer_constant(double number) { return loop::Value::constant(number, Element::int32); }

bool has(const Call& call, size_t input) {
  return input != kNoInput && call.optional_input(input) != nullptr;
}

}  // namespace

Result<Parameter> Parameter::of(const Call& call, KernelBuilder& builder, size_t input, When when) {
  Parameter made;
  made.number_ = 0;
  if (!has(call, input)) return made;
  made.given_ = true;
  TAMIS_ASSIGN(const Shape shape, call.shape(input));
  made.elements_ = element_count(shape).value_or(0);
  made.number_.reset();
  if (made.elements_ == 1 && is_known(call, input)) {
    made.number_ = to_doubles(*call.optional_input(input)->value)[0];
    return made;
  }
  TAMIS_ASSIGN(made.operand_, builder.input(call, input, when));
  return made;
}

loop::Value Parameter::at(const loop::Affine& place) const {
  if (number_) return loop::Value::constant(*number_);
  return load_of(operand_, elements_ == 1 ? loop::Affine(0) : place);
}

bool ProductTerms::known(size_t input) const { return !has(*call_, input) || is_known(*call_, input); }

When ProductTerms::when() const {
  return known(inputs_.b) && known(inputs_.b_zero) ? When::once : When::each_call;
}

Result<Parameter> ProductTerms::parameter(size_t input, int64_t most, When when) {
  TAMIS_ASSIGN(Parameter made, Parameter::of(*call_, *builder_, input, when));
  if (made.is_single() || made.elements() == most) return made;
  return without_generator(*call_, call_->node().type + " with input \"" + call_->node().inputs[input] +
                                       "\" of shape " + to_string(*call_->shape(input)));
}

Status ProductTerms::read_parameters(int64_t channels, int64_t lines) {
  TAMIS_ASSIGN(a_scale_, parameter(inputs_.a_scale, lines));
  TAMIS_ASSIGN(a_zero_, parameter(inputs_.a_zero, lines));
  TAMIS_ASSIGN(b_zero_packed_, parameter(inputs_.b_zero, channels, when()));
  TAMIS_ASSIGN(y_scale_, parameter(inputs_.y_scale, 1));
  TAMIS_ASSIGN(y_zero_, parameter(inputs_.y_zero, 1));
  if (inputs_.multiplies_alpha) {
    TAMIS_ASSIGN(alpha_, call_->number("alpha", 1));
  }
  const double zero = b_ == Element::uint8 ? kByteShift : 0;
  centred_ = b_zero_packed_.number() == zero;
  if (!b_zero_packed_.is_single() && known(inputs_.b_zero)) {
    const std::vector<double> all = to_doubles(*call_->optional_input(inputs_.b_zero)->value);
    centred_ = std::all_of(all.begin(), all.end(), [&](double each) { return each == zero; });
  }
  if (!centred_) {
    TAMIS_ASSIGN(b_zero_, parameter(inputs_.b_zero, channels));
  }
  if (!has(*call_, inputs_.bias)) return {};
  TAMIS_ASSIGN(const Shape bias, call_->shape(inputs_.bias));
  bias_steps_ = {0, 0};
  if (bias.size() == 2 && bias[0] > 1) bias_steps_[0] = bias[1];
  if (!bias.empty() && bias.back() > 1) bias_steps_[1] = 1;
  return {};
}

Status ProductTerms::prepare_scales(int64_t channels) {
  if (inputs_.b_scale == kNoInput) return {};
  const bool rest_is_known = a_scale_.number() && (y_scale_.number() || !y_scale_.is_given());
  const bool once = rest_is_known && known(inputs_.b_scale);
  const When when = once ? When::once : When::each_call;
  TAMIS_ASSIGN(b_scale_, parameter(inputs_.b_scale, channels, when));
  if (!once) return {};
  if (b_scale_.number()) {
    // Each step in float32, as the operators have it.
    const float both = static_cast<float>(alpha_) * static_cast<float>(*a_scale_.number()) *
                       static_cast<float>(*b_scale_.number());
    scale_number_ = y_scale_.is_given() ? both / static_cast<float>(*y_scale_.number()) : both;
    return {};
  }
  const std::string kept = builder_->kept(channels, Element::float32, when);
  Space space{{{channels, {1}}}, {0}};
  builder_->add(store_everywhere(
                    space, kept,
                    [&](std::span<const loop::Affine> places) {
                      TilePlace at;
                      at.channel = places[0];
                      return scale(at);
                    },
                    builder_->shape()),
                when);
  scales_ = kept;
  return {};
}

Status ProductTerms::prepare_columns(const WeightSource& source, const PackedColumns& layout) {
  columns_ = layout.columns;
  const bool summed = y_ != Element::float32 || inputs_.multiplies_alpha;
  const bool bias_is_once =
      !has(*call_, inputs_.bias) || (known(inputs_.bias) && bias_steps_[0] == 0 && summed);
  const bool folds = when() == When::once && a_zero_.number() && bias_is_once;
  const bool biased = has(*call_, inputs_.bias) && summed;
  const double zero = a_ == Element::int8 ? -kByteShift : 0;
  const bool without_zero_point = a_zero_.number() == zero;
  if (has(*call_, inputs_.bias)) {
    TAMIS_ASSIGN(bias_, Parameter::of(*call_, *builder_, inputs_.bias,
                                      folds && biased && !without_zero_point ? When::once : When::each_call));
  }
  if (without_zero_point) return {};
  terms_are_offsets_ = folds;
  // What has a number for each column of one group is the same for all groups.
  const auto place = [&](const Parameter& of, const ColumnTerms::Place& at) {
    return of.elements() == columns_ ? at.second : columns_ * at.first + at.second;
  };
  ColumnTerms columns;
  columns.zero_point = [&](const ColumnTerms::Place& at) {
    return weight_zero_point(place(b_zero_packed_, at));
  };
  columns.finish = [&](const loop::Value& term, const ColumnTerms::Place& at) {
    if (!folds) return term;
    loop::Value offset = term * activation_zero_point(0);
    if (!biased) return offset;
    return offset + as(bias_.at(bias_steps_[1] * place(bias_, at)), Element::int32);
  };
  const std::string kept = builder_->kept(layout.groups * layout.columns, Element::int32, when());
  add_column_terms(*builder_, when(), source, layout, columns, kept);
  terms_ = kept;
  return {};
}

Status ProductTerms::prepare_parameters(const WeightSource& source, const PackedColumns& layout,
                                        int64_t channels, int64_t lines) {
  const auto element = [&](const std::string& value) -> Result<Element> {
    TAMIS_ASSIGN(const Fact* fact, builder_->fact(value));
    return element_of(*call_, fact->type);
  };
  const Node& node = call_->node();
  TAMIS_ASSIGN(a_, element(node.inputs[inputs_.a]));
  TAMIS_ASSIGN(b_, element(node.inputs[inputs_.b]));
  TAMIS_ASSIGN(y_, element(node.outputs[0]));
  TAMIS_TRY(read_parameters(channels, lines));
  TAMIS_TRY(prepare_scales(channels));
  return prepare_columns(source, layout);
}

Status ProductTerms::prepare(const WeightSource& source, const PackedColumns& layout, int64_t channels,
                             int64_t lines) {
  weights_ = builder_->kept(layout.bytes(), Element::int8, when());
  add_packing(*builder_, when(), source, layout, weights_);
  return prepare_parameters(source, layout, channels, lines);
}

loop::Value ProductTerms::weight_zero_point(const loop::Affine& channel) const {
  const double shift = b_ == Element::uint8 ? kByteShift : 0;
  return as(b_zero_packed_.at(channel), Element::int32) - integer_constant(shift);
}

loop::Value ProductTerms::activation_zero_point(const loop::Affine& line) const {
  const double shift = a_ == Element::int8 ? kByteShift : 0;
  return as(a_zero_.at(line), Element::int32) + integer_constant(shift);
}

loop::Value ProductTerms::padding() const { return as(activation_zero_point(0), Element::uint8); }

loop::Value ProductTerms::scale(const TilePlace& at) const {
  if (scale_number_) return loop::Value::constant(*scale_number_);
  if (!scales_.empty()) return loop::Value::load({scales_, {at.channel}}, Element::float32);
  loop::Value both = a_scale_.at(at.line);
  if (alpha_ != 1) both = both * loop::Value::constant(alpha_);
  both = both * b_scale_.at(at.channel);
  return y_scale_.is_given() ? both / y_scale_.at(0) : both;
}

loop::Value ProductTerms::with_offsets(loop::Value sum, const TilePlace& at) const {
  if (!terms_.empty()) {
    const loop::Value term = loop::Value::load({terms_, {columns_ * at.group + at.column}}, Element::int32);
    if (terms_are_offsets_) return sum + term;
    sum = loop::Value::multiply_add(term, activation_zero_point(at.line), sum);
  }
  const bool summed = y_ != Element::float32 || inputs_.multiplies_alpha;
  if (!bias_.is_given() || !summed) return sum;
  return sum + as(bias_.at(bias_steps_[0] * at.line + bias_steps_[1] * at.channel), Element::int32);
}

loop::Value ProductTerms::finish(const loop::Value& products, const TilePlace& at) const {
  loop::Value sum = with_offsets(products, at);
  if (!row_sums_.empty()) {
    const double shift = b_ == Element::uint8 ? kByteShift : 0;
    const loop::Value zero_point = as(b_zero_.at(at.channel), Element::int32) - integer_constant(shift);
    sum = sum - zero_point * loop::Value::load({row_sums_, {at.row}}, Element::int32);
  }
  if (y_ == Element::int32) return sum;
  const loop::Value fraction = as(sum, Element::float32) * scale(at);
  if (y_ != Element::float32) return saturated(fraction, as(y_zero_.at(0), Element::float32), y_);
  const bool adds_bias = bias_.is_given() && !inputs_.multiplies_alpha;
  return adds_bias ? fraction + bias_.at(bias_steps_[1] * at.channel) : fraction;
}

void ProductTerms::add_row_sums(const IntegerTiles& tiles, int64_t rows) {
  IntegerTiles sums = tiles;
  WeightSource ones{nullptr, {}, 0, {}};
  int64_t steps = 1;
  for (const Axis& sum : tiles.sums) steps *= sum.extent;
  for (const Axis& sum : tiles.sums) ones.sums.push_back({sum.extent, {0}});
  ones.sums.back().extent = tiles.last_products;
  sums.layout = PackedColumns::of(1, 1, steps, builder_->shape());
  sums.weights = builder_->kept(sums.layout.bytes(), Element::int8, when());
  add_packing(*builder_, when(), ones, sums.layout, sums.weights);
  row_sums_ = builder_->kept(rows, Element::int32, When::each_call);
  sums.result = row_sums_;
  for (Axis& axis : sums.outer) {
    axis.steps[TileStep::result] = axis.steps[TileStep::row];
    axis.steps[TileStep::group] = 0;
  }
  sums.rows.steps[TileStep::result] = sums.rows.steps[TileStep::row];
  sums.column_step = 1;
  sums.finish = [](const loop::Value& sum, const TilePlace&) { return sum; };
  add_tiles(*builder_, sums);
}

void ProductTerms::add(IntegerTiles tiles, int64_t rows) {
  if (!centred_) add_row_sums(tiles, rows);
  tiles.weights = weights_;
  tiles.finish = [this](const loop::Value& sum, const TilePlace& at) { return finish(sum, at); };
  add_tiles(*builder_, tiles);
}

}  // namespace tamis::network
