#pragma once

#include "network/kernels/integer_tiles.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tamis::network {

/// The number of an input that an operator does not have.
inline constexpr size_t kNoInput = SIZE_MAX;

/// Which inputs of a node hold what a product of quantised factors is made of.
struct ProductInputs {
  size_t a = 0, a_scale = kNoInput, a_zero = kNoInput;
  size_t b = 1, b_scale = kNoInput, b_zero = kNoInput;
  size_t y_scale = kNoInput, y_zero = kNoInput;
  size_t bias = kNoInput;
  bool multiplies_alpha = false;  ///< the attribute `alpha` is a factor of the scale
};

/// A scale, zero point or bias: a number for all, or one for each place along an axis.
class Parameter {
 public:
  /// For the program that runs at that time. 0 where the operator or the node does not have the input.
  static Result<Parameter> of(const Call& call, KernelBuilder& builder, size_t input, When when);

  [[nodiscard]] loop::Value at(const loop::Affine& place) const;
  [[nodiscard]] bool is_given() const { return given_; }
  /// Whether it is one number.
  [[nodiscard]] bool is_single() const { return elements_ == 1; }
  [[nodiscard]] int64_t elements() const { return elements_; }
  /// The number, where it is single and known.
  [[nodiscard]] std::optional<double> number() const { return number_; }

 private:
  bool given_ = false;
  int64_t elements_ = 1;
  std::optional<double> number_;
  Operand operand_;
};

/// What is known of both factors, and what they become: the sums of products of bytes as an operator wants
/// them. Weights that are known, and all that follows from them and other known inputs, are computed once.
class ProductTerms {
 public:
  ProductTerms(const Call& call, KernelBuilder& builder, ProductInputs inputs)
      : call_(&call), builder_(&builder), inputs_(inputs) {}

  /// When weights are packed. The source's operand must be one of the program of that time.
  [[nodiscard]] When when() const;
  /// Packs the weights of `channels` columns in all, and reads scales and zero points. Errors: unsupported
  /// where these are of another size than one or the channels (those of activations: `lines`).
  Status prepare(const WeightSource& source, const PackedColumns& layout, int64_t channels, int64_t lines);
  /// The same without packing: for weights that are no tiles.
  Status prepare_parameters(const WeightSource& source, const PackedColumns& layout, int64_t channels,
                            int64_t lines);
  /// Adds the products, whose layout is that of the weights; `rows` is the number of rows of activations of
  /// all groups.
  void add(IntegerTiles tiles, int64_t rows);

  /// The zero point of the activations as they are read, of uint8: padding is filled with it.
  [[nodiscard]] loop::Value padding() const;
  /// Whether all shifted zero points of the weights are known to be 0.
  [[nodiscard]] bool weights_are_centred() const { return centred_; }

  /// What a sum of products of shifted bytes becomes.
  [[nodiscard]] loop::Value finish(const loop::Value& sum, const TilePlace& at) const;
  /// The shifted zero point of the weights of a channel, of int32, in the program that packs them.
  [[nodiscard]] loop::Value weight_zero_point(const loop::Affine& channel) const;

 private:
  [[nodiscard]] bool known(size_t input) const;
  [[nodiscard]] loop::Value activation_zero_point(const loop::Affine& line) const;
  [[nodiscard]] loop::Value with_offsets(loop::Value sum, const TilePlace& at) const;
  [[nodiscard]] loop::Value scale(const TilePlace& at) const;
  Result<Parameter> parameter(size_t input, int64_t most, When when = When::each_call);
  Status read_parameters(int64_t channels, int64_t lines);
  Status prepare_scales(int64_t channels);
  Status prepare_columns(const WeightSource& source, const PackedColumns& layout);
  void add_row_sums(const IntegerTiles& tiles, int64_t rows);

  const Call* call_;
  KernelBuilder* builder_;
  ProductInputs inputs_;
  loop::Element a_ = loop::Element::uint8;
  loop::Element b_ = loop::Element::int8;
  loop::Element y_ = loop::Element::int32;
  Parameter a_scale_, a_zero_, b_scale_, b_zero_, b_zero_packed_, y_scale_, y_zero_, bias_;
  std::vector<int64_t> bias_steps_;  ///< along lines and channels
  double alpha_ = 1;
  bool centred_ = false;
  int64_t columns_ = 1;
  std::string weights_, terms_, scales_, row_sums_;
  bool terms_are_offsets_ = false;  ///< the terms hold all that a sum begins with
  std::optional<double> scale_number_;
};

}  // namespace tamis::network
