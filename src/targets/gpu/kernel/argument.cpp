#include "targets/gpu/kernel/argument.h"

#include "base/file.h"
#include "base/file_text.h"
#include "base/json.h"
#include "base/npy.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

/// More than any device's memory, and little enough that no product overflows.
constexpr uint64_t kMostBytes = uint64_t{1} << 40;
/// Random integers are below this where the file does not say otherwise.
constexpr double kRandomIntegers = 100;

size_t bytes_each(const ArgumentValue& value) {
  return element_size(value.type) * static_cast<size_t>(value.places);
}

Result<uint64_t> read_count(const Json& shape, const FormulaNames& names, const ArgumentValue& value,
                            const std::string& place) {
  const Json sizes = shape.is_array() ? shape : Json::array({shape});
  if (sizes.empty()) return invalid_input(fmt::format("{}: a list of sizes is expected", place));
  uint64_t count = 1;
  for (const Json& size : sizes) {
    TAMIS_ASSIGN(const Formula formula, Formula::read(size, names, Scope::constants, place));
    TAMIS_ASSIGN(const uint64_t number, formula.whole(names, 1));
    if (number > kMostBytes / bytes_each(value) / count)
      return invalid_input(fmt::format("{}: the argument is larger than 1 TiB", place));
    count *= number;
  }
  return count;
}

Result<RandomData> read_random(const JsonObject& object, ElementType type) {
  TAMIS_TRY(object.allow_only({"random", "low", "high", "mean", "deviation"}));
  TAMIS_ASSIGN(const std::string form, object.string("random"));
  RandomData random;
  random.high = is_real(type) ? 1 : kRandomIntegers;
  random.normal = form == "normal";
  if (form != "uniform" && form != "normal")
    return invalid_input(fmt::format("{}: there is no distribution \"{}\"{}", object.origin(), form,
                                     did_you_mean(form, {"uniform", "normal"})));
  if (random.normal && !is_real(type))
    return invalid_input(
        fmt::format("{}: normal numbers are real, and the argument has integers; say uniform, low and high",
                    object.origin()));
  for (const auto& [key, number] : {std::pair{random.normal ? "mean" : "low", &random.low},
                                    std::pair{random.normal ? "deviation" : "high", &random.high}})
    if (object.has(key)) {
      TAMIS_ASSIGN(*number, object.number(key));
    }
  for (const char* key : random.normal ? std::array{"low", "high"} : std::array{"mean", "deviation"})
    if (object.has(key))
      return invalid_input(fmt::format("{}: \"{}\" is of no use to the distribution {}; {}", object.origin(),
                                       key, form,
                                       random.normal ? "it has mean and deviation" : "it has low and high"));
  if (!random.normal && (!(random.low < random.high) || random.high - random.low > kExact))
    return invalid_input(fmt::format("{}: low must be below high", object.origin()));
  // Neither of them may be outside of the type; a bound that no number reaches may be the next one.
  const std::array<double, 2> ends = {std::floor(random.low),
                                      is_real(type) ? random.high : std::ceil(random.high) - 1};
  std::array<std::byte, 8> ignored{};
  for (const double end : ends)
    if (!std::isfinite(end) || !store(end, type, ignored.data()))
      return invalid_input(fmt::format("{}: {} is no number that {} holds, {}", object.origin(), end,
                                       to_string(type), range_text(type)));
  if (random.normal && random.high < 0)
    return invalid_input(
        fmt::format("{}: \"deviation\" is {}; it must be 0 or more", object.origin(), random.high));
  return random;
}

std::string path_below(const std::string& folder, const std::string& file) {
  return (std::filesystem::path(folder) / file).lexically_normal().string();
}

