#include "cli/run_library.h"

#include "base/json.h"
#include "base/text.h"
#include "drawing/text_table.h"
#include "network/deploy/loaded_library.h"
#include "network/graph/graph.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

using network::Array;
using network::LibraryPort;
using network::LibraryTimes;
using network::LoadedLibrary;

constexpr size_t kRunsByLayer = 10;  // where --by-layer comes without --repeat
constexpr size_t kMostRuns = 1'000'000;

double milliseconds(uint64_t ns) { return static_cast<double>(ns) / 1e6; }

std::vector<std::string_view> names_of(const std::vector<LibraryPort>& ports) {
  std::vector<std::string_view> names;
  names.reserve(ports.size());
  for (const LibraryPort& port : ports) names.push_back(port.name);
  return names;
}

struct LayerTime {
  std::string name;
  std::string kernel;
  double median_ms = 0;
  double share = 0;  ///< of the sum of all
};

std::vector<LayerTime> layers_of(const network::Library& library, const LibraryTimes& times) {
  const uint64_t sum = std::accumulate(times.step_ns.begin(), times.step_ns.end(), uint64_t{0});
  std::vector<LayerTime> layers;
  for (size_t i = 0; i < library.steps.size(); ++i) {
    const double share = sum == 0 ? 0 : static_cast<double>(times.step_ns[i]) / static_cast<double>(sum);
    layers.push_back({network::printable(library.steps[i].name),
                      network::printable(network::what_of(library, library.steps[i])),
                      milliseconds(times.step_ns[i]), share});
  }
  return layers;
}

/// What came of a run, to be shown.
struct Report {
  const LoadedLibrary& loaded;
  const TimingArguments& timing;
  std::vector<std::string> filled;  ///< inputs that nobody gave
  std::optional<LibraryTimes> times;
};

Json to_json(const Report& report) {
  const network::Library& library = report.loaded.library();
  Json outputs = Json::array();
  for (const LibraryPort& port : library.outputs)
    outputs.push_back({{"name", port.name}, {"type", to_string(port.type)}, {"shape", port.shape}});
  Json json = {{"computed_by", "library"},
               {"network", library.name},
               {"threads", report.loaded.threads()},
               {"filled", report.filled},
               {"outputs", std::move(outputs)}};
  if (!report.times) return json;
  json["repeat"] = report.times->run_ns.size();
  json["min_ms"] = milliseconds(report.times->least_ns);
  json["median_ms"] = milliseconds(report.times->median_ns);
  if (!report.timing.by_layer) return json;
  Json layers = Json::array();
  for (const LayerTime& layer : layers_of(library, *report.times))
    layers.push_back({{"name", layer.name},
                      {"kernel", layer.kernel},
                      {"median_ms", layer.median_ms},
                      {"share", layer.share}});
  json["layers"] = std::move(layers);
  return json;
}

std::string draw(const Report& report) {
  const network::Library& library = report.loaded.library();
  TextTable outputs({"output", "type", "shape"}, {0, 1, 2});
  for (const LibraryPort& port : library.outputs)
    outputs.add_row(
        {network::printable(port.name), std::string(to_string(port.type)), network::to_string(port.shape)});
  std::string text = outputs.draw();
  if (!report.times) return text;
  text +=
      fmt::format("\n{:.4g} ms least, {:.4g} ms median of {} on {}\n", milliseconds(report.times->least_ns),
                  milliseconds(report.times->median_ns), counted(report.times->run_ns.size(), "run"),
                  counted(report.loaded.threads(), "thread"));
  if (!report.timing.by_layer) return text;
  TextTable layers({"layer", "kernel", "median ms", "share"}, {0, 1});
  for (const LayerTime& layer : layers_of(library, *report.times))
    layers.add_row({layer.name, layer.kernel, fmt::format("{:.4g}", layer.median_ms), percent(layer.share)});
  return text + "\n" + layers.draw();
}

/// Fills what is not given, where only times are asked for as well.
Result<NamedArrays> complete(const LoadedLibrary& loaded, NamedArrays given, bool timed,
                             std::vector<std::string>& filled) {
  for (const LibraryPort& port : loaded.library().inputs)
    if (given.count(port.name) == 0) filled.push_back(port.name);
  if (filled.empty()) return given;
  if (!timed)
    return invalid_input(
        fmt::format("input \"{}\" is missing: give --input {}=x.npy, or --repeat to time the "
                    "network with other numbers",
                    network::printable(filled.front()), network::printable(filled.front())));
  return loaded.fill_missing(std::move(given));
}

}  // namespace

void TimingArguments::add_to(CLI::App& app) {
  app.add_option("--threads", threads,
                 "of a compiled network: threads of a run; as many as it was compiled for when not given")
      ->check(CLI::Range(1, 4096));
  app.add_option("--repeat", repeat, "of a compiled network: time so many runs, after one that is not timed")
      ->check(CLI::Range(size_t{1}, kMostRuns));
  app.add_flag("--by-layer", by_layer, "of a compiled network: the time of each of its layers too");
}

Result<int> run_library(const LibraryArguments& arguments, const Console& console) {
  const TimingArguments& timing = arguments.timing;
  const size_t repeat = timing.repeat == 0 && timing.by_layer ? kRunsByLayer : timing.repeat;
  TAMIS_ASSIGN(const auto loaded, LoadedLibrary::open(arguments.directory, timing.threads));
  const network::Library& library = loaded->library();
  Report report{*loaded, timing, {}, std::nullopt};
  TAMIS_ASSIGN(NamedArrays given, read_inputs(arguments.files.inputs, names_of(library.inputs)));
  TAMIS_ASSIGN(const NamedArrays inputs, complete(*loaded, std::move(given), repeat > 0, report.filled));
  TAMIS_ASSIGN(const std::vector<Array> outputs, loaded->run(inputs));
  TAMIS_TRY(write_outputs(arguments.files.outputs, names_of(library.outputs), outputs));
  if (!report.filled.empty())
    console.note(fmt::format("tamis: filled with numbers that are the same in every run: {}\n",
                             fmt::join(report.filled, ", ")));
  if (repeat > 0) {
    TAMIS_ASSIGN(report.times, loaded->time(inputs, repeat));
  }
  return finish(console, arguments.json ? to_json(report).dump(2) + "\n" : draw(report));
}

}  // namespace tamis::cli
