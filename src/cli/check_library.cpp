#include "cli/check_library.h"

#include "base/file.h"
#include "base/json.h"
#include "drawing/text_table.h"
#include "network/graph/graph.h"
#include "network/graph/npy.h"
#include "process/exit_status.h"
#include "process/run_to_end.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

namespace fs = std::filesystem;

/// What the script exits with where it cannot begin.
constexpr int kMissing = 3;

/// Arguments: the model, the folder of arrays, then the names of the inputs. Writes the outputs at both
/// levels, and prints its version.
constexpr const char* kScript = R"(
import sys
try:
    import numpy, onnxruntime
except ImportError as fault:
    print(fault, file=sys.stderr)
    sys.exit(3)
model, folder, names = sys.argv[1], sys.argv[2], sys.argv[3:]
inputs = {name: numpy.load(f"{folder}/input{i}.npy") for i, name in enumerate(names)}
levels = onnxruntime.GraphOptimizationLevel
for word, level in (("plain", levels.ORT_DISABLE_ALL), ("optimised", levels.ORT_ENABLE_ALL)):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    taken = {}
    for port in session.get_inputs():  # one that no output needs is not of the library
        shape = [size if isinstance(size, int) else 1 for size in port.shape]
        kind = {"float": "float32", "double": "float64"}.get(port.type[7:-1], port.type[7:-1])
        taken[port.name] = inputs[port.name] if port.name in inputs else numpy.zeros(shape, kind)
    for i, value in enumerate(session.run(None, taken)):
        numpy.save(f"{folder}/{word}{i}.npy", value)
print(onnxruntime.__version__)
)";

/// A folder that goes with this object.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> create() {
    std::error_code fault;
    std::string path = (fs::temp_directory_path(fault) / "tamis-check-XXXXXX").string();
    if (fault || ::mkdtemp(path.data()) == nullptr)
      return io_error("a folder for temporary files cannot be made: " + path);
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// The version of onnxruntime, which has written its outputs.
Result<std::string> run_onnxruntime(const CheckOptions& options, const std::vector<std::string>& names,
                                    const std::string& folder) {
  SpawnOptions spawn;
  spawn.arguments = {options.python, "-c", kScript, options.model, folder};
  spawn.arguments.insert(spawn.arguments.end(), names.begin(), names.end());
  TAMIS_ASSIGN(const Finished finished, run_to_end(spawn, {.stop = options.stop}));
  if (finished.status == 0 && !finished.output.empty())
    return finished.output.substr(0, finished.output.find('\n'));
  const std::string said = tail_of_output(finished.errors);
  if (WIFEXITED(finished.status) && WEXITSTATUS(finished.status) == kMissing)
    return invalid_input(fmt::format(
        "{} has no onnxruntime to compare with ({}); name one that has by --python, or leave --check out",
        options.python, said));
  if (said.empty())
    return invalid_input(
        fmt::format("{} ended with {} and printed nothing, instead of the version of its onnxruntime; name "
                    "a Python by --python",
                    options.python, describe_status(finished.status)));
  return invalid_input(fmt::format("onnxruntime of {} does not run {} ({}): {}", options.python,
                                   options.model, describe_status(finished.status), said));
}

template <class T>
double difference_of_numbers(std::span<const T> given, std::span<const T> expected) {
  double largest = 0;
  double difference = 0;
  for (size_t i = 0; i < given.size(); ++i) {
    const auto a = static_cast<double>(given[i]);
    const auto b = static_cast<double>(expected[i]);
    if (a == b || (std::isnan(a) && std::isnan(b))) {
      if (std::isfinite(b)) largest = std::max(largest, std::abs(b));
      continue;
    }
    if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(b));
    difference = std::max(difference, std::abs(a - b));
  }
  if (difference == 0) return 0;
  return largest == 0 ? std::numeric_limits<double>::infinity() : difference / largest;
}

bool holds_fractions(network::ElementType type) {
  return network::visit_type(
      type, [](auto identity) { return network::kIsFloating<typename decltype(identity)::type>; });
}

/// `"y"`, `"y" and 3 more`.
std::string named(const std::vector<const CheckedOutput*>& outputs) {
  const std::string first = fmt::format("\"{}\"", network::printable(outputs.front()->name));
  return outputs.size() == 1 ? first : fmt::format("{} and {} more", first, outputs.size() - 1);
}