Result<ArgumentData> read_data_object(const Json& json, const FormulaNames& names, ElementType type,
                                      const std::string& folder, const std::string& place) {
  const JsonObject object(json, place);
  if (object.has("random")) {
    TAMIS_ASSIGN(const RandomData random, read_random(object, type));
    return ArgumentData(random);
  }
  TAMIS_TRY(object.allow_only({"formula", "file", "random"}));
  if (json.size() != 1) return invalid_input(place + ": one of random, formula and file is expected");
  if (object.has("file")) {
    TAMIS_ASSIGN(const std::string file, object.string("file"));
    return ArgumentData(FileData{path_below(folder, file)});
  }
  TAMIS_ASSIGN(const std::string text, object.string("formula"));
  TAMIS_ASSIGN(IndexFormula formula, IndexFormula::read(text, names, place));
  return ArgumentData(std::move(formula));
}

Result<ArgumentData> read_data(const Json& json, const FormulaNames& names, ElementType type,
                               const std::string& folder, const std::string& place) {
  if (json.is_object()) return read_data_object(json, names, type, folder, place);
  if (json.is_string() && json.get<std::string>() == "random")
    return read_data_object(Json{{"random", "uniform"}}, names, type, folder, place);
  if (json.is_string() && ends_in_any_case(json.get<std::string>(), ".npy"))
    return ArgumentData(FileData{path_below(folder, json.get<std::string>())});
  if (json.is_string())
    return invalid_input(fmt::format(
        "{}: \"{}\" is neither random nor a .npy file; say {{formula: ...}} for a formula over the "
        "index i, {{file: ...}} for a file of bytes",
        place, json.get<std::string>()));
  TAMIS_ASSIGN(const Formula number, Formula::read(json, names, Scope::constants, place));
  TAMIS_ASSIGN(KnobValue value, number.value(names));
  return ArgumentData(FilledData{std::move(value)});
}

/// What elements may be off by where the file does not say: rounding, in another order of additions.
double default_scaled_tolerance(ElementType type) {
  if (type == ElementType::float64) return 1e-10;
  if (type == ElementType::float32) return 1e-4;
  return type == ElementType::float16 ? 1e-2 : 0;
}

Status read_tolerances(const JsonObject& object, ArgumentValue& value) {
  bool said = false;
  for (const auto& [key, tolerance] :
       {std::pair{"tolerance", &value.tolerance}, std::pair{"relative_tolerance", &value.relative_tolerance},
        std::pair{"scaled_tolerance", &value.scaled_tolerance}}) {
    if (!object.has(key)) continue;
    TAMIS_ASSIGN(*tolerance, object.number(key));
    if (!(*tolerance >= 0) || !std::isfinite(*tolerance))
      return invalid_input(fmt::format("{}: \"{}\" must be a number, 0 or more", object.origin(), key));
    said = true;
  }
  if (!said) value.scaled_tolerance = default_scaled_tolerance(value.type);
  return {};
}

/// What is passed by value.
Status read_scalar(const JsonObject& object, const Json& json, const FormulaNames& names,
                   ArgumentSpec& spec) {
  for (const char* key : {"shape", "data", "output", "expected", "symbol", "tolerance", "relative_tolerance",
                          "scaled_tolerance"})
    if (object.has(key))
      return invalid_input(
          fmt::format("{}: \"{}\" and \"value\" exclude each other; what has a value is passed by value",
                      object.origin(), key));
  const std::string place = object.origin() + ", value";
  TAMIS_ASSIGN(const Formula formula, Formula::read(json["value"], names, Scope::constants, place));
  TAMIS_ASSIGN(KnobValue value, formula.value(names));
  spec.value.scalar = true;
  spec.count = 1;
  spec.data = FilledData{std::move(value)};
  return {};
}

Status read_array(const JsonObject& object, const Json& json, const FormulaNames& names,
                  const std::string& folder, ArgumentSpec& spec) {
  TAMIS_ASSIGN(spec.value.output, object.boolean_or("output", false));
  TAMIS_ASSIGN(spec.symbol, object.string_or("symbol", ""));
  TAMIS_TRY(read_tolerances(object, spec.value));
  const auto data_of = [&](const char* key, const Json& one) {
    return read_data(one, names, spec.value.type, folder, object.origin() + ", " + key);
  };
  TAMIS_ASSIGN(spec.data, data_of("data", object.has("data")  ? json["data"]
                                          : spec.value.output ? Json(0)
                                                              : Json("random")));
  if (object.has("expected")) {
    TAMIS_ASSIGN(spec.expected, data_of("expected", json["expected"]));
    if (std::holds_alternative<RandomData>(*spec.expected))
      return invalid_input(object.origin() + ", expected: random numbers are no result");
    spec.value.output = true;
  }
  if (object.has("shape")) {
    TAMIS_ASSIGN(spec.count, read_count(json["shape"], names, spec.value, object.origin() + ", shape"));
  } else if (!std::holds_alternative<FileData>(spec.data)) {
    return invalid_input(
        fmt::format("{}: \"shape\" is missing, or \"value\" for what is passed by value", object.origin()));
  }
  return {};
}

