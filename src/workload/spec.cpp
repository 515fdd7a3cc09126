#include "base/json.h"
#include "base/text.h"
#include "workload/workload.h"

#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// A key with its value, as a spec or a JSON object has it.
using Assignment = std::pair<std::string, int64_t>;

constexpr unsigned mask(Operator op) { return 1U << static_cast<unsigned>(op); }
constexpr unsigned kAll = 31;
constexpr unsigned kSpatial = kAll & ~mask(Operator::dense);
constexpr unsigned kGrouped = mask(Operator::grouped_conv2d) | mask(Operator::conv2d_transpose);
constexpr unsigned kTransposed = mask(Operator::conv2d_transpose);

/// One key: the one or two sizes that it sets, the operators that have it.
struct Field {
  std::string_view key;
  unsigned operators;
  int64_t ConvShape::*first = nullptr;
  int64_t ConvShape::*second = nullptr;
  int64_t Epilogue::*epilogue = nullptr;
};

constexpr std::array kFields = {
    Field{"n", kAll, &ConvShape::n},
    Field{"ci", kAll, &ConvShape::ci},
    Field{"h", kSpatial, &ConvShape::h},
    Field{"w", kSpatial, &ConvShape::w},
    Field{"co", kAll & ~mask(Operator::depthwise_conv2d), &ConvShape::co},
    Field{"k", kSpatial, &ConvShape::kernel_h, &ConvShape::kernel_w},
    Field{"kh", kSpatial, &ConvShape::kernel_h},
    Field{"kw", kSpatial, &ConvShape::kernel_w},
    Field{"stride", kSpatial, &ConvShape::stride_h, &ConvShape::stride_w},
    Field{"stride_h", kSpatial, &ConvShape::stride_h},
    Field{"stride_w", kSpatial, &ConvShape::stride_w},
    Field{"pad", kSpatial, &ConvShape::pad_h, &ConvShape::pad_w},
    Field{"pad_h", kSpatial, &ConvShape::pad_h},
    Field{"pad_w", kSpatial, &ConvShape::pad_w},
    Field{"output_pad", kTransposed, &ConvShape::output_pad_h, &ConvShape::output_pad_w},
    Field{"output_pad_h", kTransposed, &ConvShape::output_pad_h},
    Field{"output_pad_w", kTransposed, &ConvShape::output_pad_w},
    Field{"groups", kGrouped, &ConvShape::groups},
    Field{"shift", kAll, nullptr, nullptr, &Epilogue::shift},
    Field{"bias", kAll},
    Field{"clip_min", kAll, nullptr, nullptr, &Epilogue::clip_min},
    Field{"clip_max", kAll, nullptr, nullptr, &Epilogue::clip_max},
};

Result<const Field*> find_field(Operator op, std::string_view key) {
  std::vector<std::string_view> known;
  for (const Field& field : kFields) {
    if ((field.operators & mask(op)) == 0) continue;
    if (field.key == key) return &field;
    known.push_back(field.key);
  }
  return invalid_input(fmt::format("{} has no key \"{}\"{}", to_string(op), key, did_you_mean(key, known)));
}

/// Gathers assignments into a workload; remembers which sizes were given, so that none is given twice or not
/// at all.
class Assembler {
 public:
  explicit Assembler(Operator op) { workload_.op = op; }

  Status assign(const Assignment& assignment) {
    const auto& [key, value] = assignment;
    TAMIS_ASSIGN(const Field* field, find_field(workload_.op, key));
    if (field->first != nullptr) TAMIS_TRY(set(&(workload_.shape.*field->first), key, value));
    if (field->second != nullptr) TAMIS_TRY(set(&(workload_.shape.*field->second), key, value));
    if (field->epilogue != nullptr) TAMIS_TRY(set(&(workload_.epilogue.*field->epilogue), key, value));
    if (key == "bias") TAMIS_TRY(set_bias(value));
    return {};
  }

