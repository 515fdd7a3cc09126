#include "targets/gpu/schedule/winograd.h"

#include "targets/loop/epilogue.h"
#include "targets/loop/winograd.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace tamis::gpu {
namespace {

using loop::Access;
using loop::Affine;
using loop::Buffer;
using loop::Conditions;
using loop::Element;
using loop::LoopKind;
using loop::Stage;
using loop::Storage;
using loop::Value;

/// Items of a group of the launches that transform.
constexpr int64_t kTransformItems = 64;

int64_t winograd_tiles(int64_t extent, int64_t tile) { return (extent + tile - 1) / tile; }

/// An axis of tiles or channels, and how it is shared out.
struct SharedAxis {
  std::string name;
  int64_t extent = 1;
  int64_t items = 1;

  int64_t groups() const { return (extent + items - 1) / items; }
  Affine index() const {
    return items * Affine::variable(name + "_group") + Affine::variable(name + "_item");
  }
  /// Where the last group has less to do.
  void bound(Conditions& conditions) const {
    if (groups() * items != extent) conditions.push_back(Affine(extent - 1) - index());
  }
};

/// The rows and columns of tiles and the channels of a launch that transforms them: each item has one tile
/// of one channel.
struct TransformAxes {
  SharedAxis y, x, channel;
  bool columns_together = false;

  /// Neighbouring items have what lies together. A group's share divides the rows of tiles, so that at most
  /// one of the two axes of tiles has a rest.
  void share_out() {
    SharedAxis& fast = columns_together ? x : channel;
    SharedAxis& slow = columns_together ? channel : x;
    int64_t left = kTransformItems;
    while (fast.items < left && fast.items < fast.extent) fast.items *= 2;
    left /= fast.items;
    while (columns_together && y.items < left && y.extent % (2 * y.items) == 0) y.items *= 2;
    left /= y.items;
    while (slow.items < left && slow.items < slow.extent) slow.items *= 2;
  }

  std::vector<loop::Loop> loops(int64_t images) const {
    std::vector<const SharedAxis*> order = {&y, &x, &channel};
    if (columns_together) order = {&channel, &y, &x};
    std::vector<loop::Loop> loops = {{"image", images, false, LoopKind::group_x}};
    for (const SharedAxis* axis : order)
      loops.push_back({axis->name + "_group", axis->groups(), false, LoopKind::group_x});
    for (const SharedAxis* axis : order)
      loops.push_back({axis->name + "_item", axis->items, false, LoopKind::item_x});
    return loops;
  }

  Conditions bounds() const {
    Conditions conditions;
    for (const SharedAxis* axis : {&y, &x, &channel}) axis->bound(conditions);
    return conditions;
  }
};

class WinogradLaunches {
 public:
  WinogradLaunches(const Contraction& c, const GpuChoices& choices)
      : c_(c),
        choices_(choices),
        matrices_(loop::winograd_matrices(winograd_tile(choices.algorithm), 1)),
        m_(matrices_.m),
        a_(matrices_.side()),
        rows_(winograd_tiles(c.rows, m_)),
        columns_(winograd_tiles(c.columns, m_)),
        product_(winograd_product(c, choices.algorithm)) {}

  loop::Program program(const std::string& name) const {
    GpuChoices choices = choices_;
    choices.algorithm = Algorithm::implicit_gemm;
    loop::Program program = schedule(product_, choices, name);
    set_buffers(program);
    program.nests.insert(program.nests.begin(), transform_input());
    program.nests.push_back(transform_output());
    return program;
  }

 private:
  /// The arguments of the convolution, and those of the product as memory between the launches.
  void set_buffers(loop::Program& program) const {
    std::vector<Buffer> buffers = c_.arguments();
    for (Buffer& buffer : program.buffers) {
      if (buffer.name == "weights") {
        for (Buffer& argument : buffers)
          if (argument.name == "weights") argument = buffer;
        continue;
      }
      if (buffer.storage == Storage::argument) {
        buffer.storage = Storage::workspace;
        buffer.written = false;
      }
      buffers.push_back(std::move(buffer));
    }
    for (const char* tile : {"tile", "tile_products"})
      buffers.push_back({tile, Element::float32, {a_, a_}, Storage::registers});
    buffers.push_back({"half_input", Element::float32, {a_, a_}, Storage::registers});
    buffers.push_back({"half_output", Element::float32, {m_, a_}, Storage::registers});
    program.buffers = std::move(buffers);
  }

  TransformAxes axes(int64_t channels) const {
    TransformAxes axes{{"tile_y", rows_}, {"tile_x", columns_}, {"channel", channels}, c_.columns_together()};
    axes.share_out();
    return axes;
  }

  /// The number of a tile among all of them.
  Affine tile_of(const TransformAxes& axes) const {
    return rows_ * columns_ * Affine::variable("image") + columns_ * axes.y.index() + axes.x.index();
  }

  /// Brings the elements of a tile to registers.
  Stage fetch(const std::string& name, const std::string& registers, const Value& value) const {
    Stage stage;
    stage.name = name;
    stage.loops = {{"i", a_, false, LoopKind::unrolled}, {"j", a_, false, LoopKind::unrolled}};
    stage.output = {registers, {Affine::variable("i"), Affine::variable("j")}};
    stage.finish = value;
    return stage;
  }
  static Value element_of(const std::string& registers, const Affine& i, const Affine& j) {
    return Value::load({registers, {i, j}});
  }

