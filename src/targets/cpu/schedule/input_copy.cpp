#include "targets/cpu/schedule/input_copy.h"

namespace tamis::cpu {
namespace {

/// Channels that are copied at once.
constexpr int64_t kLanes = 16;

}  // namespace

int64_t channels_at_once(DataType type) { return type == DataType::int8 ? 4 : 1; }

int64_t filled_channels(const Convolution& conv) {
  if (conv.depthwise) return conv.ci;  // sums no channels
  const int64_t step = channels_at_once(conv.type);
  return (conv.ci + step - 1) / step * step;
}

int64_t InputCopy::copied_planes() const { return conv.padded_planes(whole ? conv.out_d : 1); }

/// Of one plane.
int64_t InputCopy::copied_rows() const { return conv.padded_rows(whole ? std::max(conv.out_h, rows) : rows); }

int64_t InputCopy::copied_columns() const { return std::max(columns, conv.padded_w()); }

/// The groups of a whole copy lie one after another, each filled up by itself.
int64_t InputCopy::channels() const { return filled_channels(conv) * (whole ? conv.groups : 1); }

Buffer InputCopy::buffer() const {
  Buffer made{name(),
              conv.type == DataType::int8 ? Element::uint8 : Element::float32,
              {},
              whole ? Storage::workspace : Storage::thread_workspace};
  if (patches) {
    made.extents = {whole ? conv.n : 1, whole ? conv.out_h : rows, conv.out_w, conv.kernel_h, conv.kernel_w,
                    channels()};
  } else if (form == InputForm::blocked) {
    made.extents = {whole ? conv.n : 1, channels() / channel_block, copied_planes() * copied_rows(),
                    copied_columns(), channel_block};
  } else {
    made.extents = {whole ? conv.n : 1, copied_planes() * copied_rows(), copied_columns(), channels()};
  }
  return made;
}

Access InputCopy::at(const Affine& n, const Affine& row, const Affine& column, const Affine& channel) const {
  if (form != InputForm::blocked) return {name(), {n, row, column, channel}};
  const auto [block_index, lane] = divide(channel, channel_block);
  return {name(), {n, block_index, row, column, lane}};
}

Access InputCopy::access(const Affine& n, const Affine& g, const VoxelPlace& pixel, const VoxelPlace& tap,
                         const Affine& ci) const {
  const Affine image = whole ? n : Affine(0);
  const Affine channel = copied_channel(g, ci);
  const Affine y = whole ? pixel.y : pixel.y.substitute(block, 0);
  if (patches) return {name(), {image, y, pixel.x, tap.y, tap.x, channel}};
  Affine row = conv.stride_h * y + conv.dilation_h * tap.y;
  if (conv.volume)
    row += copied_rows() * (conv.stride_d * (whole ? pixel.z : Affine(0)) + conv.dilation_d * tap.z);
  return at(image, row, conv.stride_w * pixel.x + conv.dilation_w * tap.x, channel);
}

Affine InputCopy::group() const {
  if (conv.groups == 1) return 0;
  return variable(whole ? "copy_g" : "g");
}

Value InputCopy::input_element(const Affine& n, const VoxelPlace& place, const Affine& channel) const {
  const auto& [plane, row, column] = place;
  const Value element = load_computable(
      {"input", input_index(conv, n, plane, row, column, conv.ci * group() + channel)}, conv.type);
  Conditions inside = {row, Affine(conv.h - 1) - row, column, Affine(conv.w - 1) - column};
  if (conv.volume) inside.insert(inside.end(), {plane, Affine(conv.d - 1) - plane});
  if (filled_channels(conv) != conv.ci) inside.push_back(Affine(conv.ci - 1) - channel);
  if (is_real(conv.type)) return Value::guarded(inside, element, Value::constant(0));
  const Value shifted =
      Value::convert(element, Element::int32) + Value::constant(kActivationShift, Element::int32);
  return Value::guarded(inside, Value::convert(shifted, Element::uint8),
                        Value::constant(kActivationShift, Element::uint8));
}

Affine InputCopy::add_channel_loops(Stage& stage) const {
  if (whole && conv.groups > 1) stage.loops.push_back({"copy_g", conv.groups});
  const int64_t filled = filled_channels(conv);
  const int64_t lanes = form == InputForm::blocked && !patches ? channel_block : kLanes;
  if (filled % lanes != 0) {
    stage.loops.push_back({"copy_c", filled, false, filled < kLanes ? LoopKind::unrolled : LoopKind::serial});
    return variable("copy_c");
  }
  stage.loops.push_back({"copy_cb", filled / lanes});
  stage.loops.push_back({"copy_cv", lanes, false, LoopKind::vectorized});
  return lanes * variable("copy_cb") + variable("copy_cv");
}

Affine InputCopy::copied_channel(const Affine& g, const Affine& channel) const {
  return whole ? filled_channels(conv) * g + channel : channel;
}

Stage InputCopy::plain_stage() const {
  Stage stage;
  stage.name = "copy input";
  if (whole) stage.loops.push_back({"copy_n", conv.n});
  if (conv.volume) stage.loops.push_back({"copy_z", copied_planes()});
  stage.loops.insert(stage.loops.end(), {{"copy_y", copied_rows()}, {"copy_x", copied_columns()}});
  const Affine channel = add_channel_loops(stage);
  const Affine n = whole ? variable("copy_n") : Affine(0);
  Affine place = variable("copy_y");
  Affine plane;
  if (conv.volume) {
    place += copied_rows() * variable("copy_z");
    plane = variable("copy_z") - Affine(conv.pad_d);
    if (!whole) plane += conv.stride_d * variable("z");
  }
  stage.output = at(n, place, variable("copy_x"), copied_channel(group(), channel));
  const Affine first = whole ? Affine(0) : rows * conv.stride_h * Affine::variable(block);
  stage.finish = input_element(
      whole ? n : variable("n"),
      {plane, first + variable("copy_y") - Affine(conv.pad_h), variable("copy_x") - Affine(conv.pad_w)},
      channel);
  return stage;
}

Stage InputCopy::patch_stage() const {
  Stage stage;
  stage.name = "lay out patches";
  if (whole) stage.loops.push_back({"copy_n", conv.n});
  stage.loops.insert(stage.loops.end(), {{"copy_y", whole ? conv.out_h : rows},
                                         {"copy_x", conv.out_w},
                                         {"copy_ky", conv.kernel_h},
                                         {"copy_kx", conv.kernel_w}});
  const Affine channel = add_channel_loops(stage);
  const Affine n = whole ? variable("copy_n") : Affine(0);
  stage.output = {name(),
                  {n, variable("copy_y"), variable("copy_x"), variable("copy_ky"), variable("copy_kx"),
                   copied_channel(group(), channel)}};
  const Affine first = whole ? Affine(0) : rows * Affine::variable(block);
  const Affine row = conv.stride_h * (first + variable("copy_y")) + conv.dilation_h * variable("copy_ky");
  const Affine column = conv.stride_w * variable("copy_x") + conv.dilation_w * variable("copy_kx");
  stage.finish = input_element(whole ? n : variable("n"),
                               {0, row - Affine(conv.pad_h), column - Affine(conv.pad_w)}, channel);
  return stage;
}

Stage InputCopy::stage() const {
  Stage stage = patches ? patch_stage() : plain_stage();
  // Of most paddings, only the first and the last column need to be told from the image.
  if (!patches) peel_ends(stage, "copy_x");
  if (!whole) return stage;
  const char* shared = conv.n > 1 ? "copy_n" : conv.volume ? "copy_z" : "copy_y";
  parallelize(stage, shared);
  if (conv.n == 1) reorder(stage, {shared});
  return stage;
}

}  // namespace tamis::cpu