  Result<Workload> finish() {
    ConvShape& shape = workload_.shape;
    const bool spatial = workload_.op != Operator::dense;
    TAMIS_TRY(require(&shape.ci, "ci"));
    if (spatial) TAMIS_TRY(require(&shape.h, "h"));
    if (spatial) TAMIS_TRY(require(&shape.w, "w"));
    if (workload_.op != Operator::depthwise_conv2d) TAMIS_TRY(require(&shape.co, "co"));
    if (spatial) TAMIS_TRY(require(&shape.kernel_h, "k"));
    if (spatial) TAMIS_TRY(require(&shape.kernel_w, given_.count(&shape.kernel_h) > 0 ? "kw" : "k"));
    if (workload_.op == Operator::grouped_conv2d) TAMIS_TRY(require(&shape.groups, "groups"));
    if (workload_.op == Operator::depthwise_conv2d) shape.co = shape.groups = shape.ci;
    TAMIS_TRY(validate(workload_));
    return workload_;
  }

 private:
  Status set(int64_t* slot, const std::string& key, int64_t value) {
    if (!given_.insert(slot).second) return invalid_input(fmt::format("\"{}\" is given twice", key));
    *slot = value;
    return {};
  }

  Status set_bias(int64_t value) {
    if (!given_.insert(&workload_.epilogue.bias).second) return invalid_input("\"bias\" is given twice");
    if (value != 0 && value != 1) return invalid_input(fmt::format("bias is {}; it must be 0 or 1", value));
    workload_.epilogue.bias = value == 1;
    return {};
  }

  Status require(const int64_t* slot, std::string_view key) const {
    if (given_.count(slot) > 0) return {};
    return invalid_input(fmt::format("{} needs \"{}\"", to_string(workload_.op), key));
  }

  Workload workload_;
  std::set<const void*> given_;
};

void add_pair(std::vector<Assignment>& out, const std::string& both, const std::string& high, int64_t height,
              const std::string& wide, int64_t width) {
  if (height == width) {
    out.emplace_back(both, height);
  } else {
    out.emplace_back(high, height);
    out.emplace_back(wide, width);
  }
}

std::vector<Assignment> assignments(const Workload& workload) {
  const ConvShape& shape = workload.shape;
  const Epilogue& epilogue = workload.epilogue;
  const bool spatial = workload.op != Operator::dense;
  std::vector<Assignment> out = {{"n", shape.n}, {"ci", shape.ci}};
  if (spatial) out.insert(out.end(), {{"h", shape.h}, {"w", shape.w}});
  if (workload.op != Operator::depthwise_conv2d) out.emplace_back("co", shape.co);
  if (spatial) {
    add_pair(out, "k", "kh", shape.kernel_h, "kw", shape.kernel_w);
    add_pair(out, "stride", "stride_h", shape.stride_h, "stride_w", shape.stride_w);
    add_pair(out, "pad", "pad_h", shape.pad_h, "pad_w", shape.pad_w);
  }
  if (shape.output_pad_h != 0 || shape.output_pad_w != 0)
    add_pair(out, "output_pad", "output_pad_h", shape.output_pad_h, "output_pad_w", shape.output_pad_w);
  if ((mask(workload.op) & kGrouped) != 0 && (workload.op == Operator::grouped_conv2d || shape.groups != 1))
    out.emplace_back("groups", shape.groups);
  const Epilogue usual;
  if (epilogue.shift != usual.shift) out.emplace_back("shift", epilogue.shift);
  if (epilogue.bias != usual.bias) out.emplace_back("bias", epilogue.bias ? 1 : 0);
  if (epilogue.clip_min != usual.clip_min) out.emplace_back("clip_min", epilogue.clip_min);
  if (epilogue.clip_max != usual.clip_max) out.emplace_back("clip_max", epilogue.clip_max);
  return out;
}

Result<Workload> external_workload(std::string source) {
  Workload workload;
  workload.op = Operator::external;
  workload.source = std::move(source);
  TAMIS_TRY(validate(workload));
  workload.name = to_spec(workload);
  return workload;
}

