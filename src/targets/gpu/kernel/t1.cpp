#include "base/json.h"
#include "base/text.h"
#include "targets/gpu/kernel/description.h"
#include "targets/gpu/kernel/launch_spec.h"
#include "targets/gpu/kernel/source_text.h"
#include "targets/gpu/kernel/t1_arguments.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

/// What a few of BAT's files call differently, besides beginning in a small letter.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOtherNames{
    std::pair{"BlockSize", "LocalSize"}, std::pair{"GridSize", "GlobalSize"}, std::pair{"Length", "Size"},
    std::pair{"Value", "FillValue"}, std::pair{"Path", "DataSource"}};

struct T1Axis {
  const char* key;        ///< of sizes
  const char* divisors;   ///< of the problem
  const char* block;      ///< the knob that Kernel Tuner takes for the size of a block
  const char* grid;       ///< what Kernel Tuner calls the number of blocks
  const char* bat_block;  ///< the same in BAT
  const char* bat_grid;
  const char* ktt_block;  ///< and in KTT, whose host programs define it where it is no knob of the file
};

constexpr std::array kT1Axes{
    T1Axis{"X", "GridDivX", "block_size_x", "grid_size_x", "BLOCK_SIZE_X", "GRID_SIZE_X",
           "WORK_GROUP_SIZE_X"},
    T1Axis{"Y", "GridDivY", "block_size_y", "grid_size_y", "BLOCK_SIZE_Y", "GRID_SIZE_Y",
           "WORK_GROUP_SIZE_Y"},
    T1Axis{"Z", "GridDivZ", "block_size_z", "grid_size_z", "BLOCK_SIZE_Z", "GRID_SIZE_Z",
           "WORK_GROUP_SIZE_Z"},
};

/// What is passed over without a word, as it says nothing of a result.
constexpr std::array<std::string_view, 8> kSilent = {"BenchmarkName", "BenchmarkPath", "Device", "Stream",
                                                     "Profiling",     "Misc",          "Budget", "Comment"};
constexpr std::array<std::string_view, 14> kRead = {
    "Language",       "KernelName",   "KernelFile",      "GlobalSize",        "LocalSize",
    "GlobalSizeType", "ProblemSize",  "GridDivX",        "GridDivY",          "GridDivZ",
    "Arguments",      "SharedMemory", "CompilerOptions", "ReferenceArguments"};

/// A translation on its way.
struct Translation {
  const Json& specification;
  const Json& document;
  const Space& space;
  std::string folder;
  std::string place;
  Json kernel = Json::object();
  std::vector<std::string> notes = {};
};

/// The same JSON with the members' names of most T1 files: `kernelFile` is `KernelFile`, `length` is `Size`.
Json with_usual_names(const Json& json) {
  if (json.is_array()) {
    Json all = Json::array();
    for (const Json& one : json) all.push_back(with_usual_names(one));
    return all;
  }
  if (!json.is_object()) return json;
  Json all = Json::object();
  for (const auto& [name, value] : json.items()) {
    std::string usual = name;
    if (!usual.empty() && usual[0] >= 'a' && usual[0] <= 'z')
      usual[0] = static_cast<char>(usual[0] - 'a' + 'A');
    for (const auto& [other, known] : kOtherNames)
      if (usual == other) usual = known;
    all[usual] = with_usual_names(value);
  }
  return all;
}

/// The member of a document, in either spelling.
const Json* document_member(const Json& document, const char* name, const char* other) {
  const auto found = document.find(name);
  if (found != document.end()) return &*found;
  const auto second = document.find(other);
  return second == document.end() ? nullptr : &*second;
}

