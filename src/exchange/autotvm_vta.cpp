#include "exchange/autotvm_vta.h"

#include "base/json.h"
#include "base/text.h"
#include "tamis/task.h"
#include "targets/vta/schedule/blocked_workload.h"
#include "targets/vta/schedule/schedule.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace tamis::vta {
namespace {

using Sizes = std::vector<int64_t>;

struct Template {
  std::string_view name;
  Operator op;
  size_t rank;       ///< of both tensors
  size_t arguments;  ///< how many
};
constexpr std::array kTemplates = {
    Template{"conv2d_packed.vta", Operator::conv2d, 6, 7},
    Template{"group_conv2d_packed.vta", Operator::grouped_conv2d, 6, 7},
    Template{"conv2d_transpose_packed.vta", Operator::conv2d_transpose, 6, 6},
    Template{"dense_packed.vta", Operator::dense, 4, 4},
};

Error foreign(const AutotvmTask& task, std::string_view why) {
  return unsupported(fmt::format("the task {} {}", task.name, why));
}

/// Whole numbers between 0 and 2^31; nothing for any other JSON.
std::optional<Sizes> sizes_of(const Json& json) {
  if (!json.is_array()) return std::nullopt;
  Sizes sizes;
  for (const Json& one : json) {
    if (!one.is_number_integer()) return std::nullopt;
    const auto size = one.get<int64_t>();
    if (size < 0 || size > INT32_MAX) return std::nullopt;
    sizes.push_back(size);
  }
  return sizes;
}

/// The shape of ["TENSOR", shape, "int8"].
std::optional<Sizes> tensor_of(const Json& json, size_t rank) {
  if (!json.is_array() || json.size() != 3 || json[0] != "TENSOR" || json[2] != "int8") return std::nullopt;
  std::optional<Sizes> sizes = sizes_of(json[1]);
  if (!sizes || sizes->size() != rank || std::count(sizes->begin(), sizes->end(), 0) > 0) return std::nullopt;
  return sizes;
}

/// Two equal paddings of each axis; AutoTVM writes top, left, bottom, right, older ones top, left.
bool read_padding(const Json& json, ConvShape& shape) {
  const std::optional<Sizes> sizes = sizes_of(json);
  if (!sizes || (sizes->size() != 2 && sizes->size() != 4)) return false;
  if (sizes->size() == 4 && (sizes->at(0) != sizes->at(2) || sizes->at(1) != sizes->at(3))) return false;
  shape.pad_h = sizes->at(0);
  shape.pad_w = sizes->at(1);
  return true;
}

bool read_strides(const Json& json, ConvShape& shape) {
  const std::optional<Sizes> sizes = sizes_of(json);
  if (!sizes || sizes->size() != 2) return false;
  shape.stride_h = sizes->at(0);
  shape.stride_w = sizes->at(1);
  return true;
}

bool is_pair(const Json& json, int64_t value) { return json == Json::array({value, value}); }

/// What follows tensors, strides and paddings.
bool read_rest(const Json& arguments, ConvShape& shape, Operator op) {
  if (op == Operator::conv2d_transpose) return is_pair(arguments[5], 0);
  if (!is_pair(arguments[4], 1)) return false;
  if (op == Operator::conv2d) return arguments[5].is_string();
  if (!arguments[5].is_number_integer()) return false;
  shape.groups = arguments[5].get<int64_t>();
  return shape.groups >= 1 && shape.groups <= INT32_MAX;
}

/// Sizes from the packed tensors: data [n, ci, h, w, batch, block], weights [co, ci, kh, kw, block, block],
/// for dense without the four in the middle.
bool read_tensors(const Sizes& data, const Sizes& weights, Workload& workload) {
  const size_t last = data.size() - 1;
  const int64_t block = data[last];
  if (weights[last] != block || weights[last - 1] != block) return false;
  ConvShape& shape = workload.shape;
  shape.n = data[0] * data[last - 1];
  shape.ci = data[1] * block;
  shape.co = weights[0] * block;
  if (weights[1] * shape.groups != data[1]) return false;
  if (workload.op == Operator::dense) return true;
  shape.h = data[2];
  shape.w = data[3];
  shape.kernel_h = weights[2];
  shape.kernel_w = weights[3];
  return true;
}

/// The exponent of a power of two that a size can be.
std::optional<int> log2_of(std::optional<int64_t> size) {
  if (!size || *size < 1 || *size > INT32_MAX || !std::has_single_bit(static_cast<uint64_t>(*size)))
    return std::nullopt;
  return std::countr_zero(static_cast<uint64_t>(*size));
}
std::optional<int> log2_of(const std::string& text) { return log2_of(parse_integer(text)); }

/// A device with the task's blocks; its memories do not matter to a space.
std::optional<Hardware> hardware_of(const Sizes& data) {
  Hardware hardware;
  const auto batch = log2_of(data[data.size() - 2]);
  const auto block = log2_of(data.back());
  if (!batch || !block) return std::nullopt;
  hardware.log_batch = *batch;
  hardware.log_block = *block;
  return hardware;
}

Result<const Template*> find_template(const AutotvmTask& task) {
  for (const Template& one : kTemplates)
    if (one.name == task.name) return &one;
  return foreign(task, "is none of TVM's VTA templates");
}

bool read_arguments(const Json& arguments, const Sizes& data, const Sizes& weights, Workload& workload) {
  if (workload.op != Operator::dense &&
      !(read_strides(arguments[2], workload.shape) && read_padding(arguments[3], workload.shape) &&
        read_rest(arguments, workload.shape, workload.op)))
    return false;
  return read_tensors(data, weights, workload);
}

/// The template's own space, where this target's knobs mean the same.
Result<Space> template_space(const Hardware& hardware, const Workload& workload) {
  TAMIS_ASSIGN(const BlockedWorkload blocked, block_workload(workload, hardware));
  if (blocked.merged != 1)
    return unsupported(
        fmt::format("{}: TVM has no VTA template for groups that do not fill blocks of {} channels",
                    workload.name, hardware.block()));
  if (workload.shape.pad_h == 0 && workload.shape.pad_w != 0)
    return unsupported(
        fmt::format("{}: TVM's VTA templates leave out a padding of columns alone", workload.name));
  if (blocked.h.phases.size() != 1 || blocked.w.phases.size() != 1)
    return unsupported(
        fmt::format("{}: TVM splits the rows of a transposed convolution with strides otherwise than tamis",
                    workload.name));
  return schedule_space(workload, blocked, SpaceKind::autotvm);
}

bool same_knobs(const Space& a, const Space& b) {
  const auto same = [](const Knob& one, const Knob& other) {
    return one.name == other.name && one.values == other.values;
  };
  return std::equal(a.knobs().begin(), a.knobs().end(), b.knobs().begin(), b.knobs().end(), same);
}

Json tensor(const Sizes& shape) { return Json::array({"TENSOR", shape, "int8"}); }

Json arguments_of(const Hardware& hardware, const Workload& workload) {
  const ConvShape& shape = workload.shape;
  const int64_t batch = hardware.batch();
  const int64_t block = hardware.block();
  const int64_t n = (shape.n + batch - 1) / batch;
  const int64_t ci = shape.ci / block;
  const int64_t co = shape.co / block;
  const int64_t ci_of_group = ci / shape.groups;
  if (workload.op == Operator::dense)
    return Json::array({tensor({n, ci, batch, block}), tensor({co, ci, block, block}), nullptr, "int32"});
  Json all = Json::array({tensor({n, ci, shape.h, shape.w, batch, block}),
                          tensor({co, ci_of_group, shape.kernel_h, shape.kernel_w, block, block}),
                          Sizes{shape.stride_h, shape.stride_w},
                          Sizes{shape.pad_h, shape.pad_w, shape.pad_h, shape.pad_w}});
  if (workload.op == Operator::conv2d_transpose) {
    all.push_back("int32");
    all.push_back(Sizes{0, 0});
    return all;
  }
  all.push_back(Sizes{1, 1});
  all.push_back(workload.op == Operator::conv2d ? Json(fmt::format("NCHW{}n{}c", batch, block))
                                                : Json(shape.groups));
  all.push_back("int32");
  return all;
}

}  // namespace

