#include "cli/models.h"

#include "base/text.h"
#include "network/onnx/onnx.h"
#include "network/passes/input_shapes.h"
#include "network/passes/pairs.h"
#include "network/passes/quantised_form.h"
#include "tamis/workload.h"

#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {

bool names_model(const std::string& text) { return ends_in_any_case(text, ".onnx"); }

void add_shapes(CLI::App& app, std::vector<std::string>& shapes) {
  app.add_option("--shape", shapes,
                 "the shape of a model's input, `NAME=1x3x224x224`, or a size that the model names, "
                 "`batch=1`; as often "
                 "as needed")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

namespace {

/// The knob of the target cpu that chooses between them, and what its values that are not exact begin with.
constexpr const char* kAlgorithmKnob = "algorithm";
constexpr std::string_view kInexact = "winograd";

}  // namespace

void set_for_network(TargetArguments& target) {
  if (target.target.starts_with("cpu")) target.settings.try_emplace("caches", "network");
}

void add_exact(CLI::App& app, bool& exact) {
  app.add_flag("--exact", exact,
               "of a model on cpu: no config of Winograd's algorithm, whose results are a few units in the "
               "sixth place off");
}

bool is_exact(const Space& space, const Config& config) {
  const auto knob = space.find(kAlgorithmKnob);
  return !knob || !to_string(space.value(config, *knob)).starts_with(kInexact);
}

Result<SharedTask> bind_exact(TargetArguments target, const std::string& spec, const Console& console) {
  TAMIS_ASSIGN(SharedTask task, target.bind_one(spec, console));
  const auto knob = task->space().find(kAlgorithmKnob);
  if (!knob) return task;
  std::string constraint;
  for (const auto& value : task->space().knobs()[*knob].values) {
    const std::string word = to_string(value);
    if (!word.starts_with(kInexact)) continue;
    constraint += fmt::format("{}{} != \"{}\"", constraint.empty() ? "" : " and ", kAlgorithmKnob, word);
  }
  if (constraint.empty()) return task;
  target.constraints.push_back(constraint);
  return target.bind_one(spec, console);
}

Result<network::ResolveOptions> resolve_options(const std::vector<std::string>& shapes) {
  network::ResolveOptions options;
  for (const std::string& shape : shapes) TAMIS_TRY(network::add_shape(options, shape));
  return options;
}

namespace {

/// The spec for a target that computes in int8: of a clip it has what begins at 0, and a default for the
/// rest.
std::string quantised_spec(Workload workload) {
  const bool rectified = workload.epilogue.clip_min == 0;
  const bool bias = workload.epilogue.bias;
  workload.epilogue = default_epilogue(DataType::int8);
  workload.epilogue.bias = bias;
  workload.epilogue.clip_min = rectified ? 0 : -128;
  workload.type = DataType::int8;
  return to_spec(workload);
}

}  // namespace

Result<ReadyNetwork> make_ready(const network::Model& model, network::ResolveOptions options) {
  options.keeps_dequantised = true;
  ReadyNetwork ready;
  TAMIS_ASSIGN(ready.network, network::resolve(model, options));
  if (!ready.network.faults.empty()) return ready;
  ready.simplified = network::simplify(ready.network);
  network::quantised_form(ready.network);
  return ready;
}

Result<std::vector<ModelTask>> model_tasks(const std::string& path, const std::vector<std::string>& shapes,
                                           const network::LayerOptions& options, bool quantised) {
  TAMIS_ASSIGN(const network::Model model, network::read_model(path));
  TAMIS_ASSIGN(const network::ResolveOptions known, resolve_options(shapes));
  network::Resolved resolved;
  if (quantised) {  // its layers are those of float32, computed in bytes of the target's own
    TAMIS_ASSIGN(resolved, network::resolve(model, known));
    TAMIS_TRY(network::without_faults(resolved));
    network::simplify(resolved);
  } else {
    TAMIS_ASSIGN(ReadyNetwork ready, make_ready(model, known));
    TAMIS_TRY(network::without_faults(ready.network));
    resolved = std::move(ready.network);
  }
  TAMIS_ASSIGN(const std::vector<network::Layer> layers, network::layers_of(resolved, options));
  std::vector<ModelTask> tasks;
  std::map<std::string, size_t> places;  // workloads that differ in their clips only may be one in int8
  const std::vector<network::NetworkWorkload> workloads = network::distinct_workloads(layers);
  for (const network::NetworkWorkload& one : workloads) {
    const std::string spec = quantised ? quantised_spec(one.workload) : one.workload.name;
    const auto [place, added] = places.emplace(spec, tasks.size());
    if (added) tasks.push_back({spec, 0});
    tasks[place->second].occurrences += one.layers.size();
  }
  // Their tasks have the places of the workloads.
  if (!quantised)
    for (const network::PairWorkload& pair :
         network::distinct_pairs(network::pairs_of(resolved, layers), workloads))
      tasks.push_back({pair.workload.name, pair.times, std::array{pair.depthwise, pair.pointwise}});
  if (tasks.empty())
    return invalid_input(path + ": nothing of this model is tuned; `tamis show " + path +
                         "` says what it holds");
  return tasks;
}

void ModelArguments::add_to(CLI::App& app, const std::string& what) {
  app.add_option("MODEL", path, what)->required();
  add_shapes(app, shapes);
}

Result<network::Model> ModelArguments::read() const { return network::read_model(path); }

}  // namespace tamis::cli
