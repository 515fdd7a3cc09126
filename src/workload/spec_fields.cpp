#include "workload/spec_fields.h"

#include "base/text.h"
#include "workload/padding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr unsigned kMatmul = operator_bit(Operator::matmul);
constexpr unsigned kTransposed = operator_bit(Operator::conv2d_transpose);
constexpr unsigned kLayers = kEveryOperator & ~kMatmul;
constexpr unsigned kSpatial = kLayers & ~operator_bit(Operator::dense);
constexpr unsigned kSeparable = operator_bit(Operator::separable_conv2d);
constexpr unsigned kVolume = operator_bit(Operator::conv3d);
constexpr unsigned kPlane = kSpatial & ~kVolume;
constexpr unsigned kDilated = kSpatial & ~kTransposed;
constexpr unsigned kDilatedPlane = kDilated & ~kVolume;
constexpr unsigned kGrouped = operator_bit(Operator::grouped_conv2d) | kTransposed;

constexpr SpecField size(std::string_view key, unsigned operators, int64_t ConvShape::*first,
                         int64_t ConvShape::*second = nullptr) {
  return {key, operators, SpecKind::whole, first, second};
}

/// A key that sets all three axes of a conv3d.
constexpr SpecField cube(std::string_view key, SpecKind kind, int64_t ConvShape::*first,
                         int64_t ConvShape::*second, int64_t ConvShape::*third) {
  return {key, kVolume, kind, first, second, nullptr, third};
}

constexpr SpecField product(std::string_view key, int64_t MatmulShape::*place) {
  return {key, kMatmul, SpecKind::whole, nullptr, nullptr, place};
}

constexpr std::array kFields = {
    size("n", kLayers, &ConvShape::n),
    size("ci", kLayers, &ConvShape::ci),
    size("d", kVolume, &ConvShape::d),
    size("h", kSpatial, &ConvShape::h),
    size("w", kSpatial, &ConvShape::w),
    size("co", kLayers & ~operator_bit(Operator::depthwise_conv2d), &ConvShape::co),
    size("k", kPlane, &ConvShape::kernel_h, &ConvShape::kernel_w),
    cube("k", SpecKind::whole, &ConvShape::kernel_h, &ConvShape::kernel_w, &ConvShape::kernel_d),
    size("kd", kVolume, &ConvShape::kernel_d),
    size("kh", kSpatial, &ConvShape::kernel_h),
    size("kw", kSpatial, &ConvShape::kernel_w),
    size("stride", kPlane, &ConvShape::stride_h, &ConvShape::stride_w),
    cube("stride", SpecKind::whole, &ConvShape::stride_h, &ConvShape::stride_w, &ConvShape::stride_d),
    size("stride_d", kVolume, &ConvShape::stride_d),
    size("stride_h", kSpatial, &ConvShape::stride_h),
    size("stride_w", kSpatial, &ConvShape::stride_w),
    SpecField{"pad", kPlane, SpecKind::pad, &ConvShape::pad_h, &ConvShape::pad_w},
    cube("pad", SpecKind::pad, &ConvShape::pad_h, &ConvShape::pad_w, &ConvShape::pad_d),
    size("pad_d", kVolume, &ConvShape::pad_d),
    size("pad_h", kSpatial, &ConvShape::pad_h),
    size("pad_w", kSpatial, &ConvShape::pad_w),
    SpecField{"pad_front", kVolume},
    SpecField{"pad_back", kVolume},
    SpecField{"pad_top", kSpatial},
    SpecField{"pad_bottom", kSpatial},
    SpecField{"pad_left", kSpatial},
    SpecField{"pad_right", kSpatial},
    size("dilation", kDilatedPlane, &ConvShape::dilation_h, &ConvShape::dilation_w),
    cube("dilation", SpecKind::whole, &ConvShape::dilation_h, &ConvShape::dilation_w, &ConvShape::dilation_d),
    size("dilation_d", kVolume, &ConvShape::dilation_d),
    size("dilation_h", kDilated, &ConvShape::dilation_h),
    size("dilation_w", kDilated, &ConvShape::dilation_w),
    size("output_pad", kTransposed, &ConvShape::output_pad_h, &ConvShape::output_pad_w),
    size("output_pad_h", kTransposed, &ConvShape::output_pad_h),
    size("output_pad_w", kTransposed, &ConvShape::output_pad_w),
    size("groups", kGrouped, &ConvShape::groups),
    product("batch", &MatmulShape::batch),
    product("m", &MatmulShape::m),
    product("n", &MatmulShape::n),
    product("k", &MatmulShape::k),
    SpecField{"transpose_a", kMatmul, SpecKind::flag},
    SpecField{"transpose_b", kMatmul, SpecKind::flag},
    SpecField{"shift", kEveryOperator},
    SpecField{"bias", kEveryOperator, SpecKind::flag},
    SpecField{"relu", kEveryOperator, SpecKind::flag},
    SpecField{"clip_min", kEveryOperator, SpecKind::bound},
    SpecField{"clip_max", kEveryOperator, SpecKind::bound},
    SpecField{"activation", kEveryOperator, SpecKind::word},
    SpecField{"residual", kEveryOperator, SpecKind::flag},
    SpecField{"inner_bias", kSeparable, SpecKind::flag},
    SpecField{"inner_relu", kSeparable, SpecKind::flag},
    SpecField{"inner_clip_min", kSeparable, SpecKind::bound},
    SpecField{"inner_clip_max", kSeparable, SpecKind::bound},
    SpecField{"inner_activation", kSeparable, SpecKind::word},
    SpecField{"type", kEveryOperator, SpecKind::word},
    SpecField{"layout", kSpatial, SpecKind::word},
};