/// Which bounds were taken: the tolerance, and where onnxruntime differs from itself, others.
std::string describe_bounds(const CheckReport& report) {
  std::vector<const CheckedOutput*> amplified;
  std::vector<const CheckedOutput*> unmeasured;
  for (const CheckedOutput& output : report.outputs) {
    const std::optional<double> bound = output.bound(report.tolerance);
    if (!bound)
      unmeasured.push_back(&output);
    else if (*bound > report.tolerance)
      amplified.push_back(&output);
  }
  std::string text = fmt::format("at most {:g}", report.tolerance);
  if (!amplified.empty()) {
    const auto more = [](const CheckedOutput* a, const CheckedOutput* b) { return a->peer < b->peer; };
    const CheckedOutput& widest = **std::max_element(amplified.begin(), amplified.end(), more);
    text += fmt::format(", but of {} what onnxruntime differs from itself, at most {:.1e}", named(amplified),
                        widest.peer);
  }
  if (!unmeasured.empty())
    text += fmt::format(
        "; onnxruntime optimised and not differ without measure in {}, which {} held to either of the two",
        named(unmeasured), unmeasured.size() == 1 ? "is" : "are");
  return text;
}

}  // namespace

double difference_of(const network::Array& given, const network::Array& expected) {
  if (given.type() != expected.type() || given.shape() != expected.shape())
    return std::numeric_limits<double>::infinity();
  return network::visit_type(given.type(), [&](auto identity) -> double {
    using T = typename decltype(identity)::type;
    if constexpr (network::kIsFloating<T>)
      return difference_of_numbers<T>(given.values<T>(), expected.values<T>());
    return std::equal(given.bytes().begin(), given.bytes().end(), expected.bytes().begin()) ? 0 : 1;
  });
}

std::optional<double> CheckedOutput::bound(double tolerance) const {
  if (peer <= tolerance) return tolerance;
  return std::isfinite(peer) && fractions ? std::optional(peer) : std::nullopt;
}

bool CheckedOutput::holds(double tolerance) const {
  if (const std::optional<double> most = bound(tolerance)) return from_plain <= *most;
  return from_plain <= tolerance || from_optimised <= tolerance;
}

bool CheckReport::passed() const {
  return std::all_of(outputs.begin(), outputs.end(),
                     [&](const CheckedOutput& output) { return output.holds(tolerance); });
}

Result<CheckReport> check_library(network::LoadedLibrary& library, const CheckOptions& options) {
  TAMIS_ASSIGN(const TemporaryFolder folder, TemporaryFolder::create());
  TAMIS_ASSIGN(const network::NamedArrays inputs, library.fill_missing(options.inputs));
  std::vector<std::string> names;
  for (const auto& [name, value] : inputs) {
    TAMIS_ASSIGN(const std::string bytes, network::to_npy(value));
    TAMIS_TRY(write_file(folder.file(fmt::format("input{}.npy", names.size())), bytes));
    names.push_back(name);
  }
  CheckReport report;
  report.tolerance = options.tolerance;
  TAMIS_ASSIGN(report.onnxruntime, run_onnxruntime(options, names, folder.path()));
  TAMIS_ASSIGN(const std::vector<network::Array> given, library.run(inputs));
  const auto read = [&](const char* word, size_t output) -> Result<network::Array> {
    const std::string path = folder.file(fmt::format("{}{}.npy", word, output));
    TAMIS_ASSIGN(const std::string bytes, read_file(path));
    return network::read_npy(bytes, path);
  };
  for (size_t i = 0; i < given.size(); ++i) {
    TAMIS_ASSIGN(const network::Array plain, read("plain", i));
    TAMIS_ASSIGN(const network::Array optimised, read("optimised", i));
    report.outputs.push_back({library.library().outputs[i].name, difference_of(given[i], plain),
                              difference_of(given[i], optimised), difference_of(optimised, plain),
                              holds_fractions(given[i].type())});
  }
  return report;
}

std::string draw_check(const CheckReport& report) {
  TextTable table({"output", "from onnxruntime", "from it optimised", "it from itself", "at most"}, {0});
  for (const CheckedOutput& output : report.outputs) {
    const std::optional<double> bound = output.bound(report.tolerance);
    table.add_row({network::printable(output.name), fmt::format("{:.1e}", output.from_plain),
                   fmt::format("{:.1e}", output.from_optimised), fmt::format("{:.1e}", output.peer),
                   bound ? fmt::format("{:.1e}", *bound) : "either"});
  }
  return fmt::format(
      "{}compared with onnxruntime {}: {} (differences in units of an output's largest number; {})\n",
      table.draw(), report.onnxruntime, report.passed() ? "equal" : "DIFFERENT", describe_bounds(report));
}

Json check_json(const CheckReport& report) {
  Json outputs = Json::array();
  for (const CheckedOutput& output : report.outputs) {
    const std::optional<double> bound = output.bound(report.tolerance);
    outputs.push_back({{"name", output.name},
                       {"from_plain", output.from_plain},
                       {"from_optimised", output.from_optimised},
                       {"peer", output.peer},
                       {"bound", bound ? Json(*bound) : Json()},
                       {"holds", output.holds(report.tolerance)}});
  }
  return {{"onnxruntime", report.onnxruntime},
          {"passed", report.passed()},
          {"tolerance", report.tolerance},
          {"outputs", std::move(outputs)}};
}

}  // namespace tamis::cli