Result<Workload> read_spec(std::string_view spec) {
  const size_t colon = spec.find(':');
  if (colon == std::string_view::npos)
    return invalid_input("a spec is written OPERATOR:KEY=VALUE,..., for example dense:ci=768,co=3072");
  TAMIS_ASSIGN(const Operator op, parse_operator(spec.substr(0, colon)));
  if (op == Operator::external) return external_workload(std::string(spec.substr(colon + 1)));
  Assembler assembler(op);
  for (const std::string& part : split_text(spec.substr(colon + 1), ',')) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos)
      return invalid_input(fmt::format("\"{}\" must be written KEY=VALUE", part));
    const std::string key = part.substr(0, equals);
    TAMIS_TRY(find_field(op, key));
    const std::optional<int64_t> value = parse_integer(std::string_view(part).substr(equals + 1));
    if (!value)
      return invalid_input(
          fmt::format("the value of {} must be a whole number that fits 64 bits, found \"{}\"", key,
                      part.substr(equals + 1)));
    TAMIS_TRY(assembler.assign({key, *value}));
  }
  TAMIS_ASSIGN(Workload workload, assembler.finish());
  workload.name = to_spec(workload);
  return workload;
}

Result<Workload> read_external(const JsonObject& object) {
  TAMIS_TRY(object.allow_only({"operator", "name", "source"}));
  TAMIS_ASSIGN(std::string source, object.string("source"));
  return external_workload(std::move(source));
}

Result<Workload> read_shaped(const JsonObject& object, const Json& json, Operator op) {
  const std::string& origin = object.origin();
  Assembler assembler(op);
  for (const auto& item : json.items()) {
    if (item.key() == "operator" || item.key() == "name") continue;
    if (auto known = find_field(op, item.key()); !known.ok()) return known.error().within(origin);
    int64_t value = 0;
    if (item.key() == "bias" && item.value().is_boolean()) {
      value = item.value().get<bool>() ? 1 : 0;
    } else {
      TAMIS_ASSIGN(value, object.integer(item.key(), INT64_MIN, INT64_MAX));
    }
    if (auto status = assembler.assign({item.key(), value}); !status.ok())
      return status.error().within(origin);
  }
  auto workload = assembler.finish();
  if (!workload.ok()) return workload.error().within(origin);
  return workload;
}

Result<Workload> read_object(const Json& json, const std::string& origin) {
  const JsonObject object(json, origin);
  TAMIS_ASSIGN(const std::string word, object.string("operator"));
  auto op = parse_operator(word);
  if (!op.ok()) return op.error().within(origin);
  auto workload = *op == Operator::external ? read_external(object) : read_shaped(object, json, *op);
  if (!workload.ok()) return workload.error();
  TAMIS_ASSIGN(workload->name, object.string_or("name", to_spec(*workload)));
  if (workload->name.empty())
    return invalid_input(origin + ": \"name\" is empty; leave it out or fill it in");
  return workload;
}

}  // namespace

std::string to_spec(const Workload& workload) {
  if (workload.op == Operator::external) return fmt::format("external:{}", workload.source);
  std::string text(to_string(workload.op));
  char separator = ':';
  for (const auto& [key, value] : assignments(workload)) {
    text += fmt::format("{}{}={}", separator, key, value);
    separator = ',';
  }
  return text;
}

Result<Workload> parse_spec(std::string_view spec) {
  auto workload = read_spec(spec);
  if (!workload.ok()) return workload.error().within(fmt::format("the workload \"{}\"", spec));
  return workload;
}

Json to_json(const Workload& workload) {
  Json json = {{"name", workload.name}, {"operator", to_string(workload.op)}};
  if (workload.op == Operator::external) {
    json["source"] = workload.source;
    return json;
  }
  for (const auto& [key, value] : assignments(workload)) {
    if (key == "bias")
      json[key] = value == 1;
    else
      json[key] = value;
  }
  return json;
}

Result<Workload> workload_from_json(const Json& json, const std::string& origin) {
  return read_object(json, origin);
}

}  // namespace tamis