/// What the keys of the epilogue of a separable_conv2d's depthwise part begin with.
constexpr std::string_view kInner = "inner_";

const SpecField* look_up(Operator op, std::string_view key) {
  const auto matches = [&](const SpecField& field) {
    return field.key == key && (field.operators & operator_bit(op)) != 0;
  };
  const auto* found = std::find_if(kFields.begin(), kFields.end(), matches);
  return found == kFields.end() ? nullptr : found;
}

/// Gathers entries into a workload; remembers which places were given, so that none is given twice or not at
/// all.
class Assembler {
 public:
  Assembler(Operator op, DataType type, Layout layout) {
    workload_.op = op;
    if ((kSpatial & operator_bit(op)) != 0) workload_.layout = layout;
    workload_.type = type;
    workload_.epilogue = default_epilogue(type);
    if (op == Operator::separable_conv2d) workload_.inner = default_epilogue(type);
  }

  Status assign(const SpecEntry& entry) {
    const SpecField& field = *entry.field;
    ConvShape& shape = workload_.shape;
    if (std::holds_alternative<std::string>(entry.value) && field.kind == SpecKind::pad)
      return set_same(entry);
    if (field.first != nullptr) TAMIS_TRY(set(shape.*field.first, entry));
    if (field.second != nullptr) TAMIS_TRY(set(shape.*field.second, entry));
    if (field.third != nullptr) TAMIS_TRY(set(shape.*field.third, entry));
    if (field.product != nullptr) TAMIS_TRY(set(workload_.matmul.*field.product, entry));
    if (field.key == "transpose_a") return set(workload_.matmul.transpose_a, entry);
    if (field.key == "transpose_b") return set(workload_.matmul.transpose_b, entry);
    if (field.key == "shift") return set_shift(entry);
    if (field.key.starts_with(kInner))
      return set_epilogue(*workload_.inner, field.key.substr(kInner.size()), entry);
    if (field.key == "bias" || field.key == "relu" || field.key == "activation" ||
        field.key.starts_with("clip_"))
      return set_epilogue(workload_.epilogue, field.key, entry);
    if (field.key == "residual") return set(workload_.epilogue.residual, entry);
    if (field.key == "layout") return set_layout(entry);
    if (field.key == "pad_front") return set(planes_.first, entry);
    if (field.key == "pad_back") return set(planes_.last, entry);
    if (field.key == "pad_top") return set(rows_.first, entry);
    if (field.key == "pad_bottom") return set(rows_.last, entry);
    if (field.key == "pad_left") return set(columns_.first, entry);
    if (field.key == "pad_right") return set(columns_.last, entry);
    return {};
  }

