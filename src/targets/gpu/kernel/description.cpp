#include "targets/gpu/kernel/description.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "targets/gpu/kernel/argument.h"
#include "targets/gpu/kernel/launch_spec.h"
#include "targets/gpu/kernel/source_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

/// A macro that is none of the knobs.
struct Define {
  std::string name;
  Formula value;
};

/// A program whose formulas wait for a config.
struct ProgramSpec {
  SourceText source;
  std::vector<std::string> options;
  std::vector<Define> defines;
  bool knobs = true;  ///< whether each knob is a macro, too
  std::vector<LaunchSpec> launches;
  std::vector<std::vector<size_t>> passed;  ///< of each launch, the numbers of its arguments
};

/// All that is read of a file.
struct Reading {
  const Json& json;
  std::string place;
  std::string folder;
  FormulaNames names;
  std::vector<ArgumentSpec> arguments = {};
  std::vector<std::string> notes = {};
};

/// The constants that one names, for the message where one cannot be read: those behind it are not known yet.
std::string later_constants(const Json& constants, const std::string& name) {
  const auto names_in = [&](const std::string& of) {
    std::vector<std::string> found;
    const std::string text = constants[of].dump(-1, ' ', false, Json::error_handler_t::replace);
    for (const auto& [other, value] : constants.items())
      if (contains_word(text, other)) found.push_back(other);
    return found;
  };
  // Along the first name of each, until one comes again or none is named any more.
  std::vector<std::string> chain = {name};
  for (;;) {
    const std::vector<std::string> next = names_in(chain.back());
    if (next.empty()) break;
    const auto again = std::find(chain.begin(), chain.end(), next.front()) - chain.begin();
    const bool cycle = static_cast<size_t>(again) < chain.size();
    chain.push_back(next.front());
    if (cycle)
      return fmt::format("these constants are defined by one another: {}; give one of them a number",
                         fmt::join(chain.begin() + again, chain.end(), " -> "));
  }
  bool behind = false;
  const std::vector<std::string> named = names_in(name);
  for (const auto& [other, value] : constants.items()) {
    behind = behind || other == name;
    if (behind && std::find(named.begin(), named.end(), other) != named.end())
      return fmt::format("it names {}, which stands behind it; move {} in front of {}", other, other, name);
  }
  return {};
}

/// A number, or a list of whole ones, which formulas read as the factors of a split: `size[0]`.
Result<KnobValue> read_constant(const Json& json, const FormulaNames& names, const std::string& place) {
  if (!json.is_array()) {
    TAMIS_ASSIGN(const Formula formula, Formula::read(json, names, Scope::constants, place));
    return formula.value(names);
  }
  std::vector<int64_t> numbers;
  for (const Json& one : json) {
    TAMIS_ASSIGN(const Formula formula, Formula::read(one, names, Scope::constants, place));
    TAMIS_ASSIGN(const uint64_t number, formula.whole(names, 0));
    numbers.push_back(static_cast<int64_t>(number));
  }
  if (numbers.empty()) return invalid_input(place + ": the list is empty");
  return KnobValue(std::move(numbers));
}

Status read_constants(const Json& json, const std::string& place, FormulaNames& names) {
  if (!json.is_object()) return invalid_input(place + ": a mapping from names to numbers is expected");
  for (const auto& [name, value] : json.items()) {
    const std::string at = fmt::format("{}, {}", place, name);
    Result<KnobValue> constant = read_constant(value, names, at);
    if (!constant.ok()) {
      const std::string why = later_constants(json, name);
      return why.empty() ? constant.error() : invalid_input(fmt::format("{}: {}", at, why));
    }
    TAMIS_TRY(names.add_constant(name, std::move(*constant), at));
  }
  return {};
}

