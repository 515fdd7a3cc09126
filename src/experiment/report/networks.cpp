#include "experiment/report/networks.h"

#include "base/text.h"
#include "tamis/suite.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tamis::report {
namespace {

constexpr size_t kMostNetworks = 16;

/// A task of a network with what its session came to.
struct TunedLayer {
  const LayerSource* source = nullptr;
  uint64_t place = 0;
  uint64_t occurrences = 1;
  std::optional<std::array<uint64_t, 2>> parts = {};
  uint64_t used = 0;  ///< how often the network runs it, where the faster of a pair and its parts counts
};

/// A network that is shown.
struct ShownNetwork {
  std::string name;
  std::string log;
  int64_t started_unix_ms = 0;
  uint64_t tasks = 0;  ///< that it cannot do without
  std::vector<TunedLayer> layers = {};
  std::string note = {};
};

TunedLayer* layer_at(std::vector<TunedLayer>& layers, uint64_t place) {
  const auto found = std::find_if(layers.begin(), layers.end(),
                                  [&](const TunedLayer& layer) { return layer.place == place; });
  return found == layers.end() ? nullptr : &*found;
}

/// Lets pairs that are faster than both their parts stand for them, as tuning does.
void use_faster_pairs(std::vector<TunedLayer>& layers) {
  for (TunedLayer& layer : layers) layer.used = layer.parts ? 0 : layer.occurrences;
  for (TunedLayer& pair : layers) {
    if (!pair.parts) continue;
    TunedLayer* first = layer_at(layers, (*pair.parts)[0]);
    TunedLayer* second = layer_at(layers, (*pair.parts)[1]);
    if (first == nullptr || second == nullptr) continue;
    const auto own = pair.source->value_ns;
    const auto one = first->source->value_ns, other = second->source->value_ns;
    if (!own || !one || !other || *own >= *one + *other) continue;
    pair.used = std::min({pair.occurrences, first->used, second->used});
    first->used -= pair.used;
    second->used -= pair.used;
  }
}

/// The layers that run, in the order in which they first do: a pair where its first part does.
std::vector<TunedLayer> layers_that_run(std::vector<TunedLayer> layers) {
  std::erase_if(layers, [](const TunedLayer& layer) { return layer.used == 0; });
  const auto first_run = [](const TunedLayer& layer) {
    return layer.parts ? std::pair((*layer.parts)[0], layer.place) : std::pair(layer.place, uint64_t{0});
  };
  std::stable_sort(layers.begin(), layers.end(),
                   [&](const TunedLayer& a, const TunedLayer& b) { return first_run(a) < first_run(b); });
  return layers;
}

/// The sum of `value` over the layers, each as often as it runs; nothing where one of them has no value.
template <class Value>
std::optional<double> sum_of(const std::vector<TunedLayer>& layers, Value value) {
  double sum = 0;
  for (const TunedLayer& layer : layers) {
    const std::optional<double> one = value(*layer.source);
    if (!one) return std::nullopt;
    sum += *one * static_cast<double>(layer.used);
  }
  return sum;
}

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json layer_json(const TunedLayer& layer) {
  const LayerSource& source = *layer.source;
  return {{"name", source.workload.name},
          {"operator", to_string(source.workload.op)},
          {"times", layer.used},
          {"value_ns", or_null(source.value_ns)},
          {"default_ns", or_null(source.default_ns)},
          {"bound_ns", or_null(source.bound_ns)},
          {"device", source.target_spec},
          {"session", source.position}};
}

void add_sentence(std::string& note, const std::string& sentence) {
  note += (note.empty() ? "" : " ") + sentence;
}

Json network_json(ShownNetwork network) {
  use_faster_pairs(network.layers);
  const auto needed = static_cast<uint64_t>(std::count_if(network.layers.begin(), network.layers.end(),
                                                          [](const TunedLayer& one) { return !one.parts; }));
  const bool paired = std::any_of(network.layers.begin(), network.layers.end(),
                                  [](const TunedLayer& one) { return one.parts && one.used > 0; });
  Json layers = Json::array();
  const std::vector<TunedLayer> run = layers_that_run(network.layers);
  for (const TunedLayer& layer : run) layers.push_back(layer_json(layer));
  Json json = {{"name", network.name}, {"layers", std::move(layers)}};
  if (needed == network.tasks) {
    const auto total = sum_of(run, [](const LayerSource& one) { return one.value_ns; });
    const auto before = sum_of(run, [](const LayerSource& one) { return one.default_ns; });
    if (total) json["total_ns"] = *total;
    if (total && before) json["default_total_ns"] = *before;
  } else {
    add_sentence(network.note,
                 fmt::format("{} of its {} tasks have a session here; the time of the others is "
                             "missing.",
                             needed, network.tasks));
  }
  if (paired) add_sentence(network.note, "Two layers that run faster together than apart are one here.");
  if (!network.note.empty()) json["note"] = network.note;
  return json;
}

/// The networks that a log names, as far as their sessions are in the document.
std::vector<ShownNetwork> named_networks(const NetworkSource& log) {
  std::map<int64_t, const LayerSource*> sources;
  for (const LayerSource& one : log.sessions) sources.emplace(one.session, &one);
  std::vector<ShownNetwork> shown;
  for (const NetworkRecord& network : log.networks) {
    ShownNetwork one{network.name, log.log, network.started_unix_ms, network.tasks};
    for (const NetworkLayer& layer : network.layers)
      if (const auto found = sources.find(layer.session); found != sources.end())
        one.layers.push_back({found->second, layer.place, layer.occurrences, layer.parts});
    if (!one.layers.empty()) shown.push_back(std::move(one));
  }
  return shown;
}

/// The place of a workload among the members of a suite; nothing where it is not one of them.
std::optional<size_t> member_of(const Suite& suite, const Workload& workload) {
  for (size_t i = 0; i < suite.workloads.size(); ++i) {
    const Workload& member = suite.workloads[i];
    if (member.name == workload.name && member.op == workload.op && member.shape == workload.shape &&
        member.matmul == workload.matmul)
      return i;
  }
  return std::nullopt;
}

/// Whether a session of the same workload tells more of it.
bool is_better(const LayerSource& one, const LayerSource& other) {
  return one.value_ns && (!other.value_ns || *one.value_ns < *other.value_ns);
}

/// Suites of tamis of which a log that names no network has several members, one for each target.
std::vector<ShownNetwork> suites_of(const NetworkSource& log) {
  using Key = std::tuple<std::string, std::string, DataType>;
  std::map<Key, Suite> suites;
  std::map<Key, ShownNetwork> found;
  const std::vector<std::string> names = suite_names();
  for (const LayerSource& source : log.sessions) {
    const Workload& workload = source.workload;
    const std::string name = workload.name.substr(0, workload.name.find('.'));
    if (!std::binary_search(names.begin(), names.end(), name)) continue;
    const Key key{name, source.target_identity, workload.type};
    auto suite = suites.find(key);
    if (suite == suites.end()) {
      Result<Suite> made = find_suite(name, {workload.type, workload.layout});
      if (!made.ok()) continue;
      suite = suites.emplace(key, std::move(*made)).first;
    }
    const std::optional<size_t> place = member_of(suite->second, workload);
    if (!place) continue;
    ShownNetwork& network =
        found.try_emplace(key, ShownNetwork{name, log.log, 0, suite->second.workloads.size()}).first->second;
    TunedLayer* there = layer_at(network.layers, *place);
    if (there == nullptr)
      network.layers.push_back({&source, *place, static_cast<uint64_t>(suite->second.counts[*place])});
    else if (is_better(source, *there->source))
      there->source = &source;
  }
  std::vector<ShownNetwork> shown;
  for (auto& [key, network] : found) {
    if (network.layers.size() < 2) continue;
    network.note = fmt::format(
        "The log does not say that these sessions belong together, nor how often each layer runs; that is "
        "what the suite {} says. Of several sessions of a layer the best counts.",
        network.name);
    shown.push_back(std::move(network));
  }
  return shown;
}

/// Tells networks of one name apart.
void name_apart(std::vector<ShownNetwork>& networks) {
  std::map<std::string, size_t> of_name;
  for (const ShownNetwork& network : networks) ++of_name[network.name];
  std::map<std::string, size_t> number;
  for (ShownNetwork& network : networks) {
    const std::string name = network.name;
    if (of_name[name] > 1) network.name = fmt::format("{}, {} in {}", name, ++number[name], network.log);
  }
}

}  // namespace

Part networks_of(std::span<const NetworkSource> logs) {
  std::vector<ShownNetwork> shown;
  for (const NetworkSource& log : logs) {
    std::vector<ShownNetwork> some = log.networks.empty() ? suites_of(log) : named_networks(log);
    std::move(some.begin(), some.end(), std::back_inserter(shown));
  }
  Part part;
  if (shown.empty()) return part;
  name_apart(shown);
  if (shown.size() > kMostNetworks) {
    part.how = fmt::format("Of {} the last {} are shown.", counted(shown.size(), "network"), kMostNetworks);
    shown.erase(shown.begin(), shown.end() - kMostNetworks);
  }
  part.data = Json::array();
  for (ShownNetwork& network : shown) part.data.push_back(network_json(std::move(network)));
  return part;
}

}  // namespace tamis::report