  Result<Workload> finish() {
    TAMIS_TRY(workload_.op == Operator::matmul ? require_product() : require_shape());
    ConvShape& shape = workload_.shape;
    TAMIS_TRY(join_sides());
    drop_clip(workload_.epilogue);
    if (workload_.inner) drop_clip(*workload_.inner);
    if (same_padding_) set_same_padding(workload_);
    if (workload_.op == Operator::depthwise_conv2d) shape.co = shape.groups = shape.ci;
    TAMIS_TRY(validate(workload_));
    return workload_;
  }

 private:
  Status take(const void* place, std::string_view key) {
    if (given_.insert(place).second) return {};
    return invalid_input(fmt::format("\"{}\" is given twice", key));
  }

  template <class T>
  Status set(T& place, const SpecEntry& entry) {
    TAMIS_TRY(take(&place, entry.field->key));
    place = std::get<T>(entry.value);
    return {};
  }

  /// A key of an epilogue, without what tells the inner one from the other.
  Status set_epilogue(Epilogue& epilogue, std::string_view key, const SpecEntry& entry) {
    if (key == "bias") return set(epilogue.bias, entry);
    if (key == "relu") return set_relu(epilogue.clip_min, entry);
    if (key == "clip_min") return set_bound(epilogue.clip_min, lowest(), entry);
    if (key == "clip_max") return set_bound(epilogue.clip_max, highest(), entry);
    return set_activation(epilogue.activation, entry);
  }

  Status set_shift(const SpecEntry& entry) {
    if (workload_.type == DataType::int8) return set(workload_.epilogue.shift, entry);
    return invalid_input(
        fmt::format("\"shift\" is for int8 only, and this workload is {}; leave it out or add type=int8",
                    to_string(workload_.type)));
  }

  Status set_same(const SpecEntry& entry) {
    TAMIS_TRY(take(&workload_.shape.pad_h, entry.field->key));
    TAMIS_TRY(take(&workload_.shape.pad_w, entry.field->key));
    if (entry.field->third != nullptr) TAMIS_TRY(take(&workload_.shape.pad_d, entry.field->key));
    same_padding_ = true;
    return {};
  }

  /// The padding of both sides of an axis from what was given of each.
  Status join_sides() {
    ConvShape& shape = workload_.shape;
    for (const auto& [sides, both, keys] : {std::tuple(&planes_, &shape.pad_d, "pad_front and pad_back"),
                                            std::tuple(&rows_, &shape.pad_h, "pad_top and pad_bottom"),
                                            std::tuple(&columns_, &shape.pad_w, "pad_left and pad_right")}) {
      const bool apart = given_.count(&sides->first) + given_.count(&sides->last) > 0;
      if (apart && given_.count(both) > 0)
        return invalid_input(fmt::format("\"pad\" sets {} already; give one or the other", keys));
      if (!apart) *sides = {*both, *both};
    }
    return set_padding(shape, {planes_, rows_, columns_});
  }

  Status set_bound(double& place, double none, const SpecEntry& entry) {
    TAMIS_TRY(take(&place, entry.field->key));
    const double* bound = std::get_if<double>(&entry.value);
    place = bound == nullptr ? none : *bound;
    return {};
  }

  Status set_relu(double& place, const SpecEntry& entry) {
    if (!take(&place, "relu").ok()) {
      const std::string_view prefix = entry.field->key.starts_with(kInner) ? kInner : "";
      return invalid_input(
          fmt::format("\"{0}relu\" and \"{0}clip_min\" set the same bound; give one", prefix));
    }
    place = std::get<bool>(entry.value) ? 0.0 : lowest();
    return {};
  }