Status read_arguments(Reading& reading, Language language) {
  const std::string place = reading.place + ", arguments";
  if (!reading.json.contains("arguments"))
    return invalid_input(place + ": missing; a list of what the kernel takes is expected");
  const Json& list = reading.json["arguments"];
  if (!list.is_array()) return invalid_input(place + ": a list is expected");
  std::set<std::string> taken;
  for (const Json& one : list) {
    const std::string at = fmt::format("{}, number {}", place, reading.arguments.size() + 1);
    TAMIS_ASSIGN(ArgumentSpec spec, read_argument(one, reading.names, language, reading.folder, at));
    if (!taken.insert(spec.value.name).second)
      return invalid_input(fmt::format("{}: there are two arguments of this name", spec.place));
    reading.arguments.push_back(std::move(spec));
  }
  return {};
}

Result<std::vector<Define>> read_defines(const Json& json, const FormulaNames& names, Scope scope,
                                         const std::string& place) {
  std::vector<Define> defines;
  if (!json.is_object()) return invalid_input(place + ": a mapping from names to formulas is expected");
  for (const auto& [name, value] : json.items()) {
    const std::string at = fmt::format("{}, {}", place, name);
    if (!is_c_identifier(name)) return invalid_input(at + ": this is no name that a macro may have");
    for (size_t i = 0; i < names.knob_count(); ++i)
      if (scope == Scope::config && names.names()[i].name == name)
        return invalid_input(at + ": the knob of this name is a macro already");
    Result<Formula> formula = Formula::read(value, names, scope, at);
    if (!formula.ok())
      return Error{formula.error().kind,
                   formula.error().message + "\na text has quotes of its own: \"'float4'\""};
    defines.push_back({name, std::move(*formula)});
  }
  return defines;
}

Result<std::vector<std::string>> read_options(const Json& json, const std::string& place,
                                              std::vector<std::string>& notes) {
  std::vector<std::string> options;
  if (!json.is_array()) return invalid_input(place + ": a list of options of the compiler is expected");
  for (const Json& one : json) {
    if (!one.is_string()) return invalid_input(place + ": an option must be a text");
    if (one.get<std::string>().find_first_not_of(" \t") == std::string::npos)
      notes.emplace_back("an empty option of the compiler was left out");
    else
      options.push_back(one.get<std::string>());
  }
  return options;
}

/// A symbol that the source does not have could not be filled.
Status check_symbols(const Reading& reading, const SourceText& source) {
  for (const ArgumentSpec& spec : reading.arguments)
    if (source.language == Language::cuda && !spec.symbol.empty() && !has_constant_array(source, spec.symbol))
      return invalid_input(fmt::format("{}, symbol: {} has no __constant__ array \"{}\"", spec.place,
                                       source.name, spec.symbol));
  return {};
}

std::vector<std::string_view> argument_names(const Reading& reading) {
  std::vector<std::string_view> names;
  for (const ArgumentSpec& spec : reading.arguments) names.push_back(spec.value.name);
  return names;
}

Result<std::vector<size_t>> named_arguments(const std::vector<std::string>& wanted, const Reading& reading,
                                            const std::string& place) {
  const std::vector<std::string_view> names = argument_names(reading);
  std::vector<size_t> numbers;
  for (const std::string& name : wanted) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
      return invalid_input(fmt::format("{}, arguments: there is no argument \"{}\"{}", place, name,
                                       did_you_mean(name, names)));
    numbers.push_back(static_cast<size_t>(found - names.begin()));
  }
  return numbers;
}

using ParameterLists = std::vector<std::vector<std::string>>;

bool has_count(const ParameterLists& lists, size_t count) {
  return std::any_of(lists.begin(), lists.end(), [&](const auto& list) { return list.size() == count; });
}

/// Elements of one size may be read as each other's, as an array of numbers is as one of vectors.
bool alike(ElementType one, ElementType other) {
  return element_size(one) == element_size(other) && is_real(one) == is_real(other);
}

