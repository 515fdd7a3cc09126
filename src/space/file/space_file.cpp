#include "space/file/space_file.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "space/file/own_space.h"
#include "space/file/space_parts.h"
#include "space/file/t1.h"
#include "space/file/yaml.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr size_t kLongestFile = size_t{64} << 20;

/// JSON where the text begins as JSON does, else YAML.
Result<Json> read_document(const std::string& text, const std::string& origin) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return corrupt(fmt::format("{}: the file is empty", origin));
  if (text.size() > kLongestFile)
    return corrupt(
        fmt::format("{}: a space file of more than {} MiB is refused", origin, kLongestFile >> 20));
  return text[begin] == '{' ? parse_json(mark_unheld_numbers(text), origin) : parse_yaml(text, origin);
}

Result<SpaceFile> read_space(const Json& json, const std::string& origin) {
  if (json.is_object() && json.contains("ConfigurationSpace")) return read_t1(json, origin);
  if (json.is_object() && (json.contains("tamis") || json.contains("knobs")))
    return read_own_space(json, origin);
  return invalid_input(fmt::format(
      "{}: not a space file: it has neither `tamis: 1` and `knobs` nor T1's `ConfigurationSpace`", origin));
}

std::string stem(const std::string& origin) {
  std::filesystem::path path = std::filesystem::path(origin).filename();
  if (path.extension() == ".gz") path = path.stem();
  return path.stem().string();
}

}  // namespace

Result<SpaceFile> parse_space(const std::string& text, const std::string& origin) {
  TAMIS_ASSIGN(const Json json, read_document(text, origin));
  TAMIS_ASSIGN(SpaceFile file, read_space(json, origin));
  if (file.name.empty()) file.name = stem(origin);
  const int64_t begun_ns = monotonic_ns();
  Result<Space> enumerated = file.space.enumerated();
  file.enumeration_ms = static_cast<double>(monotonic_ns() - begun_ns) / 1e6;
  if (enumerated.ok())
    file.space = std::move(*enumerated);
  else
    file.not_enumerated = enumerated.error().message;
  return file;
}

Result<SpaceFile> read_space_file(const std::string& path) {
  TAMIS_ASSIGN(const std::string text, read_file(path));
  return parse_space(text, path);
}

bool looks_like_space(const std::string& text) {
  return text.find("ConfigurationSpace") != std::string::npos || text.find("knobs") != std::string::npos;
}

}  // namespace tamis