  Status set_activation(Activation& place, const SpecEntry& entry) {
    TAMIS_TRY(take(&place, entry.field->key));
    TAMIS_ASSIGN(place, parse_activation(std::get<std::string>(entry.value)));
    return {};
  }

  /// An activation takes the place of the clip that a workload has by default.
  void drop_clip(Epilogue& epilogue) const {
    if (epilogue.activation == Activation::none || workload_.type == DataType::int8) return;
    if (given_.count(&epilogue.clip_min) == 0) epilogue.clip_min = lowest();
    if (given_.count(&epilogue.clip_max) == 0) epilogue.clip_max = highest();
  }

  Status set_layout(const SpecEntry& entry) {
    TAMIS_TRY(take(&workload_.layout, "layout"));
    TAMIS_ASSIGN(workload_.layout, parse_layout(std::get<std::string>(entry.value)));
    return {};
  }

  double lowest() const {
    return workload_.type == DataType::int8 ? -128.0 : -std::numeric_limits<double>::infinity();
  }
  double highest() const {
    return workload_.type == DataType::int8 ? 127.0 : std::numeric_limits<double>::infinity();
  }

  Status require(const int64_t& place, std::string_view key) const {
    if (given_.count(&place) > 0) return {};
    return invalid_input(fmt::format("{} needs \"{}\"", to_string(workload_.op), key));
  }

  Status require_product() const {
    TAMIS_TRY(require(workload_.matmul.m, "m"));
    TAMIS_TRY(require(workload_.matmul.n, "n"));
    return require(workload_.matmul.k, "k");
  }

  Status require_shape() const {
    const ConvShape& shape = workload_.shape;
    const bool spatial = workload_.op != Operator::dense;
    TAMIS_TRY(require(shape.ci, "ci"));
    if (workload_.op == Operator::conv3d) TAMIS_TRY(require(shape.d, "d"));
    if (spatial) TAMIS_TRY(require(shape.h, "h"));
    if (spatial) TAMIS_TRY(require(shape.w, "w"));
    if (workload_.op != Operator::depthwise_conv2d) TAMIS_TRY(require(shape.co, "co"));
    if (spatial) TAMIS_TRY(require(shape.kernel_h, "k"));
    if (spatial) TAMIS_TRY(require(shape.kernel_w, given_.count(&shape.kernel_h) > 0 ? "kw" : "k"));
    if (workload_.op == Operator::conv3d) TAMIS_TRY(require(shape.kernel_d, "kd"));
    if (workload_.op == Operator::grouped_conv2d) TAMIS_TRY(require(shape.groups, "groups"));
    return {};
  }

  Workload workload_;
  PaddedSides planes_, rows_, columns_;  // as pad_front, pad_back, pad_top, ... and pad_right say them
  bool same_padding_ = false;            // `pad=same`, which is known once the sizes are
  std::set<const void*> given_;
};

/// The type that the entries name, or the default: the other entries depend on it.
Result<DataType> type_of(const std::vector<SpecEntry>& entries, DataType fallback) {
  std::optional<DataType> type;
  for (const SpecEntry& entry : entries) {
    if (entry.field->key != "type") continue;
    if (type) return invalid_input("\"type\" is given twice");
    TAMIS_ASSIGN(type, parse_data_type(std::get<std::string>(entry.value)));
  }
  return type.value_or(fallback);
}

/// Writes the entries of a workload in the order that specs have.
class Writer {
 public:
  explicit Writer(const Workload& workload) : workload_(workload) {}

  /// What the operator has no key for is left out: such a workload is not valid.
  void add(std::string_view key, SpecValue value) {
    if (const SpecField* field = look_up(workload_.op, key)) entries_.push_back({field, std::move(value)});
  }

  /// One key for both axes where they agree, or one each.
  void add_pair(const std::array<std::string_view, 3>& keys, int64_t height, int64_t width) {
    if (height == width) return add(keys[0], height);
    add(keys[1], height);
    add(keys[2], width);
  }