/// Compares what is passed with what the function says that it takes. A scalar of another kind is an error;
/// of an array, which is only memory, a note tells. Nothing is said where the text leaves a choice.
Status check_types(const LaunchSpec& launch, const ParameterLists& lists, const std::vector<size_t>& passed,
                   Reading& reading, const std::string& place) {
  if (lists.size() != 1) return {};
  for (size_t i = 0; i < std::min(passed.size(), lists[0].size()); ++i) {
    const ArgumentValue& value = reading.arguments[passed[i]].value;
    const std::optional<ParameterType> parameter = type_of_parameter(lists[0][i]);
    if (!parameter) continue;
    const bool same = alike(parameter->type.element, value.type);
    const std::string taken(to_string(parameter->type.element));
    if (parameter->pointer == value.scalar || (value.scalar && !same))
      return invalid_input(
          fmt::format("{}, argument {}: {} takes {} {} there, and {} is passed", place, value.name,
                      launch.entry, parameter->pointer ? "an array of" : "a number of the type", taken,
                      value.scalar ? "a " + std::string(to_string(value.type)) : "an array"));
    if (!same)
      reading.notes.push_back(fmt::format("{} takes {} for the argument {}, whose data are {}", launch.entry,
                                          taken, value.name, to_string(value.type)));
  }
  return {};
}

Error no_such_function(const LaunchSpec& launch, const SourceText& source, const std::string& place) {
  const std::vector<std::string> functions = void_functions(source);
  const std::vector<std::string_view> known(functions.begin(), functions.end());
  return invalid_input(fmt::format("{}, entry: {} has no function \"{}\"{}", place, source.name, launch.entry,
                                   known.empty() ? "" : did_you_mean(launch.entry, known)));
}

/// Which of the lists of what might be passed has as many as the function takes.
Result<std::vector<size_t>> fitting_arguments(LaunchSpec& launch, const SourceText& source, Reading& reading,
                                              const ParameterLists& lists, const std::vector<size_t>& all,
                                              const std::vector<size_t>& plain, const std::string& place) {
  const bool local = source.language == Language::opencl && launch.shared_bytes;
  if (local && has_count(lists, all.size() + 1)) return all;
  if (local && has_count(lists, all.size())) {
    launch.shared_bytes.reset();
    reading.notes.push_back(
        fmt::format("{} has no parameter for local memory, so none is passed", launch.entry));
  }
  if (has_count(lists, all.size())) return all;
  if (has_count(lists, plain.size())) return plain;
  return invalid_input(fmt::format("{}: {} takes {} in {}, and there {} to pass", place, launch.entry,
                                   counted(lists.front().size(), "parameter"), source.name,
                                   (plain.size() == 1 ? "is " : "are ") + counted(plain.size(), "argument")));
}

/// Which arguments a launch passes. What the source says of the function's parameters decides where the file
/// leaves it open, and refutes a file that passes others than the function takes.
Result<std::vector<size_t>> passed_arguments(LaunchSpec& launch, const SourceText& source, Reading& reading,
                                             const std::string& place) {
  std::vector<size_t> all;
  std::vector<size_t> plain;  // those that are not copied to symbols
  const bool cuda = source.language == Language::cuda;
  if (launch.arguments) {
    TAMIS_ASSIGN(all, named_arguments(*launch.arguments, reading, place));
    plain = all;
  } else {
    for (size_t i = 0; i < reading.arguments.size(); ++i) {
      all.push_back(i);
      if (!cuda || reading.arguments[i].symbol.empty()) plain.push_back(i);
    }
  }
  const std::optional<ParameterLists> lists = parameter_lists(source, launch.entry);
  if (!lists) return plain;
  if (lists->empty()) return no_such_function(launch, source, place);
  TAMIS_ASSIGN(std::vector<size_t> passed,
               fitting_arguments(launch, source, reading, *lists, all, plain, place));
  TAMIS_TRY(check_types(launch, *lists, passed, reading, place));
  return passed;
}

