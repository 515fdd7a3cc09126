#include "base/half.h"
#include "tamis/data.h"
#include "tamis/workload.h"
#include "workload/activation.h"
#include "workload/tolerance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace tamis {
namespace {

/// How the elements of a type are multiplied, summed up and finished.
template <class Element>
struct Arithmetic;

template <>
struct Arithmetic<int8_t> {
  using Wide = int16_t;
  using Sum = uint32_t;  // unsigned, because int32 accumulation wraps around
  using Bias = int32_t;
  static Sum multiply(Wide a, Wide b) { return static_cast<Sum>(static_cast<int32_t>(a) * b); }
  static int8_t finish(const Epilogue& epilogue, Sum sum, Bias bias, int8_t /*residual*/) {
    const int32_t shifted = static_cast<int32_t>(sum) >> epilogue.shift;
    const auto biased = static_cast<int32_t>(static_cast<uint32_t>(shifted) + static_cast<uint32_t>(bias));
    return static_cast<int8_t>(
        std::clamp(biased, static_cast<int32_t>(epilogue.clip_min), static_cast<int32_t>(epilogue.clip_max)));
  }
};

template <>
struct Arithmetic<float> {
  using Wide = float;
  using Sum = double;
  using Bias = float;
  static Sum multiply(Wide a, Wide b) { return static_cast<Sum>(a) * static_cast<Sum>(b); }
  static float finish(const Epilogue& epilogue, Sum sum, Bias bias, float residual) {
    const double value = sum + static_cast<double>(bias) + static_cast<double>(residual);
    return static_cast<float>(
        std::clamp(activate(epilogue.activation, value), epilogue.clip_min, epilogue.clip_max));
  }
};

/// Rows whose sums are computed together, so that a weight is fetched once for all of them.
constexpr size_t kRows = 4;

/// sums[r][o] += sum over i of values[r][i] * weights[i][o], for o below `columns`: small blocks of r and i,
/// so that the compiler vectorises over o and keeps the values in registers.
template <class Element>
struct Accumulator {
  using Kind = Arithmetic<Element>;
  using Wide = typename Kind::Wide;
  using Sum = typename Kind::Sum;

  explicit Accumulator(int64_t width) : columns(width), sums(kRows * static_cast<size_t>(width)) {}

  void clear() { std::fill(sums.begin(), sums.end(), Sum{}); }
  const Sum* row(size_t r) const { return sums.data() + r * static_cast<size_t>(columns); }

  void add(std::span<const Wide* const> values, int64_t terms, const Wide* weights) {
    int64_t i = 0;
    for (; i + 4 <= terms; i += 4) add_terms<4>(values, i, weights + i * columns);
    for (; i < terms; ++i) add_terms<1>(values, i, weights + i * columns);
  }

  int64_t columns;
  std::vector<Sum> sums;

 private:
  template <int kTerms>
  void add_terms(std::span<const Wide* const> values, int64_t first, const Wide* __restrict weights) {
    for (size_t r = 0; r < values.size(); ++r) {
      Sum* __restrict row_sums = sums.data() + r * static_cast<size_t>(columns);
      std::array<Wide, kTerms> value;
      for (int t = 0; t < kTerms; ++t) value[t] = values[r][first + t];
      for (int64_t o = 0; o < columns; ++o) {
        Sum sum = row_sums[o];
        for (int t = 0; t < kTerms; ++t) sum += Kind::multiply(value[t], weights[t * columns + o]);
        row_sums[o] = sum;
      }
    }
  }
};

/// Takes sums through the epilogue and keeps what the tolerance is made of.
template <class Element>
class Finisher {
 public:
  using Kind = Arithmetic<Element>;

  Finisher(const Workload& workload, const Tensor& bias, const Tensor& residual)
      : workload_(workload),
        bias_(bias.values<typename Kind::Bias>()),
        residual_(workload.epilogue.residual ? &residual.values<Element>() : nullptr),
        output_(static_cast<size_t>(tensor_sizes(workload).output)) {}

