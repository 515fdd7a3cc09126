#include "tamis/suite.h"

#include "base/json.h"
#include "base/text.h"
#include "workload/embedded_suites.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr int64_t kMaxCount = 1'000'000;

/// A name that can be written in a spec, a file name and a table cell.
Status check_name(const std::string& name, const std::string& origin) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!name.empty() && std::all_of(name.begin(), name.end(), plain)) return {};
  return invalid_input(
      fmt::format("{}: the name \"{}\" must be made of letters, digits, '_' and '-'", origin, name));
}

/// Whether a member is in the suite under these defaults: `only` restricts it to one default type.
Result<bool> takes_part(const JsonObject& object, const WorkloadDefaults& defaults) {
  if (!object.has("only")) return true;
  TAMIS_ASSIGN(const std::string word, object.string("only"));
  const Result<DataType> type = parse_data_type(word);
  if (!type.ok()) return type.error().within(object.origin() + ", \"only\"");
  return *type == defaults.type;
}

/// Reads one member of a suite and appends it, if it takes part.
Status append_member(Suite& suite, const Json& json, const std::string& origin,
                     const WorkloadDefaults& defaults) {
  const JsonObject object(json, origin);
  TAMIS_ASSIGN(const std::string layer, object.string("name"));
  TAMIS_TRY(check_name(layer, origin));
  TAMIS_ASSIGN(const int64_t count, object.integer_or("count", 1, 1, kMaxCount));
  TAMIS_ASSIGN(const bool included, takes_part(object, defaults));
  if (!included) return {};
  Json plain = json;
  plain.erase("count");
  plain.erase("only");
  TAMIS_ASSIGN(Workload workload, workload_from_json(plain, fmt::format("{} ({})", origin, layer), defaults));
  workload.name = suite.name + "." + layer;
  suite.workloads.push_back(std::move(workload));
  suite.counts.push_back(count);
  return {};
}

Error unknown_suite(const std::string& name) {
  std::vector<std::string_view> known;
  for (const EmbeddedSuite& embedded : embedded_suites()) known.push_back(embedded.name);
  return not_found(fmt::format("there is no suite \"{}\"{}", name, did_you_mean(name, known)));
}

Result<std::vector<Workload>> find_member(const Suite& suite, const std::string& full_name) {
  std::vector<std::string_view> known;
  for (const Workload& workload : suite.workloads) {
    if (workload.name == full_name) return std::vector<Workload>{workload};
    known.push_back(workload.name);
  }
  return not_found(fmt::format("there is no workload \"{}\"{}", full_name, did_you_mean(full_name, known)));
}

/// Why there is no such member: it may be for targets of another type only.
Error missing_member(const Suite& suite, const std::string& full_name, const WorkloadDefaults& defaults) {
  for (const DataType type : {DataType::int8, DataType::float32}) {
    const Result<Suite> other = find_suite(suite.name, {type});
    if (type != defaults.type && other.ok() && find_member(*other, full_name).ok())
      return not_found(fmt::format("{} is only for targets that compute in {}, and this one computes in {}",
                                   full_name, to_string(type), to_string(defaults.type)));
  }
  return find_member(suite, full_name).error();
}

bool looks_like_path(const std::string& text) {
  if (text.starts_with("external:")) return false;
  return text.ends_with(".json") || text.ends_with(".json.gz") || text.find('/') != std::string::npos;
}

}  // namespace

std::vector<std::string> suite_names() {
  std::vector<std::string> names;
  for (const EmbeddedSuite& embedded : embedded_suites()) names.emplace_back(embedded.name);
  return names;
}

Result<Suite> find_suite(const std::string& name, const WorkloadDefaults& defaults) {
  for (const EmbeddedSuite& embedded : embedded_suites()) {
    if (embedded.name != name) continue;
    const std::string origin = "suite " + name;
    TAMIS_ASSIGN(const Json json, parse_json(embedded.json, origin));
    return suite_from_json(json, origin, defaults);
  }
  return unknown_suite(name);
}

Result<Suite> suite_from_json(const Json& json, const std::string& origin, const WorkloadDefaults& defaults) {
  const JsonObject object(json, origin);
  TAMIS_TRY(object.allow_only({"suite", "note", "workloads"}));
  Suite suite;
  TAMIS_ASSIGN(suite.name, object.string("suite"));
  TAMIS_TRY(check_name(suite.name, origin));
  TAMIS_ASSIGN(suite.note, object.string_or("note", ""));
  TAMIS_ASSIGN(const Json* members, object.member("workloads"));
  if (!members->is_array() || members->empty())
    return invalid_input(origin + ": \"workloads\" must be a list with at least one workload");
  for (size_t i = 0; i < members->size(); ++i)
    TAMIS_TRY(append_member(suite, (*members)[i], fmt::format("{}, workload {}", origin, i + 1), defaults));
  if (suite.workloads.empty())
    return invalid_input(
        fmt::format("{}: none of its workloads is for the type {}", origin, to_string(defaults.type)));
  std::unordered_set<std::string> names;
  for (const Workload& workload : suite.workloads)
    if (!names.insert(workload.name).second)
      return invalid_input(fmt::format("{}: two workloads are called {}", origin, workload.name));
  return suite;
}

Result<Suite> read_suite(const std::string& path, const WorkloadDefaults& defaults) {
  TAMIS_ASSIGN(const Json json, read_json(path));
  if (JsonObject(json, path).has("suite")) return suite_from_json(json, path, defaults);
  TAMIS_ASSIGN(Workload workload, workload_from_json(json, path, defaults));
  Suite suite;
  suite.name = workload.name;
  suite.workloads.push_back(std::move(workload));
  suite.counts.push_back(1);
  return suite;
}

Result<std::vector<Workload>> resolve_workloads(const std::string& text, const WorkloadDefaults& defaults) {
  if (looks_like_path(text)) {
    TAMIS_ASSIGN(Suite suite, read_suite(text, defaults));
    return std::move(suite.workloads);
  }
  if (text.find(':') != std::string::npos) {
    TAMIS_ASSIGN(Workload workload, parse_spec(text, defaults));
    return std::vector<Workload>{std::move(workload)};
  }
  const size_t dot = text.find('.');
  TAMIS_ASSIGN(Suite suite, find_suite(text.substr(0, dot), defaults));
  if (dot == std::string::npos) return std::move(suite.workloads);
  auto member = find_member(suite, text);
  if (!member.ok()) return missing_member(suite, text, defaults);
  return member;
}

}  // namespace tamis
