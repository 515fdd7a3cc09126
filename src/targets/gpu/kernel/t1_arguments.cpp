#include "targets/gpu/kernel/t1_arguments.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "targets/gpu/kernel/element.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr double kRandomIntegersBelow = 100;

bool names_a_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// All values of a knob as a list of a formula.
std::string list_of_values(const Knob& knob) {
  std::string list;
  for (const KnobValue& value : knob.values) {
    const bool text = std::holds_alternative<std::string>(value);
    list +=
        (list.empty() ? "[" : ", ") + (text ? "'" + tamis::to_string(value) + "'" : tamis::to_string(value));
  }
  return list + "]";
}

/// Kernel Tuner evaluates `Size` with lists of all values for knobs: `max(filter_width)`.
std::string with_lists_for_knobs(const std::string& formula, const Space& space) {
  std::string text;
  for (size_t i = 0; i < formula.size();) {
    size_t end = i;
    while (end < formula.size() && names_a_part(formula[end])) ++end;
    if (end == i) {
      text += formula[i++];
      continue;
    }
    const std::string word = formula.substr(i, end - i);
    const std::optional<size_t> knob = space.find(word);
    text += knob ? list_of_values(space.knobs()[*knob]) : word;
    i = end;
  }
  return text;
}

/// The name of an argument as a kernel file may have it.
std::string plain_name(std::string name) {
  for (char& c : name)
    if (!names_a_part(c)) c = '_';
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) != 0 ? "_" + name : name;
}

/// A number, or a text that is one, or a formula.
Result<Json> number_of(const JsonObject& object, const Json& json, const char* key) {
  TAMIS_ASSIGN(const Json* value, object.member(key));
  if (value->is_number() || value->is_string() || value->is_boolean()) return *value;
  return invalid_input(fmt::format("{}, {}: a number is expected, found {}", object.origin(), key,
                                   json[key].dump(-1, ' ', false, Json::error_handler_t::replace)));
}

/// Reads the arguments of one file.
class T1Arguments {
 public:
  T1Arguments(const Space& space, std::string folder, std::string place, std::vector<std::string>& notes)
      : space_(space), folder_(std::move(folder)), place_(std::move(place)), notes_(notes) {}

  Result<Json> read(const Json& specification) {
    const std::string place = place_ + ", Arguments";
    if (!specification.contains("Arguments") || !specification["Arguments"].is_array())
      return invalid_input(place + ": a list is expected");
    Json all = Json::array();
    for (const Json& one : specification["Arguments"]) {
      TAMIS_ASSIGN(Json argument, read_one(one, fmt::format("{}, number {}", place, all.size() + 1)));
      all.push_back(std::move(argument));
    }
    if (specification.contains("ReferenceArguments")) TAMIS_TRY(add_references(specification, all));
    add_notes(all);
    return all;
  }

 private:
  Result<Json> read_one(const Json& json, const std::string& at) {
    TAMIS_ASSIGN(std::string name, JsonObject(json, at).string_or("Name", ""));
    const std::string place = name.empty() ? at : fmt::format("{}, {}", at, name);
    name = plain_name(name);
    if (name.empty()) name = fmt::format("argument_{}", taken_.size() + 1);
    while (!taken_.insert(name).second) name += "_";
    const JsonObject object(json, place);
    TAMIS_ASSIGN(const std::string type, object.string("Type"));
    TAMIS_ASSIGN(const ArgumentType parsed, parse_type(type, place + ", Type"));
    TAMIS_ASSIGN(const std::string memory, object.string("MemoryType"));
    const std::string kind = in_small_letters(memory);
    Json argument = {{"name", name}, {"type", type}};
    if (kind == "scalar") {
      TAMIS_ASSIGN(argument["value"], number_of(object, json, "FillValue"));
      return argument;
    }
    if (kind != "vector" && kind != "symbol")
      return unsupported(
          fmt::format("{}, MemoryType: {} is not read; Scalar, Vector and Symbol are", place, memory));
    TAMIS_ASSIGN(argument["shape"], size_of(object, json));
    TAMIS_ASSIGN(argument["data"], data_of(object, json, parsed.element));
    TAMIS_ASSIGN(const std::string place_in_memory, object.string_or("MemType", ""));
    if (kind == "symbol" || in_small_letters(place_in_memory) == "constant") argument["symbol"] = name;
    if (is_output(json)) argument["output"] = true;
    hinted_ = hinted_ || json.contains("AccessType");
    return argument;
  }

  static bool is_output(const Json& json) {
    const auto found = json.find("Output");
    if (found == json.end()) return false;
    return found->is_boolean() ? found->get<bool>() : found->is_number() && found->get<double>() != 0;
  }

  Result<Json> size_of(const JsonObject& object, const Json& json) const {
    TAMIS_ASSIGN(Json size, number_of(object, json, "Size"));
    if (size.is_string()) return Json(with_lists_for_knobs(size.get<std::string>(), space_));
    return size;
  }