  void put(int64_t element, int64_t channel, typename Kind::Sum sum, bool has_terms) {
    const auto bias = workload_.epilogue.bias ? bias_[static_cast<size_t>(channel)] : typename Kind::Bias{};
    const Element residual = residual_ == nullptr ? Element{} : (*residual_)[static_cast<size_t>(element)];
    output_[static_cast<size_t>(element)] = Kind::finish(workload_.epilogue, sum, bias, residual);
    if constexpr (std::is_same_v<Element, float>) {
      squares_ += sum * sum;
      sums_ += has_terms ? 1 : 0;
    }
  }

  Reference finish() {
    const double scale = kRelativeTolerance * steepest_slope(workload_.epilogue.activation);
    return {Tensor(std::move(output_)), sums_ == 0 ? 0.0 : scale * std::sqrt(squares_ / sums_), 0.0};
  }

 private:
  const Workload& workload_;
  const std::vector<typename Kind::Bias>& bias_;
  const std::vector<Element>* residual_;  // nullptr where there is none
  std::vector<Element> output_;
  double squares_ = 0;
  double sums_ = 0;
};

/// An element as products take it; one of int8 is a number, not a character.
template <class Element>
typename Arithmetic<Element>::Wide as_wide(Element element) {
  return element;
}

/// An operand of a product: row-major, or its transpose is.
template <class Element>
struct Matrix {
  const Element* values;
  int64_t rows, columns;
  bool transposed;
};

/// Some neighbouring columns of a matrix, row-major and widened.
template <class Element>
void copy_columns(const Matrix<Element>& matrix, int64_t first, int64_t count,
                  std::vector<typename Arithmetic<Element>::Wide>& out) {
  out.resize(static_cast<size_t>(matrix.rows * count));
  if (!matrix.transposed) {
    for (int64_t r = 0; r < matrix.rows; ++r)
      std::copy_n(matrix.values + r * matrix.columns + first, count, out.begin() + r * count);
    return;
  }
  constexpr int64_t kBlock =
      16;  // rows of the transpose read together, so that what is written lies together
  for (int64_t begin = 0; begin < count; begin += kBlock)
    for (int64_t r = 0; r < matrix.rows; ++r)
      for (int64_t c = begin; c < std::min(begin + kBlock, count); ++c)
        out[static_cast<size_t>(r * count + c)] =
            as_wide<Element>(matrix.values[(first + c) * matrix.rows + r]);
}

/// `shape.batch` products of matrices, in panels of columns: the second operand may be far larger than the
/// caches, and is read once.
template <class Element>
class Product {
 public:
  Product(const Workload& workload, const MatmulShape& shape, const Tensor& bias, const Tensor& residual)
      : shape_(shape), finisher_(workload, bias, residual) {}

  Reference run(const Tensor& first, const Tensor& second) {
    constexpr int64_t kPanel = 64;
    for (int64_t batch = 0; batch < shape_.batch; ++batch) {
      const Matrix<Element> a{first.values<Element>().data() + batch * shape_.m * shape_.k, shape_.m,
                              shape_.k, shape_.transpose_a};
      const Matrix<Element> b{second.values<Element>().data() + batch * shape_.k * shape_.n, shape_.k,
                              shape_.n, shape_.transpose_b};
      copy_columns(a, 0, shape_.k, a_);
      for (int64_t n = 0; n < shape_.n; n += kPanel) {
        const int64_t columns = std::min(kPanel, shape_.n - n);
        copy_columns(b, n, columns, panel_);
        multiply_panel(batch, n, columns);
      }
    }
    return finisher_.finish();
  }

 private:
  using Wide = typename Arithmetic<Element>::Wide;