Error does_not_fit(const ArgumentSpec& spec, uint64_t index, const std::string& value) {
  return invalid_input(fmt::format("{}: {}{}, and {} holds {}; give another type or another value",
                                   spec.place,
                                   spec.value.scalar ? "it is " : fmt::format("element {} is ", index), value,
                                   to_string(spec.value.type), range_text(spec.value.type)));
}

/// Calls `take` with where each lane lies, and what it is a lane of: the fourth place of three lanes stays 0.
template <class Take>
void for_each_lane(const ArgumentValue& value, std::vector<std::byte>& bytes, Take&& take) {
  const size_t size = element_size(value.type);
  for (size_t begin = 0; begin < bytes.size(); begin += bytes_each(value))
    for (int lane = 0; lane < value.lanes; ++lane)
      take(bytes.data() + begin + static_cast<size_t>(lane) * size);
}

Result<std::vector<std::byte>> filled_bytes(const ArgumentSpec& spec, const KnobValue& value,
                                            uint64_t count) {
  std::vector<std::byte> bytes(count * bytes_each(spec.value));
  std::vector<std::byte> element(element_size(spec.value.type));
  if (!store(value, spec.value.type, element.data())) return does_not_fit(spec, 0, tamis::to_string(value));
  for_each_lane(spec.value, bytes, [&](std::byte* to) { std::memcpy(to, element.data(), element.size()); });
  return bytes;
}

std::vector<std::byte> random_bytes(const ArgumentSpec& spec, const RandomData& data, uint64_t count,
                                    uint64_t seed) {
  std::vector<std::byte> bytes(count * bytes_each(spec.value));
  // By its name, so that another argument does not change it.
  Random random = Random::stream(seed, "argument " + spec.value.name);
  const bool real = is_real(spec.value.type);
  for_each_lane(spec.value, bytes, [&](std::byte* to) {
    double number = data.normal ? data.low + data.high * random.normal()
                                : data.low + (data.high - data.low) * random.uniform();
    if (!real) number = std::floor(number);
    store(number, spec.value.type, to);
  });
  return bytes;
}

Result<std::vector<std::byte>> formula_bytes(const ArgumentSpec& spec, const IndexFormula& formula,
                                             const FormulaNames& names, uint64_t count) {
  std::vector<std::byte> bytes(count * bytes_each(spec.value));
  const auto lanes = static_cast<uint64_t>(spec.value.lanes);
  const size_t size = element_size(spec.value.type);
  TAMIS_TRY(formula.for_each(names, 0, count * lanes, [&](uint64_t i, const KnobValue& value) -> Status {
    std::byte* to = bytes.data() + i / lanes * bytes_each(spec.value) + i % lanes * size;
    if (!store(value, spec.value.type, to)) return does_not_fit(spec, i, tamis::to_string(value));
    return {};
  }));
  return bytes;
}