std::string t1_formula(const Json& json) {
  return json.is_string() ? json.get<std::string>()
                          : json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The sizes X, Y and Z of a member, as a list of formulas.
Result<Json> sizes_of(const Json& sizes, const std::string& place) {
  if (!sizes.is_object() || !sizes.contains("X"))
    return invalid_input(place + ": an object with X, and Y and Z where there are any, is expected");
  Json list = Json::array();
  for (const T1Axis& axis : kT1Axes)
    list.push_back(sizes.contains(axis.key) ? Json(t1_formula(sizes[axis.key])) : Json("1"));
  return list;
}

/// The sizes of a group: `LocalSize`, else the knobs that Kernel Tuner goes by.
Result<Json> group_of(const Translation& translation) {
  const auto found = translation.specification.find("LocalSize");
  if (found != translation.specification.end()) return sizes_of(*found, translation.place + ", LocalSize");
  Json list = Json::array();
  for (const T1Axis& axis : kT1Axes) list.push_back(translation.space.find(axis.block) ? axis.block : "1");
  if (std::none_of(list.begin(), list.end(), [](const Json& one) { return one != "1"; }))
    return invalid_input(
        translation.place +
        ", LocalSize: missing, and there is no knob block_size_x to take the size of a group from");
  return list;
}

/// The factors of a divisor; where there are none, what Kernel Tuner divides by.
Json divisors_along(const Translation& translation, const T1Axis& axis) {
  const auto found = translation.specification.find(axis.divisors);
  if (found == translation.specification.end() || found->is_null())
    return translation.space.find(axis.block) ? Json::array({axis.block}) : Json::array();
  Json factors = Json::array();
  for (const Json& factor : found->is_array() ? *found : Json::array({*found}))
    factors.push_back(t1_formula(factor));
  return factors;
}

bool has_divisors(const Json& specification) {
  return std::any_of(kT1Axes.begin(), kT1Axes.end(),
                     [&](const T1Axis& axis) { return specification.contains(axis.divisors); });
}

/// `problem_size` and its divisors, of up to three axes.
void add_problem(Translation& translation, Json& kernel) {
  const Json& size = translation.specification["ProblemSize"];
  Json problem = Json::array();
  Json divisors = Json::array();
  for (const Json& one : size.is_array() ? size : Json::array({size})) {
    if (problem.size() == kT1Axes.size()) break;
    divisors.push_back(divisors_along(translation, kT1Axes.at(problem.size())));
    problem.push_back(t1_formula(one));
  }
  kernel["problem_size"] = std::move(problem);
  kernel["grid_divisors"] = std::move(divisors);
}

/// `groups` or `global`, by the unit of GlobalSize.
Status add_global(const Translation& translation, Language language, Json& kernel) {
  TAMIS_ASSIGN(Json sizes,
               sizes_of(translation.specification["GlobalSize"], translation.place + ", GlobalSize"));
  const std::string place = translation.place + ", GlobalSizeType";
  std::string unit = language == Language::cuda ? "CUDA" : "OpenCL";
  if (translation.specification.contains("GlobalSizeType")) {
    TAMIS_ASSIGN(unit, JsonObject(translation.specification, translation.place).string("GlobalSizeType"));
  }
  const std::string small = in_small_letters(unit);
  if (small != "cuda" && small != "opencl")
    return unsupported(fmt::format("{}: {} is not read; CUDA (blocks) and OpenCL (items) are", place, unit));
  kernel[small == "cuda" ? "groups" : "global"] = std::move(sizes);
  return {};
}

/// Whether two launches have the same number of groups for a config, but for rounding; true where one of them
/// has none.
bool agree(const Translation& translation, const Json& one, const Json& other, const Config& config) {
  const FormulaNames names(translation.space.knobs());
  const auto a = read_launch(one, names, Scope::config, "");
  const auto b = read_launch(other, names, Scope::config, "");
  if (!a.ok() || !b.ok()) return true;
  const auto first = grid_of(*a, names, config);
  const auto second = grid_of(*b, names, config);
  if (!first.ok() || !second.ok()) return true;
  for (size_t axis = 0; axis < 3; ++axis) {
    const uint64_t low = std::min(first->groups.at(axis), second->groups.at(axis));
    if (std::max(first->groups.at(axis), second->groups.at(axis)) - low > 1) return false;
  }
  return true;
}

/// `ProblemSize` with divisors where there are any, else `GlobalSize`.
Status add_sizes(Translation& translation, Language language) {
  const Json& specification = translation.specification;
  TAMIS_ASSIGN(translation.kernel["group"], group_of(translation));
  const bool global = specification.contains("GlobalSize");
  const bool problem = specification.contains("ProblemSize") && (has_divisors(specification) || !global);
  if (!global && !problem)
    return invalid_input(translation.place +
                         ": neither ProblemSize nor GlobalSize says how large a launch is");
  if (!problem) {
    TAMIS_TRY(add_global(translation, language, translation.kernel));
    translation.notes.push_back(fmt::format("the launch is as large as GlobalSize says, in {}",
                                            translation.kernel.contains("groups") ? "groups" : "items"));
    return {};
  }
  const Json group = {{"entry", "kernel"}, {"group", translation.kernel["group"]}};
  add_problem(translation, translation.kernel);
  translation.notes.emplace_back("the launch is as large as ProblemSize and GridDivX, Y and Z say");
  if (!global) return {};
  Json by_problem = group;
  Json by_global = group;
  add_problem(translation, by_problem);
  TAMIS_TRY(add_global(translation, language, by_global));
  Random random(1);
  const Config config = translation.space.sample(random).value_or(translation.space.config(uint64_t{0}));
  if (!agree(translation, by_problem, by_global, config))
    translation.notes.emplace_back("GlobalSize says another size than ProblemSize, and was not used");
  return {};
}

/// What BAT defines for the compiler; a knob of the name stands for itself.
Status add_constants(Translation& translation) {
  const Json* found = document_member(translation.document, "BenchmarkConfig", "benchmarkConfig");
  Json constants = Json::object();
  Json defines = Json::object();
  if (found != nullptr && found->is_object())
    for (const auto& [name, value] : found->items()) {
      if (translation.space.find(name) || !(value.is_number() || value.is_boolean())) continue;
      constants[name] = value;
      if (is_c_identifier(name)) defines[name] = expression_name(name);
    }
  if (const auto size = translation.specification.find("ProblemSize");
      size != translation.specification.end() && size->is_array() &&
      std::all_of(size->begin(), size->end(), [](const Json& one) { return one.is_number_unsigned(); }))
    constants["ProblemSize"] = *size;
  if (!constants.empty()) translation.kernel["constants"] = std::move(constants);
  if (!defines.empty()) translation.kernel["defines"] = std::move(defines);
  return {};
}

/// The number of groups along an axis as a formula.
std::string groups_formula(const Json& kernel, size_t axis) {
  const auto at = [&](const char* key) {
    return axis < kernel[key].size() ? "(" + kernel[key][axis].get<std::string>() + ")" : std::string("1");
  };
  if (kernel.contains("groups")) return at("groups");
  if (kernel.contains("global")) return fmt::format("-(-{} // {})", at("global"), at("group"));
  std::string divisor = "1";
  if (axis < kernel["grid_divisors"].size())
    for (const Json& factor : kernel["grid_divisors"][axis])
      divisor += " * (" + factor.get<std::string>() + ")";
  return fmt::format("int(-(-{} // ({})))", at("problem_size"), divisor);
}

/// What Kernel Tuner, BAT and KTT define beside the knobs, where the source asks for it.
void add_launch_macros(Translation& translation, const SourceText& source) {
  Json& defines = translation.kernel["defines"];
  const auto add = [&](const char* name, const std::string& formula) {
    if (!has_word(source, name) || translation.space.find(name) || defines.contains(name)) return;
    if (!redefines(source, name)) defines[name] = formula;
  };
  if (translation.kernel.contains("problem_size")) add("kernel_tuner", "1");
  for (size_t i = 0; i < kT1Axes.size(); ++i) {
    const auto group = translation.kernel["group"].at(i).get<std::string>();
    const std::string groups = groups_formula(translation.kernel, i);
    add(kT1Axes.at(i).block, group);
    add(kT1Axes.at(i).grid, groups);
    add(kT1Axes.at(i).bat_block, group);
    add(kT1Axes.at(i).bat_grid, groups);
    add(kT1Axes.at(i).ktt_block, group);
  }
  if (defines.empty()) translation.kernel.erase("defines");
}

/// Whether CUDA code has an array whose size the launch says.
bool has_dynamic_memory(const SourceText& source) {
  const std::string text = source.text + source.included;
  for (size_t at = text.find("extern"); at != std::string::npos; at = text.find("extern", at + 1))
    if (text.substr(at, 80).find("__shared__") != std::string::npos) return true;
  return false;
}

void add_shared_memory(Translation& translation, const SourceText& source) {
  const auto found = translation.specification.find("SharedMemory");
  if (found == translation.specification.end() || found->is_null()) return;
  const std::string bytes = t1_formula(*found);
  if (bytes.empty() || bytes == "0") return;
  if (source.language == Language::cuda && !has_dynamic_memory(source))
    translation.notes.emplace_back(
        "SharedMemory was left out: the source has no array in dynamic shared memory");
  else
    translation.kernel["shared_bytes"] = bytes;
}

/// Whether an option belongs to the compiler of the other language.
bool is_foreign(const std::string& option, Language language) {
  if (language == Language::cuda) return option.starts_with("-cl-");
  const bool standard = option.starts_with("-std=") || option.starts_with("--std=");
  return standard || option.ends_with("-use_fast_math") || option.starts_with("-arch") ||
         option.starts_with("--gpu-architecture");
}

Status add_options(Translation& translation, Language language) {
  const auto found = translation.specification.find("CompilerOptions");
  if (found == translation.specification.end() || found->is_null()) return {};
  const std::string place = translation.place + ", CompilerOptions";
  Json options = Json::array();
  for (const Json& one : found->is_array() ? *found : Json::array({*found})) {
    if (!one.is_string()) return invalid_input(place + ": texts are expected");
    for (const std::string& option : split_text(one.get<std::string>(), ' ')) {
      if (!is_foreign(option, language))
        options.push_back(option);
      else
        translation.notes.push_back(
            fmt::format("the option {} is none of {} and was left out", option, to_string(language)));
    }
  }
  translation.kernel["options"] = std::move(options);
  return {};
}

/// What stands in constant memory is an argument like any other where the source has no array for it.
void drop_absent_symbols(Translation& translation, const SourceText& source) {
  for (Json& argument : translation.kernel["arguments"]) {
    if (!argument.contains("symbol") || source.language != Language::cuda) continue;
    const auto symbol = argument["symbol"].get<std::string>();
    if (has_constant_array(source, symbol)) continue;
    argument.erase("symbol");
    translation.notes.push_back(
        fmt::format("the source has no __constant__ array {}, so it is an argument like any "
                    "other",
                    symbol));
  }
}

void note_what_is_passed_over(Translation& translation) {
  for (const auto& item : translation.specification.items()) {
    const auto is = [&](std::string_view name) { return name == item.key(); };
    if (std::none_of(kSilent.begin(), kSilent.end(), is) && std::none_of(kRead.begin(), kRead.end(), is))
      translation.notes.push_back(fmt::format("{} of the KernelSpecification was passed over", item.key()));
  }
}

Result<Json> add_source(Translation& translation) {
  const JsonObject object(translation.specification, translation.place);
  TAMIS_ASSIGN(const std::string language, object.string("Language"));
  const std::string small = in_small_letters(language);
  if (small != "cuda" && small != "opencl")
    return unsupported(
        fmt::format("{}, Language: {} is not run; CUDA and OpenCL are", translation.place, language));
  TAMIS_ASSIGN(const std::string file, object.string("KernelFile"));
  TAMIS_ASSIGN(const std::string name, object.string("KernelName"));
  translation.kernel["source"] = file;
  translation.kernel["language"] = small;
  translation.kernel["entry"] = name;
  return translation.kernel;
}

/// A name in a size that nothing has is better said of the T1 file's field than of its translation's.
Status check_names(const Translation& translation) {
  std::vector<Knob> names = translation.space.knobs();
  if (translation.kernel.contains("constants"))
    for (const auto& [name, value] : translation.kernel["constants"].items())
      names.push_back(value.is_array() ? Knob{name, KnobKind::split, {value.get<std::vector<int64_t>>()}}
                                       : number_knob(name, {1}));
  const std::array<std::pair<const char*, const char*>, 5> fields{
      std::pair{"group", "LocalSize"}, std::pair{"groups", "GlobalSize"}, std::pair{"global", "GlobalSize"},
      std::pair{"problem_size", "ProblemSize"}, std::pair{"shared_bytes", "SharedMemory"}};
  for (const auto& [key, field] : fields) {
    if (!translation.kernel.contains(key)) continue;
    for (const Json& one : translation.kernel[key].flatten()) {
      if (!one.is_string()) continue;
      const Result<Expression> read = Expression::parse(one.get<std::string>(), names);
      if (!read.ok()) return read.error().within(fmt::format("{}, {}", translation.place, field));
    }
  }
  for (const T1Axis& axis : kT1Axes) {
    const auto found = translation.specification.find(axis.divisors);
    if (found == translation.specification.end()) continue;
    for (const Json& factor : divisors_along(translation, axis)) {
      const Result<Expression> read = Expression::parse(factor.get<std::string>(), names);
      if (!read.ok()) return read.error().within(fmt::format("{}, {}", translation.place, axis.divisors));
    }
  }
  return {};
}

}  // namespace

Result<Json> kernel_of_t1(const Json& t1, const std::string& origin, const std::string& folder,
                          const Space& space) {
  const Json* published = document_member(t1, "KernelSpecification", "kernelSpecification");
  if (published == nullptr || !published->is_object())
    return invalid_input(origin + ": \"KernelSpecification\" must be an object");
  const Json specification = with_usual_names(*published);
  Translation translation{specification, t1, space, folder, origin + ", KernelSpecification"};
  TAMIS_ASSIGN(const Json source_members, add_source(translation));
  TAMIS_ASSIGN(const SourceText source, read_source(source_members, folder, translation.place));
  TAMIS_TRY(add_sizes(translation, source.language));
  TAMIS_TRY(add_constants(translation));
  add_shared_memory(translation, source);
  TAMIS_TRY(check_names(translation));
  add_launch_macros(translation, source);
  TAMIS_TRY(add_options(translation, source.language));
  TAMIS_ASSIGN(translation.kernel["arguments"],
               arguments_of_t1(specification, space, folder, translation.place, translation.notes));
  drop_absent_symbols(translation, source);
  note_what_is_passed_over(translation);
  translation.kernel["notes"] = translation.notes;
  return std::move(translation.kernel);
}

}  // namespace tamis::gpu