  void multiply_panel(int64_t batch, int64_t first, int64_t columns) {
    Accumulator<Element> accumulator(columns);
    for (int64_t m = 0; m < shape_.m; m += kRows) {
      std::array<const Wide*, kRows> rows;
      const auto count = static_cast<size_t>(std::min<int64_t>(kRows, shape_.m - m));
      for (size_t r = 0; r < count; ++r) rows[r] = a_.data() + (m + static_cast<int64_t>(r)) * shape_.k;
      accumulator.clear();
      accumulator.add(std::span(rows).first(count), shape_.k, panel_.data());
      for (size_t r = 0; r < count; ++r) {
        const int64_t row = batch * shape_.m + m + static_cast<int64_t>(r);
        for (int64_t n = 0; n < columns; ++n)
          finisher_.put(row * shape_.n + first + n, first + n, accumulator.row(r)[n], true);
      }
    }
  }

  MatmulShape shape_;
  Finisher<Element> finisher_;
  std::vector<Wide> a_, panel_;
};

constexpr int64_t kOutside = -1;

/// Some rows (columns) of the kernel, from the first to before the end.
struct Taps {
  int64_t first, end;
};

/// How output positions, rows of the kernel and input rows meet along one axis.
struct Axis {
  bool transposed;
  int64_t input, output, kernel, stride, pad, dilation;

  /// The input row that an output position meets through row k of the kernel, or kOutside.
  int64_t met(int64_t position, int64_t k) const {
    if (position >= output) return kOutside;
    int64_t row = position * stride - pad + k * dilation;
    if (transposed) {
      const int64_t scaled = position + pad - k;
      if (scaled % stride != 0) return kOutside;
      row = scaled / stride;
    }
    return row >= 0 && row < input ? row : kOutside;
  }

  /// The rows of the kernel through which the position may meet an input row: a kernel may be far larger than
  /// the input, and most of it then meets padding.
  Taps taps(int64_t position) const {
    if (transposed) {
      const int64_t last = position + pad;
      return {std::max<int64_t>(0, last - (input - 1) * stride), std::min(kernel, last + 1)};
    }
    const int64_t before =
        pad - position * stride;  // rows of padding that the first tap is away from the input
    const int64_t first = before <= 0 ? 0 : (before + dilation - 1) / dilation;
    const int64_t reach = before + input - 1;
    return {first, reach < 0 ? 0 : std::min(kernel, reach / dilation + 1)};
  }
};

/// Any layout to NHWC, widened: the channels of a pixel lie together.
template <class Element>
auto channels_last(const Workload& workload, const std::vector<Element>& input) {
  const ConvShape& shape = workload.shape;
  const int64_t pixels = shape.d * shape.h * shape.w;
  std::vector<typename Arithmetic<Element>::Wide> out(input.size());
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t c = 0; c < shape.ci; ++c) {
      const ChannelPlace place = channel_place(workload.layout, shape.ci, pixels, n, c);
      for (int64_t p = 0; p < pixels; ++p)
        out[static_cast<size_t>((n * pixels + p) * shape.ci + c)] =
            as_wide<Element>(input[static_cast<size_t>(place.first + p * place.step)]);
    }
  return out;
}

/// OIHW (OIDHW) to (group, kernel_d, kernel_h, kernel_w, input channel of the group, output channel of the
/// group), widened: the weights that one input value is multiplied with lie together.
template <class Element>
auto outputs_last(const ConvShape& shape, const std::vector<Element>& weights) {
  std::vector<typename Arithmetic<Element>::Wide> out(weights.size());
  const int64_t ci = shape.ci / shape.groups, co = shape.co / shape.groups,
                area = shape.kernel_d * shape.kernel_h * shape.kernel_w;
  for (int64_t o = 0; o < shape.co; ++o)
    for (int64_t i = 0; i < ci; ++i)
      for (int64_t k = 0; k < area; ++k)
        out[static_cast<size_t>((((o / co) * area + k) * ci + i) * co + o % co)] =
            as_wide<Element>(weights[static_cast<size_t>((o * ci + i) * area + k)]);
  return out;
}