/// The numbers of a text, between blanks or commas.
Result<std::vector<std::byte>> elements_of_text(const ArgumentSpec& spec, std::string_view text) {
  constexpr std::string_view kBetween = " \t\r\n,;";
  const size_t size = element_size(spec.value.type);
  std::vector<std::byte> bytes;
  for (size_t at = text.find_first_not_of(kBetween); at != std::string_view::npos;
       at = text.find_first_not_of(kBetween, at)) {
    const size_t end = std::min(text.find_first_of(kBetween, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const std::optional<int64_t> whole = parse_integer(word);
    const std::optional<double> real = whole ? std::nullopt : parse_number(word);
    bytes.resize(bytes.size() + size);
    if ((!whole && !real) || !store(whole ? KnobValue(*whole) : KnobValue(*real), spec.value.type,
                                    bytes.data() + bytes.size() - size))
      return does_not_fit(spec, bytes.size() / size - 1, std::string(word));
    at = end;
  }
  return bytes;
}

/// The elements of a file, without what fills a fourth place.
Result<std::vector<std::byte>> elements_of_file(const ArgumentSpec& spec, const std::string& path) {
  TAMIS_ASSIGN(const FileText text, FileText::open(path));
  if (ends_in_any_case(path, ".txt") || ends_in_any_case(path, ".csv"))
    return elements_of_text(spec, text.view());
  if (!ends_in_any_case(path, ".npy")) {
    std::vector<std::byte> bytes(text.view().size());
    if (!bytes.empty()) std::memcpy(bytes.data(), text.view().data(), bytes.size());
    return bytes;
  }
  TAMIS_ASSIGN(const NpyFile file, read_npy_file(text.view(), path));
  if (file.type != npy_type(spec.value.type))
    return invalid_input(
        fmt::format("{}: {} has elements of NumPy's type {}, and {} is {}; convert it with "
                    "astype",
                    spec.place, path, file.type, to_string(spec.value.type), npy_type(spec.value.type)));
  std::vector<std::byte> bytes(file.elements.size());
  copy_row_major(file, bytes.data());
  return bytes;
}

/// `count`: nothing where the file says how many there are.
Result<std::vector<std::byte>> file_bytes(const ArgumentSpec& spec, const std::string& path,
                                          std::optional<uint64_t> count) {
  TAMIS_ASSIGN(std::vector<std::byte> elements, elements_of_file(spec, path));
  const size_t packed = element_size(spec.value.type) * static_cast<size_t>(spec.value.lanes);
  const size_t held = elements.size() / packed;
  if (elements.empty() || elements.size() % packed != 0 || held != count.value_or(held))
    return invalid_input(fmt::format(
        "{}: {} holds {}, and {} of {} take {}; give another file or another \"shape\"", spec.place, path,
        counted(elements.size(), "byte"), counted(count.value_or(held + 1), "element"),
        counted(packed, "byte"), count.value_or(held + 1) * packed));
  if (packed == bytes_each(spec.value)) return elements;
  std::vector<std::byte> bytes(held * bytes_each(spec.value));
  for (size_t i = 0; i < held; ++i)
    std::memcpy(bytes.data() + i * bytes_each(spec.value), elements.data() + i * packed, packed);
  return bytes;
}

Result<std::vector<std::byte>> make_bytes(const ArgumentSpec& spec, const ArgumentData& data,
                                          const FormulaNames& names, std::optional<uint64_t> count,
                                          uint64_t seed) {
  if (const auto* file = std::get_if<FileData>(&data)) return file_bytes(spec, file->path, count);
  if (const auto* fill = std::get_if<FilledData>(&data)) return filled_bytes(spec, fill->value, *count);
  if (const auto* random = std::get_if<RandomData>(&data)) return random_bytes(spec, *random, *count, seed);
  return formula_bytes(spec, std::get<IndexFormula>(data), names, *count);
}

}  // namespace

Result<ArgumentSpec> read_argument(const Json& json, const FormulaNames& names, Language language,
                                   const std::string& folder, const std::string& place) {
  ArgumentSpec spec;
  TAMIS_ASSIGN(spec.value.name, JsonObject(json, place).string("name"));
  if (!is_c_identifier(spec.value.name))
    return invalid_input(fmt::format(
        "{}, name: \"{}\" is no name of an argument; letters, digits and _ make one, beginning with no digit",
        place, spec.value.name));
  spec.place = fmt::format("{}, argument {}", place.substr(0, place.rfind(", ")), spec.value.name);
  const JsonObject object(json, spec.place);
  TAMIS_TRY(object.allow_only({"name", "type", "shape", "value", "data", "output", "tolerance",
                               "relative_tolerance", "scaled_tolerance", "expected", "symbol"}));
  TAMIS_ASSIGN(const std::string type, object.string("type"));
  TAMIS_ASSIGN(const ArgumentType parsed, parse_type(type, spec.place + ", type"));
  spec.value.type = parsed.element;
  spec.value.lanes = parsed.lanes;
  spec.value.places = language == Language::opencl && parsed.lanes == 3 ? 4 : parsed.lanes;
  if (object.has("value"))
    TAMIS_TRY(read_scalar(object, json, names, spec));
  else
    TAMIS_TRY(read_array(object, json, names, folder, spec));
  return spec;
}

namespace {

/// The same argument, in messages that name the member too.
ArgumentSpec at_member(const ArgumentSpec& spec, const char* member) {
  ArgumentSpec at = spec;
  at.place += fmt::format(", {}", member);
  return at;
}

Status check_formula(const ArgumentSpec& spec, const IndexFormula& formula, const FormulaNames& names,
                     uint64_t count) {
  std::array<std::byte, 8> ignored{};
  const auto fits = [&](uint64_t i, const KnobValue& value) -> Status {
    if (store(value, spec.value.type, ignored.data())) return {};
    return does_not_fit(spec, i, tamis::to_string(value));
  };
  const uint64_t elements = count * static_cast<uint64_t>(spec.value.lanes);
  if (elements <= kCheckedElements) return formula.for_each(names, 0, elements, fits);
  TAMIS_TRY(formula.for_each(names, 0, kCheckedElements / 2, fits));
  return formula.for_each(names, elements - kCheckedElements / 2, elements, fits);
}

/// How many elements or vectors the data have. `count`: as many as there must be; nothing: as a file has.
Result<uint64_t> check_data_of(const ArgumentSpec& spec, const ArgumentData& data, const FormulaNames& names,
                               std::optional<uint64_t> count) {
  if (const auto* file = std::get_if<FileData>(&data)) {
    if (const Status there = require_regular_file(file->path); !there.ok())
      return there.error().within(spec.place);
    TAMIS_ASSIGN(const std::vector<std::byte> bytes, file_bytes(spec, file->path, count));
    return bytes.size() / bytes_each(spec.value);
  }
  if (const auto* fill = std::get_if<FilledData>(&data)) TAMIS_TRY(filled_bytes(spec, fill->value, 1));
  if (const auto* formula = std::get_if<IndexFormula>(&data))
    TAMIS_TRY(check_formula(spec, *formula, names, *count));
  return *count;
}

}  // namespace

Result<std::optional<std::string>> check_argument(const ArgumentSpec& spec, const FormulaNames& names) {
  const ArgumentSpec data = at_member(spec, spec.value.scalar ? "value" : "data");
  TAMIS_ASSIGN(const uint64_t count, check_data_of(data, spec.data, names, spec.count));
  if (!spec.expected) return std::optional<std::string>();
  const ArgumentSpec expected = at_member(spec, "expected");
  TAMIS_TRY(check_data_of(expected, *spec.expected, names, count));
  const auto* file = std::get_if<FileData>(&*spec.expected);
  if (file == nullptr) return std::optional<std::string>();
  TAMIS_ASSIGN(const std::vector<std::byte> bytes, file_bytes(expected, file->path, count));
  if (!is_nan_everywhere(spec.value, bytes)) return std::optional<std::string>();
  return std::optional(fmt::format("{} is NaN everywhere in {}, so nothing but NaN counts as right there",
                                   spec.value.name, file->path));
}

Result<ArgumentValue> make_argument(const ArgumentSpec& spec, const FormulaNames& names, uint64_t seed) {
  ArgumentValue value = spec.value;
  TAMIS_ASSIGN(value.bytes, make_bytes(spec, spec.data, names, spec.count, seed));
  if (spec.expected) {
    const uint64_t count = value.bytes.size() / bytes_each(value);
    TAMIS_ASSIGN(value.expected, make_bytes(spec, *spec.expected, names, count, seed));
  }
  return value;
}

}  // namespace tamis::gpu
