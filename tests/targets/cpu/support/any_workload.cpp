#include "targets/cpu/support/any_workload.h"

#include <algorithm>
#include <limits>

namespace tamis::cpu::testing {
namespace {

constexpr int64_t kMostMultiplications = 500'000;

class Draw {
 public:
  explicit Draw(Random& random) : random_(random) {}

  Workload workload() {
    static constexpr Operator kOperators[] = {
        Operator::conv2d,           Operator::conv2d, Operator::grouped_conv2d, Operator::depthwise_conv2d,
        Operator::conv2d_transpose, Operator::conv3d, Operator::dense,          Operator::matmul,
        Operator::separable_conv2d};
    Workload made;
    made.op = kOperators[random_.below(std::size(kOperators))];
    const bool separable = made.op == Operator::separable_conv2d;
    const bool no_bytes = made.op == Operator::conv2d_transpose || separable;
    made.type = !no_bytes && chance(3) ? DataType::int8 : DataType::float32;
    if (made.type == DataType::float32 && !separable && chance(4))
      made.type = chance(2) ? DataType::float16 : DataType::bfloat16;
    made.epilogue = epilogue(made.type);
    if (made.op == Operator::separable_conv2d) {
      made.inner = epilogue(made.type);
      made.inner->residual = false;
    }
    if (made.op == Operator::matmul) {
      made.matmul = {between(1, 4), size(), size(), size(), chance(2), chance(2)};
      return made;
    }
    if (made.op != Operator::dense) made.layout = static_cast<Layout>(random_.below(3));
    made.shape = shape(made.op, made.layout);
    return made;
  }

 private:
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(random_.below(static_cast<uint64_t>(high - low + 1)));
  }
  bool chance(uint64_t in) { return random_.below(in) == 0; }

  /// Small numbers, and numbers near multiples of 16.
  int64_t size() {
    return chance(2) ? between(1, 20) : std::max<int64_t>(16 * between(1, 9) + between(-1, 1), 1);
  }

  int64_t channels(Layout layout) { return layout == Layout::nchw16c ? 16 * between(1, 5) : size(); }

  ConvShape shape(Operator op, Layout layout) {
    ConvShape shape;
    shape.n = chance(2) ? 1 : between(2, 4);
    shape.groups = op == Operator::grouped_conv2d ? between(1, 4) : 1;
    shape.ci = shape.groups * channels(layout);
    shape.co = shape.groups * channels(layout);
    if (op == Operator::depthwise_conv2d) shape.groups = shape.co = shape.ci;
    if (op == Operator::dense) {
      shape.n = size();
      return shape;
    }
    shape.h = between(1, 17);
    shape.w = between(1, 17);
    const int64_t kernel = chance(3) ? 1 : 3;
    shape.kernel_h = chance(4) ? between(1, 5) : kernel;
    shape.kernel_w = chance(4) ? between(1, 5) : kernel;
    shape.stride_h = chance(3) ? between(1, 3) : 1;
    shape.stride_w = chance(4) ? between(1, 3) : shape.stride_h;
    shape.pad_h = chance(3) ? between(0, 4) : shape.kernel_h / 2;
    shape.pad_w = chance(3) ? between(0, 4) : shape.kernel_w / 2;
    if (chance(3)) {
      shape.extra_pad_h = between(0, 4) - shape.pad_h;
      shape.extra_pad_w = between(0, 4) - shape.pad_w;
    }
    if (op == Operator::conv3d) {
      shape.d = between(1, 6);
      shape.kernel_d = between(1, 3);
      shape.stride_d = between(1, 2);
      shape.pad_d = between(0, 2);
      shape.extra_pad_d = chance(3) ? between(0, 2) - shape.pad_d : 0;
      shape.dilation_d = chance(6) ? 2 : 1;
    }
    if (op == Operator::conv2d_transpose) {
      shape.output_pad_h = between(0, shape.stride_h - 1);
      shape.output_pad_w = between(0, shape.stride_w - 1);
      return shape;
    }
    shape.dilation_h = chance(6) ? between(1, 3) : 1;
    shape.dilation_w = chance(6) ? between(1, 3) : shape.dilation_h;
    return shape;
  }

  Epilogue epilogue(DataType type) {
    Epilogue made = default_epilogue(type);
    if (chance(2)) return made;
    made.bias = chance(2);
    if (type == DataType::int8) {
      const int64_t low = between(-128, 127);
      made.shift = between(0, 12);
      made.clip_min = static_cast<double>(low);
      made.clip_max = static_cast<double>(between(low, 127));
    } else {
      constexpr double kNone = std::numeric_limits<double>::infinity();
      made.clip_min = chance(2) ? -kNone : -1.5;
      made.clip_max = chance(2) ? kNone : 2.25;
      made.residual = chance(3);
      if (chance(3)) {
        made.activation = static_cast<Activation>(between(1, 6));
        made.clip_min = -kNone;
        made.clip_max = kNone;
      }
    }
    return made;
  }

  Random& random_;
};

}  // namespace

Workload any_workload(Random& random) {
  for (;;) {
    Workload made = Draw(random).workload();
    if (!validate(made).ok() || multiply_accumulates(made) > kMostMultiplications) continue;
    made.name = to_spec(made);
    return made;
  }
}

}  // namespace tamis::cpu::testing