/// Launches of a program: the one that the mapping itself describes, or those that it lists.
Status read_launches(const Json& json, Scope scope, const std::string& place, Reading& reading,
                     ProgramSpec& program) {
  const auto add = [&](const Json& launch, const std::string& at) -> Status {
    TAMIS_ASSIGN(LaunchSpec spec, read_launch(launch, reading.names, scope, at));
    TAMIS_TRY(check_sizes(spec, reading.names));
    TAMIS_ASSIGN(std::vector<size_t> passed, passed_arguments(spec, program.source, reading, at));
    program.passed.push_back(std::move(passed));
    program.launches.push_back(std::move(spec));
    return {};
  };
  if (!json.contains("launches")) {
    Json alone = with_common_members(Json::object(), json);
    // In the file's own mapping these are descriptions.
    if (scope == Scope::constants && json.contains("arguments")) alone["arguments"] = json["arguments"];
    return add(alone, place);
  }
  const Json& launches = json["launches"];
  if (!launches.is_array() || launches.empty())
    return invalid_input(place + ", launches: a list of launches is expected");
  for (size_t i = 0; i < launches.size(); ++i) {
    const std::string at = fmt::format("{}, launches, number {}", place, i + 1);
    TAMIS_TRY(JsonObject(launches[i], at)
                  .allow_only({"entry", "arguments", "problem_size", "group", "groups", "grid_divisors",
                               "global", "shared_bytes", "when"}));
    TAMIS_TRY(add(with_common_members(launches[i], json), at));
  }
  return {};
}

Result<ProgramSpec> read_program(const Json& json, Scope scope, const std::string& place, Reading& reading,
                                 SourceText source) {
  ProgramSpec program;
  program.source = std::move(source);
  program.knobs = scope == Scope::config;
  if (json.contains("options")) {
    TAMIS_ASSIGN(program.options, read_options(json["options"], place + ", options", reading.notes));
  }
  if (json.contains("defines")) {
    TAMIS_ASSIGN(program.defines, read_defines(json["defines"], reading.names, scope, place + ", defines"));
  }
  TAMIS_TRY(read_launches(json, scope, place, reading, program));
  return program;
}

/// `#define`s of a knob: of a split its innermost factor, and every factor with its number.
std::string knob_macros(const Knob& knob, const KnobValue& value) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  if (factors == nullptr) return fmt::format("#define {} {}\n", knob.name, macro_text(value));
  std::string macros = fmt::format("#define {} {}\n", knob.name, factors->back());
  for (size_t i = 0; i < factors->size(); ++i)
    macros += fmt::format("#define {}_{} {}\n", knob.name, i, (*factors)[i]);
  return macros;
}

/// `config`: of the knobs; empty for a program that has none.
Result<KernelProgram> program_of(const ProgramSpec& spec, const FormulaNames& names,
                                 const std::vector<ArgumentSpec>& arguments, const Config& config) {
  KernelProgram program;
  program.source = {spec.source.language, "", spec.source.name, spec.options, spec.source.include_folders};
  for (size_t i = 0; spec.knobs && i < names.knob_count(); ++i) {
    const Knob& knob = names.names()[i];
    if (is_c_identifier(knob.name)) program.source.text += knob_macros(knob, knob.values[config.choices[i]]);
  }
  for (const Define& define : spec.defines) {
    TAMIS_ASSIGN(const KnobValue value, define.value.value(names, config));
    program.source.text += fmt::format("#define {} {}\n", define.name, macro_text(value));
  }
  program.source.text += spec.source.text;
  for (size_t i = 0; i < spec.launches.size(); ++i) {
    const LaunchSpec& launch = spec.launches[i];
    TAMIS_ASSIGN(const bool launched, is_launched(launch, names, config));
    if (!launched) continue;
    TAMIS_ASSIGN(const Grid grid, grid_of(launch, names, config));
    uint64_t shared_bytes = 0;
    if (launch.shared_bytes) {
      TAMIS_ASSIGN(shared_bytes, launch.shared_bytes->whole(names, config, 0));
    }
    program.launches.push_back({launch.entry, grid, shared_bytes, spec.passed[i]});
  }
  if (program.launches.empty())
    return invalid_input("no launch is left: the formula \"when\" of each is 0 here");
  for (size_t i = 0; i < arguments.size(); ++i)
    if (!arguments[i].symbol.empty() && spec.source.language == Language::cuda)
      program.symbols.push_back({arguments[i].symbol, i});
  return program;
}

