#include "targets/cpu/schedule/packed_weights.h"

#include "targets/cpu/schedule/input_copy.h"

namespace tamis::cpu {

Buffer PackedWeights::buffer() const {
  Buffer made{"packed_weights", element_of(conv.type), {groups(), blocks()}};
  const int64_t channels = filled_channels(conv) / channels_at_once(conv.type);
  if (order == ReductionOrder::channels_first) {
    made.extents.insert(made.extents.end(),
                        {channels / channel_block, kernel_h(), kernel_w(), channel_block});
  } else {
    made.extents.insert(made.extents.end(), {kernel_h(), kernel_w(), channels});
  }
  made.extents.push_back(block);
  if (conv.type == DataType::int8) made.extents.push_back(4);
  return made;
}

Access PackedWeights::access(const Affine& g, const Affine& co, const Affine& ky, const Affine& kx,
                             const Affine& ci) const {
  const auto [outer, inner] = divide(co, block);
  const auto [step, part] = divide(ci, channels_at_once(conv.type));
  Access place{"packed_weights", {conv.phase ? Affine(conv.phase->number) : g, outer}};
  if (order == ReductionOrder::channels_first) {
    const auto [channel, lane] = divide(step, channel_block);
    place.index.insert(place.index.end(), {channel, ky, kx, lane});
  } else {
    place.index.insert(place.index.end(), {ky, kx, step});
  }
  place.index.push_back(inner);
  if (conv.type == DataType::int8) place.index.push_back(part);
  return place;
}

Value PackedWeights::weight(const Affine& g, const Affine& co, const Affine& ci) const {
  const Element element = element_of(conv.type);
  if (!conv.phase)
    return Value::load({"weights", {conv.co * g + co, ci, variable("ky"), variable("kx")}}, element);
  const Affine row = conv.phase->tap_y.at(variable("ky"));
  const Affine column = conv.phase->tap_x.at(variable("kx"));
  Value loaded = Value::load({"weights", {co, ci, row, column}}, element);
  if (conv.phase->tap_y.first < conv.phase->kernel_h && conv.phase->tap_x.first < conv.phase->kernel_w)
    return loaded;
  // No row of the kernel meets this phase.
  return Value::constant(0, element);
}

Stage PackedWeights::pack() const {
  const int64_t once = channels_at_once(conv.type);
  Stage stage;
  stage.name = "pack weights";
  const int64_t steps = filled_channels(conv) / once;
  const int64_t lanes = order == ReductionOrder::channels_first ? channel_block : steps;
  stage.loops = {{"g", conv.groups},
                 {"co", conv.co},
                 {"channel", steps / lanes},
                 {"ky", conv.kernel_rows()},
                 {"kx", conv.kernel_w},
                 {"lane", lanes},
                 {"part", once}};
  split(stage, "co", block, "co_o", "co_i");
  reorder(stage, {"g", "co_o", "channel", "ky", "kx", "lane", "co_i", "part"});
  const Affine co = block * variable("co_o") + variable("co_i");
  const Affine ci = once * (lanes * variable("channel") + variable("lane")) + variable("part");
  stage.output = access(variable("g"), co, variable("ky"), variable("kx"), ci);
  stage.finish = weight(variable("g"), co, ci);
  if (filled_channels(conv) != conv.ci)
    stage.finish =
        Value::guarded({Affine(conv.ci - 1) - ci}, stage.finish, Value::constant(0, element_of(conv.type)));
  return stage;
}

Stage PackedWeights::correct() const {
  Stage stage;
  stage.name = "correct";
  stage.loops = {{"co", conv.co * conv.groups},
                 {"ci", conv.ci, true},
                 {"ky", conv.kernel_rows(), true},
                 {"kx", conv.kernel_w, true}};
  stage.tile_depth = 1;
  stage.output = {"corrections", {variable("co")}};
  const Value weight = Value::convert(
      Value::load({"weights", {variable("co"), variable("ci"), variable("ky"), variable("kx")}},
                  Element::int8),
      Element::int32);
  stage.initial = Value::constant(0, Element::int32);
  stage.update = Value::multiply_add(weight, Value::constant(-kActivationShift, Element::int32),
                                     Value::accumulated(Element::int32));
  stage.finish = Value::accumulated(Element::int32);
  return stage;
}

Program PackedWeights::program(const std::string& name) const {
  Program program{name, {}, {}};
  program.buffers.push_back(
      {"weights",
       element_of(conv.type),
       {conv.co * conv.groups, conv.ci, conv.phase ? conv.phase->kernel_h : conv.kernel_rows(),
        conv.phase ? conv.phase->kernel_w : conv.kernel_w}});
  program.buffers.push_back(buffer());
  program.buffers.back().written = true;
  program.nests.push_back({{}, {pack()}});
  if (conv.type != DataType::int8) return program;
  program.buffers.push_back(
      {"corrections", Element::int32, {conv.co * conv.groups}, Storage::argument, true});
  program.nests.push_back({{}, {correct()}});
  return program;
}

std::vector<int64_t> packed_depthwise_extents(const Convolution& conv, int64_t lanes) {
  return {(conv.ci + lanes - 1) / lanes, conv.kernel_h, conv.kernel_w, lanes};
}

Stage pack_depthwise(const Convolution& conv, int64_t lanes, const char* from, const char* to) {
  Stage stage;
  stage.name = "pack weights";
  stage.loops = {{"c", conv.ci}, {"ky", conv.kernel_h}, {"kx", conv.kernel_w}};
  split(stage, "c", lanes, "c_b", "c_v");
  reorder(stage, {"c_b", "ky", "kx", "c_v"});
  stage.output = {to, {variable("c_b"), variable("ky"), variable("kx"), variable("c_v")}};
  const Affine channel = lanes * variable("c_b") + variable("c_v");
  stage.finish = Value::load({from, {channel, 0, variable("ky"), variable("kx")}}, element_of(conv.type));
  return stage;
}

}  // namespace tamis::cpu