template <class Element>
class Convolution {
 public:
  Convolution(const Workload& workload, const Tensor& input, const Tensor& weights, const Tensor& bias,
              const Tensor& residual)
      : workload_(workload),
        depth_(output_depth(workload)),
        height_(output_height(workload)),
        width_(output_width(workload)),
        input_(channels_last(workload, input.values<Element>())),
        weights_(outputs_last(shape_, weights.values<Element>())),
        zeros_(static_cast<size_t>(shape_.ci)),
        planes_{false, shape_.d, depth_, shape_.kernel_d, shape_.stride_d, shape_.pad_d, shape_.dilation_d},
        rows_{transposed(),    shape_.h,     height_,          shape_.kernel_h,
              shape_.stride_h, shape_.pad_h, shape_.dilation_h},
        columns_{transposed(),    shape_.w,     width_,           shape_.kernel_w,
                 shape_.stride_w, shape_.pad_w, shape_.dilation_w},
        accumulator_(shape_.co / shape_.groups),
        finisher_(workload, bias, residual) {}

  Reference run() {
    for (int64_t n = 0; n < shape_.n; ++n)
      for (int64_t group = 0; group < shape_.groups; ++group)
        for (int64_t z = 0; z < depth_; ++z)
          for (int64_t y = 0; y < height_; ++y)
            for (int64_t x = 0; x < width_; x += kRows) {
              accumulate(n, group, z, y, x);
              finish(n, group, z * height_ + y, x);
            }
    return finisher_.finish();
  }

 private:
  using Wide = typename Arithmetic<Element>::Wide;

  bool transposed() const { return workload_.op == Operator::conv2d_transpose; }

  /// The columns of the kernel that any of the output positions from x on needs.
  Taps column_taps(int64_t x) const {
    Taps all = columns_.taps(x);
    for (int64_t r = 1; r < std::min<int64_t>(kRows, width_ - x); ++r) {
      const Taps taps = columns_.taps(x + r);
      all = {std::min(all.first, taps.first), std::max(all.end, taps.end)};
    }
    return all;
  }

  /// The sums of all output channels of one group at the output positions from x on.
  void accumulate(int64_t n, int64_t group, int64_t z, int64_t y, int64_t x) {
    accumulator_.clear();
    has_terms_.fill(false);
    const Taps taps = planes_.taps(z);
    for (int64_t kz = taps.first; kz < taps.end; ++kz)
      if (const int64_t plane = planes_.met(z, kz); plane != kOutside)
        accumulate_plane(n * shape_.d + plane, group * shape_.kernel_d + kz, group, y, x);
  }

  /// What one plane of one image adds through one plane of the kernel of one group, both counted through.
  void accumulate_plane(int64_t plane, int64_t kernel_plane, int64_t group, int64_t y, int64_t x) {
    const int64_t ci = shape_.ci / shape_.groups, co = shape_.co / shape_.groups;
    const Taps row_taps = rows_.taps(y), taps = column_taps(x);
    for (int64_t ky = row_taps.first; ky < row_taps.end; ++ky) {
      const int64_t row = rows_.met(y, ky);
      if (row == kOutside) continue;
      for (int64_t kx = taps.first; kx < taps.end; ++kx) {
        std::array<const Wide*, kRows> values;
        for (size_t r = 0; r < kRows; ++r) {
          const int64_t column = columns_.met(x + static_cast<int64_t>(r), kx);
          const bool inside = column != kOutside;
          const int64_t pixel = (plane * shape_.h + row) * shape_.w + column;
          values[r] = inside ? input_.data() + pixel * shape_.ci + group * ci : zeros_.data();
          has_terms_[r] |= inside;
        }
        const int64_t place = (kernel_plane * shape_.kernel_h + ky) * shape_.kernel_w + kx;
        accumulator_.add(values, ci, weights_.data() + place * ci * co);
      }
    }
  }

