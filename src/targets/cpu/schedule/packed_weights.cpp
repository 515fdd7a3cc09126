#include "targets/cpu/schedule/packed_weights.h"

#include "targets/cpu/schedule/input_copy.h"

namespace tamis::cpu {

Buffer PackedWeights::buffer() const {
  Buffer made{"packed_weights", element_of(conv.type), {conv.groups, blocks()}};
  const int64_t channels = filled_channels(conv) / channels_at_once(conv.type);
  if (order == ReductionOrder::channels_first) {
    made.extents.insert(made.extents.end(),
                        {channels / channel_block, conv.kernel_h, conv.kernel_w, channel_block});
  } else {
    made.extents.insert(made.extents.end(), {conv.kernel_h, conv.kernel_w, channels});
  }
  made.extents.push_back(block);
  if (conv.type == DataType::int8) made.extents.push_back(4);
  return made;
}

Access PackedWeights::access(const Affine& g, const Affine& co, const Affine& ky, const Affine& kx,
                             const Affine& ci) const {
  const auto [outer, inner] = divide(co, block);
  const auto [step, part] = divide(ci, channels_at_once(conv.type));
  Access place{"packed_weights", {g, outer}};
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

Stage PackedWeights::pack() const {
  const int64_t once = channels_at_once(conv.type);
  Stage stage;
  stage.name = "pack weights";
  const int64_t steps = filled_channels(conv) / once;
  const int64_t lanes = order == ReductionOrder::channels_first ? channel_block : steps;
  stage.loops = {{"g", conv.groups},    {"co", conv.co},       {"channel", steps / lanes},
                 {"ky", conv.kernel_h}, {"kx", conv.kernel_w}, {"lane", lanes},
                 {"part", once}};
  split(stage, "co", block, "co_o", "co_i");
  reorder(stage, {"g", "co_o", "channel", "ky", "kx", "lane", "co_i", "part"});
  const Affine co = block * variable("co_o") + variable("co_i");
  const Affine ci = once * (lanes * variable("channel") + variable("lane")) + variable("part");
  stage.output = access(variable("g"), co, variable("ky"), variable("kx"), ci);
  stage.finish = Value::load({"weights", {conv.co * variable("g") + co, ci, variable("ky"), variable("kx")}},
                             element_of(conv.type));
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
                 {"ky", conv.kernel_h, true},
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
      {"weights", element_of(conv.type), {conv.co * conv.groups, conv.ci, conv.kernel_h, conv.kernel_w}});
  program.buffers.push_back(buffer());
  program.buffers.back().written = true;
  program.nests.push_back({{}, {pack()}});
  if (conv.type != DataType::int8) return program;
  program.buffers.push_back(
      {"corrections", Element::int32, {conv.co * conv.groups}, Storage::argument, true});
  program.nests.push_back({{}, {correct()}});
  return program;
}

}  // namespace tamis::cpu