  Result<Json> data_of(const JsonObject& object, const Json& json, ElementType type) {
    TAMIS_ASSIGN(const std::string fill, object.string_or("FillType", "Constant"));
    if (fill == "Constant") return object.has("FillValue") ? number_of(object, json, "FillValue") : Json(0);
    if (fill == "Random" || fill == "random") return random_of(object, type);
    if (fill == "uninitialized") return Json(0);
    if (fill == "Generator" || fill == "BinaryRaw" || fill == "file") {
      TAMIS_ASSIGN(const std::string source, object.string("DataSource"));
      return Json{{fill == "Generator" ? "formula" : "file", source}};
    }
    return unsupported(
        fmt::format("{}, FillType: {} is not read; Constant, Random, Generator and BinaryRaw are",
                    object.origin(), fill));
  }

  Result<Json> random_of(const JsonObject& object, ElementType type) {
    double high = 1;
    if (object.has("FillValue")) {
      TAMIS_ASSIGN(high, object.number("FillValue"));
    }
    std::array<std::byte, 8> ignored{};
    const bool held = store(is_real(type) ? high : std::ceil(high) - 1, type, ignored.data());
    const bool usable = held && (is_real(type) ? high > 0 : high >= 2);
    if (!usable) high = is_real(type) ? 1 : kRandomIntegersBelow;
    random_.push_back(fmt::format("{}", high));
    return Json{{"random", "uniform"}, {"low", 0}, {"high", high}};
  }

  Status add_references(const Json& specification, Json& all) {
    const std::string at = place_ + ", ReferenceArguments";
    if (!specification["ReferenceArguments"].is_array()) return invalid_input(at + ": a list is expected");
    for (const Json& one : specification["ReferenceArguments"]) {
      TAMIS_ASSIGN(const std::string target, JsonObject(one, at).string("TargetName"));
      const auto found = std::find_if(all.begin(), all.end(), [&](const Json& argument) {
        return argument["name"] == plain_name(target);
      });
      if (found == all.end())
        return invalid_input(fmt::format("{}: there is no argument of the TargetName \"{}\"", at, target));
      TAMIS_TRY(add_reference(one, fmt::format("{}, {}", at, target), *found));
    }
    return {};
  }

  Status add_reference(const Json& json, const std::string& place, Json& argument) {
    const JsonObject object(json, place);
    TAMIS_ASSIGN(const ArgumentType type, parse_type(argument["type"].get<std::string>(), place));
    argument["output"] = true;
    TAMIS_TRY(add_tolerance(object, argument));
    TAMIS_ASSIGN(const std::string fill, object.string_or("FillType", "Constant"));
    if (fill == "Random") return invalid_input(place + ", FillType: random numbers are no result");
    TAMIS_ASSIGN(Json expected, data_of(object, json, type.element));
    if (expected.is_object() && expected.contains("file")) {
      const auto file = expected["file"].get<std::string>();
      if (!require_regular_file((std::filesystem::path(folder_) / file).string()).ok()) {
        notes_.push_back(
            fmt::format("the reference {} is not there, so the default config's result stands for it", file));
        return {};
      }
    }
    argument["expected"] = std::move(expected);
    return {};
  }

  /// KTT's threshold is 1e-4 where the file does not say.
  Status add_tolerance(const JsonObject& object, Json& argument) {
    TAMIS_ASSIGN(const std::string method, object.string_or("ValidationMethod", "SideBySideComparison"));
    double threshold = 1e-4;
    if (object.has("ValidationThreshold")) {
      TAMIS_ASSIGN(threshold, object.number("ValidationThreshold"));
    }
    const bool relative = method == "SideBySideRelativeComparison";
    if (!relative && method != "SideBySideComparison" && method != "AbsoluteDifference")
      return unsupported(fmt::format("{}, ValidationMethod: {} is not read", object.origin(), method));
    argument[relative ? "relative_tolerance" : "tolerance"] = threshold;
    if (method == "AbsoluteDifference")
      notes_.emplace_back(
          "AbsoluteDifference is a sum in KTT; here every element may differ by the threshold");
    return {};
  }

  void add_notes(const Json& all) {
    if (!random_.empty()) {
      std::sort(random_.begin(), random_.end());
      random_.erase(std::unique(random_.begin(), random_.end()), random_.end());
      std::string bounds;
      for (const std::string& bound : random_) bounds += (bounds.empty() ? "" : ", ") + bound;
      notes_.push_back(fmt::format(
          "Random data are uniform from 0 to {}, the same for all configs and of each argument its "
          "own; arguments that must agree with each other need files",
          bounds));
    }
    if (hinted_)
      notes_.emplace_back("AccessType is not relied on: every argument is restored before a checked run");
    if (std::none_of(all.begin(), all.end(), [](const Json& one) { return one.contains("output"); }))
      notes_.emplace_back("no argument has Output, so all arguments that a launch changes are compared");
  }

  const Space& space_;
  std::string folder_;
  std::string place_;
  std::vector<std::string>& notes_;
  std::set<std::string> taken_;
  std::vector<std::string> random_;  ///< the bounds of random data
  bool hinted_ = false;
};

}  // namespace

Result<Json> arguments_of_t1(const Json& specification, const Space& space, const std::string& folder,
                             const std::string& place, std::vector<std::string>& notes) {
  return T1Arguments(space, folder, place, notes).read(specification);
}

}  // namespace tamis::gpu