  loop::Nest transform_input() const {
    const TransformAxes axes = this->axes(c_.depth);
    loop::Nest nest;
    nest.loops = axes.loops(c_.batch);
    const Affine channel = axes.channel.index();
    const Affine y = m_ * axes.y.index() + Affine::variable("i") - Affine(c_.pad_h);
    const Affine x = m_ * axes.x.index() + Affine::variable("j") - Affine(c_.pad_w);
    Conditions inside = {y, Affine(c_.h - 1) - y, x, Affine(c_.w - 1) - x};
    axes.channel.bound(inside);
    nest.body.emplace_back(fetch(
        "read a tile of the input", "tile",
        Value::guarded(std::move(inside), Value::load(c_.input(Affine::variable("image"), y, x, channel)),
                       Value::constant(0))));
    add_transform(
        nest, matrices_.input, "half_input", {},
        [](const Affine& i, const Affine& j) { return element_of("tile", i, j); },
        [&](Stage& stage, const Affine& i, const Affine& j, const Value& value) {
          stage.output = product_.input(a_ * i + j, 0, tile_of(axes), channel);
          stage.finish = value;
          stage.store_if = axes.bounds();
        });
    return nest;
  }

  loop::Nest transform_output() const {
    const TransformAxes axes = this->axes(c_.channels);
    loop::Nest nest;
    nest.loops = axes.loops(c_.batch);
    const Affine channel = axes.channel.index();
    const Value product = Value::load(
        product_.output(a_ * Affine::variable("i") + Affine::variable("j"), 0, tile_of(axes), channel));
    const Conditions bounds = axes.bounds();
    nest.body.emplace_back(
        fetch("read the products of a tile", "tile_products",
              bounds.empty() ? product : Value::guarded(bounds, product, Value::constant(0))));
    add_transform(
        nest, matrices_.output, "half_output", {},
        [](const Affine& i, const Affine& j) { return element_of("tile_products", i, j); },
        [&](Stage& stage, const Affine& i, const Affine& j, const Value& value) {
          const Affine y = m_ * axes.y.index() + i;
          const Affine x = m_ * axes.x.index() + j;
          stage.output = c_.output(Affine::variable("image"), y, x, channel);
          const Value sum = c_.epilogue.bias ? value + Value::load({"bias", {channel}}) : value;
          stage.finish = loop::finish_value(c_.epilogue, c_.type, sum, channel, stage.output);
          stage.store_if = {Affine(c_.rows - 1) - y, Affine(c_.columns - 1) - x};
          axes.channel.bound(stage.store_if);
        });
    return nest;
  }

  const Contraction& c_;
  const GpuChoices& choices_;
  loop::WinogradMatrices matrices_;
  int64_t m_;               // rows and columns of outputs of a tile
  int64_t a_;               // of inputs
  int64_t rows_, columns_;  // of tiles of an image
  Contraction product_;
};

/// left * x * left^T of a kernel, x being 3 x 3.
std::vector<double> both_sides(const loop::Matrix& left, const float* kernel) {
  const size_t rows = left.size();
  std::vector<double> half(rows * 3);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < 3; ++j)
      for (size_t k = 0; k < 3; ++k) half[i * 3 + j] += left[i][k] * static_cast<double>(kernel[k * 3 + j]);
  std::vector<double> whole(rows * rows);
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < rows; ++j)
      for (size_t k = 0; k < 3; ++k) whole[i * rows + j] += half[i * 3 + k] * left[j][k];
  return whole;
}

}  // namespace

bool suits_winograd(const Contraction& c) {
  return !c.matmul && !c.depthwise && c.type == DataType::float32 && c.kernel_h == 3 && c.kernel_w == 3 &&
         c.stride_h == 1 && c.stride_w == 1 && c.dilation_h == 1 && c.dilation_w == 1;
}

int64_t winograd_tile(Algorithm algorithm) { return algorithm == Algorithm::winograd4 ? 4 : 2; }

Contraction winograd_product(const Contraction& c, Algorithm algorithm) {
  const int64_t m = winograd_tile(algorithm);
  const int64_t side = loop::winograd_matrices(m, 1).side();
  Contraction product;
  product.type = c.type;
  product.layout = c.layout;
  product.epilogue = default_epilogue(c.type);
  product.epilogue.bias = false;
  product.epilogue.clip_min = -std::numeric_limits<double>::infinity();
  product.batch = side * side;
  product.columns = product.w = c.batch * winograd_tiles(c.rows, m) * winograd_tiles(c.columns, m);
  product.channels = c.channels;
  product.depth = c.depth;
  product.weights_by_batch = true;
  product.input_name = "transformed";
  product.output_name = "products";
  return product;
}

loop::Program schedule_winograd(const Contraction& contraction, const GpuChoices& choices,
                                const std::string& name) {
  return WinogradLaunches(contraction, choices).program(name);
}

std::vector<std::byte> transform_weights(const std::byte* weights, int64_t co, int64_t ci, int64_t tile) {
  const loop::WinogradMatrices matrices = loop::winograd_matrices(tile, 1);
  const auto elements = static_cast<size_t>(matrices.side() * matrices.side());
  const auto kernels = static_cast<size_t>(co * ci);
  std::vector<float> transformed(elements * kernels);
  for (int64_t n = 0; n < co; ++n)
    for (int64_t k = 0; k < ci; ++k) {
      float kernel[9];
      std::memcpy(kernel, weights + static_cast<size_t>(n * ci + k) * sizeof(kernel), sizeof(kernel));
      const std::vector<double> whole = both_sides(matrices.weights, kernel);
      for (size_t i = 0; i < elements; ++i)
        transformed[i * kernels + static_cast<size_t>(k * co + n)] = static_cast<float>(whole[i]);
    }
  std::vector<std::byte> bytes(transformed.size() * sizeof(float));
  std::memcpy(bytes.data(), transformed.data(), bytes.size());
  return bytes;
}

}  // namespace tamis::gpu