/// What a user would look for in vain: knobs that the source does not see.
void add_notes_on_knobs(const ProgramSpec& program, Reading& reading) {
  const std::string formulas = reading.json.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (size_t i = 0; i < reading.names.knob_count(); ++i) {
    const std::string& name = reading.names.names()[i].name;
    if (!is_c_identifier(name)) {
      reading.notes.push_back(
          fmt::format("the knob \"{}\" has no name that a macro may have; give it one in \"defines\"", name));
    } else if (redefines(program.source, name)) {
      reading.notes.push_back(
          fmt::format("{} defines {} itself, so the knob may be without effect", program.source.name, name));
    } else if (!has_word(program.source, name) && formulas.find(name) == std::string::npos) {
      reading.notes.push_back(fmt::format("{} does not name the knob {}", program.source.name, name));
    }
  }
}

/// Data are made in the worker processes; what is wrong with them is said before anything is built.
Status check_data(Reading& reading) {
  for (const ArgumentSpec& spec : reading.arguments) {
    TAMIS_ASSIGN(const std::optional<std::string> note, check_argument(spec, reading.names));
    if (note) reading.notes.push_back(*note);
  }
  return {};
}

Status read_notes(const Json& json, const std::string& place, std::vector<std::string>& notes) {
  const auto is_text = [](const Json& note) { return note.is_string(); };
  if (!json.is_array() || !std::all_of(json.begin(), json.end(), is_text))
    return invalid_input(place + ": a list of sentences, each in quotes, is expected");
  for (const Json& note : json) notes.push_back(note.get<std::string>());
  return {};
}

/// A value that ends a line would end the macro.
Status check_knobs(const FormulaNames& names, const std::string& place) {
  for (size_t i = 0; i < names.knob_count(); ++i)
    for (const KnobValue& value : names.names()[i].values)
      if (const auto* text = std::get_if<std::string>(&value);
          text != nullptr && text->find_first_of("\r\n") != std::string::npos)
        return invalid_input(
            fmt::format("{}: a value of the knob \"{}\" has several lines, and a macro has one", place,
                        names.names()[i].name));
  return {};
}

Result<std::optional<ProgramSpec>> read_reference(Reading& reading, const SourceText& own) {
  if (!reading.json.contains("reference")) return std::optional<ProgramSpec>();
  const Json& json = reading.json["reference"];
  const std::string place = reading.place + ", reference";
  const JsonObject object(json, place);
  TAMIS_TRY(object.allow_only({"source", "text", "language", "include_folders", "entry", "arguments",
                               "options", "defines", "group", "groups", "global", "problem_size",
                               "grid_divisors", "shared_bytes"}));
  SourceText source = own;
  if (object.has("source") || object.has("text")) {
    TAMIS_ASSIGN(source, read_source(json, reading.folder, place));
  }
  if (source.language != own.language)
    return invalid_input(place + ": it is of another language than the kernel");
  TAMIS_ASSIGN(ProgramSpec program, read_program(json, Scope::constants, place, reading, std::move(source)));
  return std::optional<ProgramSpec>(std::move(program));
}

}  // namespace

struct KernelDescription::Parts {
  FormulaNames names;
  std::vector<ArgumentSpec> arguments;
  ProgramSpec program;
  std::optional<KernelProgram> reference;
  std::string digest;
  std::vector<std::string> notes;
};