  /// Row y of all planes, counted through.
  void finish(int64_t n, int64_t group, int64_t y, int64_t x) {
    const int64_t co = shape_.co / shape_.groups, pixels = depth_ * height_ * width_;
    for (int64_t o = 0; o < co; ++o) {
      const int64_t channel = group * co + o;
      const ChannelPlace place = channel_place(workload_.layout, shape_.co, pixels, n, channel);
      for (int64_t r = 0; r < std::min<int64_t>(kRows, width_ - x); ++r)
        finisher_.put(place.first + (y * width_ + x + r) * place.step, channel,
                      accumulator_.row(static_cast<size_t>(r))[o], has_terms_[static_cast<size_t>(r)]);
    }
  }

  const Workload& workload_;
  const ConvShape& shape_ = workload_.shape;
  int64_t depth_, height_, width_;
  std::vector<Wide> input_, weights_;
  std::vector<Wide> zeros_;  // the pixel that padding has
  Axis planes_, rows_, columns_;
  Accumulator<Element> accumulator_;
  Finisher<Element> finisher_;
  std::array<bool, kRows> has_terms_{};
};

template <class Element>
Reference compute(const Workload& workload, const Tensor& input, const Tensor& weights, const Tensor& bias,
                  const Tensor& residual) {
  const ConvShape& shape = workload.shape;
  if (workload.op == Operator::matmul)
    return Product<Element>(workload, workload.matmul, bias, residual).run(input, weights);
  // A dense layer is the product with the transposed weights: so the rows of a batch are computed together.
  if (workload.op == Operator::dense)
    return Product<Element>(workload, {1, shape.n, shape.co, shape.ci, false, true}, bias, residual)
        .run(input, weights);
  return Convolution<Element>(workload, input, weights, bias, residual).run();
}

/// The same with the elements of 16 bits widened, and the output's rounded to them.
Reference compute_halves(const Workload& workload, const Tensor& input, const Tensor& weights,
                         const Tensor& bias, const Tensor& residual) {
  const DataType type = workload.type;
  const bool added = workload.epilogue.residual;
  Workload wide = workload;
  wide.type = DataType::float32;
  Reference reference = compute<float>(wide, widened(type, input), widened(type, weights), bias,
                                       added ? widened(type, residual) : Tensor());
  reference.output = narrowed(type, reference.output.values<float>());
  reference.relative_tolerance = type == DataType::float16 ? 0x1p-10 : 0x1p-7;
  return reference;
}

}  // namespace

Tensor widened(DataType type, const Tensor& halves) {
  const std::vector<uint16_t>& bits = halves.values<uint16_t>();
  std::vector<float> values(bits.size());
  std::transform(bits.begin(), bits.end(), values.begin(),
                 type == DataType::float16 ? float16_value : bfloat16_value);
  return values;
}

Tensor narrowed(DataType type, const std::vector<float>& values) {
  std::vector<uint16_t> bits(values.size());
  std::transform(values.begin(), values.end(), bits.begin(),
                 type == DataType::float16 ? float16_bits : bfloat16_bits);
  return bits;
}

Reference reference_result(const Workload& workload, const Tensor& input, const Tensor& weights,
                           const Tensor& bias, const Tensor& residual, const InnerOperands& inner) {
  if (workload.op == Operator::separable_conv2d) {
    const SeparableParts parts = separable_parts(workload);
    const Reference first = reference_result(parts.depthwise, input, inner.weights, inner.bias);
    Reference second = reference_result(parts.pointwise, first.output, weights, bias, residual);
    second.tolerance *= steepest_slope(workload.inner->activation);
    return second;
  }
  if (is_half(workload.type)) return compute_halves(workload, input, weights, bias, residual);
  return workload.type == DataType::int8 ? compute<int8_t>(workload, input, weights, bias, residual)
                                         : compute<float>(workload, input, weights, bias, residual);
}

}  // namespace tamis