  /// One key for all axes of a conv3d where they agree, or one each: the keys of d, h and w follow.
  void add_cube(const std::array<std::string_view, 4>& keys, int64_t depth, int64_t height, int64_t width) {
    if (depth == height && height == width) return add(keys[0], depth);
    add(keys[1], depth);
    add(keys[2], height);
    add(keys[3], width);
  }

  /// The kernel, strides, padding and dilation of a conv3d.
  void add_volume() {
    const ConvShape& shape = workload_.shape;
    add_cube({"k", "kd", "kh", "kw"}, shape.kernel_d, shape.kernel_h, shape.kernel_w);
    add_cube({"stride", "stride_d", "stride_h", "stride_w"}, shape.stride_d, shape.stride_h, shape.stride_w);
    if (shape.evenly_padded()) {
      add_cube({"pad", "pad_d", "pad_h", "pad_w"}, shape.pad_d, shape.pad_h, shape.pad_w);
    } else {
      add("pad_front", shape.pad_d);
      add("pad_back", shape.pad_back());
      add_sides();
    }
    if (shape.dilation_d != 1 || shape.dilation_h != 1 || shape.dilation_w != 1)
      add_cube({"dilation", "dilation_d", "dilation_h", "dilation_w"}, shape.dilation_d, shape.dilation_h,
               shape.dilation_w);
  }

  void add_bound(std::string_view key, double bound) {
    if (std::isinf(bound)) return add(key, NoBound{});
    add(key, bound + 0.0);  // never -0: it equals 0, so it must be written alike
  }

  void add_product() {
    const MatmulShape& shape = workload_.matmul;
    add("batch", shape.batch);
    add("m", shape.m);
    add("n", shape.n);
    add("k", shape.k);
    if (shape.transpose_a) add("transpose_a", true);
    if (shape.transpose_b) add("transpose_b", true);
  }

  void add_shape() {
    const ConvShape& shape = workload_.shape;
    const bool spatial = workload_.op != Operator::dense;
    add("n", shape.n);
    add("ci", shape.ci);
    if (workload_.op == Operator::conv3d) add("d", shape.d);
    if (spatial) add("h", shape.h);
    if (spatial) add("w", shape.w);
    if (workload_.op != Operator::depthwise_conv2d) add("co", shape.co);
    if (!spatial) return;
    if (workload_.op == Operator::conv3d) return add_volume();
    add_pair({"k", "kh", "kw"}, shape.kernel_h, shape.kernel_w);
    add_pair({"stride", "stride_h", "stride_w"}, shape.stride_h, shape.stride_w);
    add_padding();
    if (shape.dilation_h != 1 || shape.dilation_w != 1)
      add_pair({"dilation", "dilation_h", "dilation_w"}, shape.dilation_h, shape.dilation_w);
    if (shape.output_pad_h != 0 || shape.output_pad_w != 0)
      add_pair({"output_pad", "output_pad_h", "output_pad_w"}, shape.output_pad_h, shape.output_pad_w);
    if (workload_.op == Operator::grouped_conv2d ||
        (workload_.op == Operator::conv2d_transpose && shape.groups != 1))
      add("groups", shape.groups);
  }

  void add_padding() {
    const ConvShape& shape = workload_.shape;
    if (shape.evenly_padded()) return add_pair({"pad", "pad_h", "pad_w"}, shape.pad_h, shape.pad_w);
    add_sides();
  }

  void add_sides() {
    const ConvShape& shape = workload_.shape;
    add("pad_top", shape.pad_h);
    add("pad_left", shape.pad_w);
    add("pad_bottom", shape.pad_bottom());
    add("pad_right", shape.pad_right());
  }

