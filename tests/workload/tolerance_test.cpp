// The tolerance of float32 results: what a correct program may do stays below it, what a wrong one does
// shows.

#include "tamis/data.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <Eigen/Core>
#include <gtest/gtest.h>

namespace tamis {
namespace {

constexpr WorkloadDefaults kFloatDefaults{DataType::float32};

/// Winograd's F(4x4, 3x3) with the matrices of Lavin and Gray (2015), in float32 throughout: stride 1,
/// padding 1, no groups, output rows and columns in multiples of 4.
class Winograd {
 public:
  Winograd(const ConvShape& shape, const WorkloadData& data)
      : shape_(shape), input_(data.input.values<float>()), weights_(data.weights.values<float>()) {
    input_transform_ << 4, 0, -5, 0, 1, 0, 0, -4, -4, 1, 1, 0, 0, 4, -4, -1, 1, 0, 0, -2, -1, 2, 1, 0, 0, 2,
        -1, -2, 1, 0, 0, 4, 0, -5, 0, 1;
    weight_transform_ << 1.0F / 4, 0, 0, -1.0F / 6, -1.0F / 6, -1.0F / 6, -1.0F / 6, 1.0F / 6, -1.0F / 6,
        1.0F / 24, 1.0F / 12, 1.0F / 6, 1.0F / 24, -1.0F / 12, 1.0F / 6, 0, 0, 1;
    output_transform_ << 1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, 0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1;
  }

  /// The sums of the 4 x 4 outputs from (y, x) on of an output channel.
  Eigen::Matrix4f tile(int64_t channel, int64_t y, int64_t x) const {
    Eigen::Matrix<float, 6, 6> sums = Eigen::Matrix<float, 6, 6>::Zero();
    for (int64_t c = 0; c < shape_.ci; ++c) {
      const Eigen::Matrix<float, 6, 6> transformed =
          input_transform_ * patch(c, y - 1, x - 1) * input_transform_.transpose();
      const Eigen::Map<const Eigen::Matrix<float, 3, 3, Eigen::RowMajor>> kernel(
          weights_.data() + (channel * shape_.ci + c) * 9);
      const Eigen::Matrix<float, 6, 6> weights = weight_transform_ * kernel * weight_transform_.transpose();
      sums += transformed.cwiseProduct(weights);
    }
    return output_transform_ * sums * output_transform_.transpose();
  }

 private:
  Eigen::Matrix<float, 6, 6> patch(int64_t c, int64_t top, int64_t left) const {
    Eigen::Matrix<float, 6, 6> values = Eigen::Matrix<float, 6, 6>::Zero();
    for (int64_t y = std::max<int64_t>(top, 0); y < std::min(top + 6, shape_.h); ++y)
      for (int64_t x = std::max<int64_t>(left, 0); x < std::min(left + 6, shape_.w); ++x)
        values(y - top, x - left) = input_[static_cast<size_t>((c * shape_.h + y) * shape_.w + x)];
    return values;
  }

  ConvShape shape_;
  const std::vector<float>& input_;
  const std::vector<float>& weights_;
  Eigen::Matrix<float, 6, 6> input_transform_;
  Eigen::Matrix<float, 6, 3> weight_transform_;
  Eigen::Matrix<float, 4, 6> output_transform_;
};

double winograd_error(const Workload& workload, const WorkloadData& data) {
  const Winograd winograd(workload.shape, data);
  const auto& output = data.output.values<float>();
  double largest = 0;
  for (int64_t channel = 0; channel < workload.shape.co; ++channel)
    for (int64_t y = 0; y < workload.shape.h; y += 4)
      for (int64_t x = 0; x < workload.shape.w; x += 4) {
        const Eigen::Matrix4f tile = winograd.tile(channel, y, x);
        for (int64_t i = 0; i < 16; ++i) {
          const auto element =
              static_cast<size_t>((channel * workload.shape.h + y + i / 4) * workload.shape.w + x + i % 4);
          largest = std::max(largest, std::abs(static_cast<double>(tile(i / 4, i % 4)) -
                                               static_cast<double>(output[element])));
        }
      }
  return largest;
}

TEST(Tolerance, LeavesRoomForWinograd) {
  for (const char* spec : {"conv2d:ci=64,h=28,w=28,co=16,k=3,pad=1,bias=0,relu=0",
                           "conv2d:ci=512,h=12,w=12,co=16,k=3,pad=1,bias=0,relu=0"}) {
    const Workload workload = *parse_spec(spec, kFloatDefaults);
    const WorkloadData data = make_data(workload, 5);
    const double error = winograd_error(workload, data);
    EXPECT_GT(error, 0.0) << spec;
    EXPECT_LT(error, data.tolerance / 2) << spec;
  }
}

TEST(Tolerance, LeavesRoomForASumOneAfterAnother) {
  const Workload workload =
      *parse_spec("matmul:m=64,n=64,k=25088,transpose_b=1,bias=0,relu=0", kFloatDefaults);
  const WorkloadData data = make_data(workload, 5);
  double largest = 0;
  for (size_t i = 0; i < data.output.size(); ++i) {
    const float* a = data.input.values<float>().data() + i / 64 * 25088;
    const float* b = data.weights.values<float>().data() + i % 64 * 25088;
    float sum = 0;
    for (size_t k = 0; k < 25088; ++k) sum += a[k] * b[k];
    largest = std::max(
        largest, std::abs(static_cast<double>(sum) - static_cast<double>(data.output.values<float>()[i])));
  }
  EXPECT_LT(largest, data.tolerance / 4);
}

TEST(Tolerance, ShowsAMissingProduct) {
  // 4608 products a sum, as in a 3 x 3 convolution of 512 channels; one operand column becomes zero.
  const Workload workload = *parse_spec("matmul:m=32,n=32,k=4608,bias=0,relu=0", kFloatDefaults);
  WorkloadData data = make_data(workload, 5);
  for (size_t m = 0; m < 32; ++m) data.input.values<float>()[m * 4608 + 17] = 0;
  const Tensor wrong = reference_result(workload, data.input, data.weights, data.bias).output;
  int showing = 0;
  for (size_t i = 0; i < wrong.size(); ++i)
    showing += std::abs(wrong.values<float>()[i] - data.output.values<float>()[i]) > data.tolerance;
  EXPECT_GT(showing, 32 * 32 * 9 / 10);
}

TEST(Tolerance, TakesNoNoticeOfPadding) {
  // One output in 961 has a product; the tolerance is that of its size, not of the many zeros.
  const Workload workload =
      *parse_spec("conv2d:ci=4608,h=1,w=1,co=4,k=1,pad=15,bias=0,relu=0", kFloatDefaults);
  const WorkloadData data = make_data(workload, 5);
  EXPECT_GT(data.tolerance, 2e-4 * std::sqrt(4608.0) / 3 / 4);
}

TEST(Tolerance, IsZeroForInt8) { EXPECT_EQ(make_data(*parse_spec("dense:ci=16,co=16"), 1).tolerance, 0.0); }

}  // namespace
}  // namespace tamis