Result<AutotvmTemplate> template_of(const AutotvmTask& task) {
  TAMIS_ASSIGN(const Template* found, find_template(task));
  TAMIS_ASSIGN(const Json arguments, parse_json(task.args, task.name));
  if (!arguments.is_array() || arguments.size() != found->arguments)
    return foreign(task, "has other arguments than TVM 0.9 gives it");
  const auto data = tensor_of(arguments[0], found->rank);
  const auto weights = tensor_of(arguments[1], found->rank);
  if (!data || !weights) return foreign(task, "has other tensors than packed ones of int8");
  const auto hardware = hardware_of(*data);
  AutotvmTemplate made;
  made.workload.op = found->op;
  if (found->op == Operator::grouped_conv2d && arguments[5].is_number_integer())
    made.workload.shape.groups = arguments[5].get<int64_t>();
  if (!hardware || !read_arguments(arguments, *data, *weights, made.workload))
    return foreign(task, "has arguments that the target vta has no workload for");
  TAMIS_TRY(validate(made.workload));
  made.workload.name = to_spec(made.workload);
  TAMIS_ASSIGN(made.space, template_space(*hardware, made.workload));
  return made;
}

Result<AutotvmTask> task_of(const Hardware& hardware, const Workload& workload, const Space& space) {
  TAMIS_ASSIGN(const Space expected, template_space(hardware, workload));
  if (!same_knobs(space, expected))
    return unsupported(fmt::format(
        "{}: its knobs are not those of TVM's template (--space template has these)", workload.name));
  const auto found = std::find_if(kTemplates.begin(), kTemplates.end(),
                                  [&](const Template& one) { return one.op == workload.op; });
  if (found == kTemplates.end())
    return unsupported(
        fmt::format("{}: TVM has no VTA template for {}", workload.name, to_string(workload.op)));
  AutotvmTask task;
  task.target = "ext_dev -keys=vta,cpu -device=vta -model=" + hardware.model();
  task.name = found->name;
  task.args = python_json(arguments_of(hardware, workload));
  return task;
}