KernelDescription::KernelDescription(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
KernelDescription::KernelDescription(KernelDescription&&) noexcept = default;
KernelDescription& KernelDescription::operator=(KernelDescription&&) noexcept = default;
KernelDescription::~KernelDescription() = default;

Result<KernelDescription> KernelDescription::read(const Json& json, const std::string& origin,
                                                  const std::string& folder, const Space& space) {
  const JsonObject object(json, origin);
  if (object.has("KernelSpecification") || object.has("kernelSpecification")) {
    TAMIS_ASSIGN(const Json translated, kernel_of_t1(json, origin, folder, space));
    return read(translated, origin, folder, space);
  }
  TAMIS_TRY(object.allow_only({"source", "text", "language", "entry", "arguments", "constants",
                               "problem_size", "group", "groups", "grid_divisors", "global", "shared_bytes",
                               "defines", "options", "include_folders", "launches", "reference", "notes"}));
  Reading reading{json, origin, folder, FormulaNames(space.knobs())};
  TAMIS_TRY(check_knobs(reading.names, origin));
  if (object.has("notes")) TAMIS_TRY(read_notes(json["notes"], origin + ", notes", reading.notes));
  if (object.has("constants"))
    TAMIS_TRY(read_constants(json["constants"], origin + ", constants", reading.names));
  TAMIS_ASSIGN(SourceText source, read_source(json, folder, origin));
  TAMIS_TRY(read_arguments(reading, source.language));
  TAMIS_TRY(check_data(reading));
  TAMIS_TRY(check_symbols(reading, source));
  auto parts = std::make_shared<Parts>(Parts{
      .names = FormulaNames({}), .arguments = {}, .program = {}, .reference = {}, .digest = {}, .notes = {}});
  TAMIS_ASSIGN(const std::optional<ProgramSpec> reference, read_reference(reading, source));
  TAMIS_ASSIGN(parts->program, read_program(json, Scope::config, origin, reading, std::move(source)));
  add_notes_on_knobs(parts->program, reading);
  std::string all = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  all += parts->program.source.text + parts->program.source.included;
  if (reference) {
    const Config none{std::vector<uint32_t>(reading.names.names().size(), 0)};
    TAMIS_ASSIGN(parts->reference, program_of(*reference, reading.names, reading.arguments, none));
    all += reference->source.text + reference->source.included;
  }
  parts->digest = tamis::digest(all);
  parts->names = std::move(reading.names);
  parts->arguments = std::move(reading.arguments);
  parts->notes = std::move(reading.notes);
  return KernelDescription(std::move(parts));
}

Language KernelDescription::language() const { return parts_->program.source.language; }

std::string KernelDescription::digest() const { return parts_->digest; }

Result<KernelProgram> KernelDescription::program(const Space& space, const Config& config) const {
  if (!belongs(space, config) || config.choices.size() != parts_->names.knob_count())
    return invalid_input("the config is of another space than the kernel");
  return program_of(parts_->program, parts_->names, parts_->arguments, config);
}

Result<std::vector<Constraint>> KernelDescription::limits(const DeviceFacts& device) const {
  std::vector<Constraint> all;
  const std::shared_ptr<const FormulaNames> names(parts_, &parts_->names);
  for (const LaunchSpec& launch : parts_->program.launches) {
    const std::shared_ptr<const LaunchSpec> spec(parts_, &launch);
    TAMIS_ASSIGN(std::vector<Constraint> some, limits_of(spec, names, device));
    for (Constraint& one : some)
      if (std::none_of(all.begin(), all.end(),
                       [&](const Constraint& other) { return other.text == one.text; }))
        all.push_back(std::move(one));
  }
  return all;
}

Result<std::vector<ArgumentValue>> KernelDescription::arguments(uint64_t seed) const {
  std::vector<ArgumentValue> values;
  for (const ArgumentSpec& spec : parts_->arguments) {
    TAMIS_ASSIGN(ArgumentValue value, make_argument(spec, parts_->names, seed));
    values.push_back(std::move(value));
  }
  return values;
}

const std::optional<KernelProgram>& KernelDescription::reference() const { return parts_->reference; }

const std::vector<std::string>& KernelDescription::notes() const { return parts_->notes; }

}  // namespace tamis::gpu