  void add_inner_epilogue() {
    if (!workload_.inner) return;
    const Epilogue& epilogue = *workload_.inner;
    Epilogue usual = default_epilogue(workload_.type);
    if (epilogue.activation != Activation::none) usual.clip_min = epilogue.clip_min;  // none, always
    if (epilogue.bias != usual.bias) add("inner_bias", epilogue.bias);
    if (epilogue.clip_min != usual.clip_min) add_bound("inner_clip_min", epilogue.clip_min);
    if (epilogue.clip_max != usual.clip_max) add_bound("inner_clip_max", epilogue.clip_max);
    if (epilogue.activation != Activation::none)
      add("inner_activation", std::string(to_string(epilogue.activation)));
  }

  void add_epilogue() {
    const Epilogue& epilogue = workload_.epilogue;
    Epilogue usual = default_epilogue(workload_.type);
    if (epilogue.activation != Activation::none) usual.clip_min = epilogue.clip_min;  // none, always
    if (epilogue.shift != usual.shift) add("shift", epilogue.shift);
    if (epilogue.bias != usual.bias) add("bias", epilogue.bias);
    if (epilogue.clip_min != usual.clip_min) add_bound("clip_min", epilogue.clip_min);
    if (epilogue.clip_max != usual.clip_max) add_bound("clip_max", epilogue.clip_max);
    if (epilogue.activation != Activation::none)
      add("activation", std::string(to_string(epilogue.activation)));
    if (epilogue.residual) add("residual", true);
  }

  std::vector<SpecEntry> finish(const WorkloadDefaults& defaults) {
    if (workload_.type != DataType::int8 || defaults.type != DataType::int8)
      add("type", std::string(to_string(workload_.type)));
    const bool spatial = (kSpatial & operator_bit(workload_.op)) != 0;
    if (workload_.layout != Layout::nchw || (spatial && defaults.layout != Layout::nchw))
      add("layout", std::string(to_string(workload_.layout)));
    return std::move(entries_);
  }

 private:
  const Workload& workload_;
  std::vector<SpecEntry> entries_;
};

/// `pads`, `padding`, `auto_pad`, `pad_begin`, ...: what other tools call it.
bool speaks_of_padding(std::string_view key) { return key.starts_with("pad") || key == "auto_pad"; }

}  // namespace

Result<const SpecField*> find_spec_field(Operator op, std::string_view key) {
  if (const SpecField* field = look_up(op, key)) return field;
  if (op == Operator::conv2d && key == "groups")
    return invalid_input(
        "conv2d has no key \"groups\"; write grouped_conv2d, or depthwise_conv2d for one channel each");
  if (speaks_of_padding(key) && (kSpatial & operator_bit(op)) != 0)
    return invalid_input(fmt::format(
        "{} has no key \"{}\"; padding is pad (a number of zeros on every side, or same), {}pad_h and "
        "pad_w, or {}pad_top, pad_left, pad_bottom and pad_right",
        to_string(op), key, op == Operator::conv3d ? "pad_d, " : "",
        op == Operator::conv3d ? "pad_front, pad_back, " : ""));
  std::vector<std::string_view> known;
  for (const SpecField& field : kFields)
    if ((field.operators & operator_bit(op)) != 0) known.push_back(field.key);
  return invalid_input(fmt::format("{} has no key \"{}\"{}", to_string(op), key, did_you_mean(key, known)));
}

Result<Workload> assemble_workload(Operator op, const std::vector<SpecEntry>& entries,
                                   const WorkloadDefaults& defaults) {
  TAMIS_ASSIGN(const DataType type, type_of(entries, defaults.type));
  Assembler assembler(op, type, defaults.layout);
  for (const SpecEntry& entry : entries) TAMIS_TRY(assembler.assign(entry));
  return assembler.finish();
}

std::vector<SpecEntry> spec_entries(const Workload& workload, const WorkloadDefaults& defaults) {
  Writer writer(workload);
  if (workload.op == Operator::matmul)
    writer.add_product();
  else
    writer.add_shape();
  writer.add_inner_epilogue();
  writer.add_epilogue();
  return writer.finish(defaults);
}

}  // namespace tamis