Result<Hardware> hardware_of_target(const std::string& target) {
  constexpr std::string_view kModel = "-model=";
  Hardware hardware;
  const size_t at = target.find(kModel);
  if (at == std::string::npos) return hardware;
  const std::string model = split_text(target.substr(at + kModel.size()), ' ').front();
  const std::vector<std::string> words = split_text(model, '_');
  // BATCHxIN or BATCHxINxOUT, by release.
  const std::vector<std::string> sizes =
      words.size() > 1 ? split_text(words[1], 'x') : std::vector<std::string>();
  const auto batch = sizes.empty() ? std::nullopt : log2_of(sizes.front());
  const auto block = sizes.empty() ? std::nullopt : log2_of(sizes.back());
  const bool square = sizes.size() == 2 || (sizes.size() == 3 && sizes[1] == sizes[2]);
  if (!square || !batch || !block)
    return unsupported(
        fmt::format("\"{}\" is not a VTA model such as sim_1x16x16_i8w8a32_15_15_18_17", model));
  hardware.log_batch = *batch;
  hardware.log_block = *block;
  return hardware;
}

Result<Hardware> hardware_of_identity(const std::string& identity) {
  const Result<TaskIdentity> parsed = parse_identity(identity);
  if (!parsed.ok() || parsed->kind != "vta" || !parsed->subject.starts_with('{'))
    return corrupt(fmt::format("\"{}\" is not an identity of a target vta", identity));
  TAMIS_ASSIGN(const Json json, parse_json(parsed->subject, "the device"));
  return hardware_from_json(json, "the device");
}

}  // namespace tamis::vta
