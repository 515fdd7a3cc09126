#include "exchange/clblast.h"

#include "base/json.h"
#include "exchange/foreign_objective.h"
#include "exchange/json_cursor.h"
#include "exchange/json_walker.h"
#include "exchange/row_collector.h"
#include "exchange/row_members.h"

#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Not tuned: part of the workload.
constexpr std::string_view kPrecision = "PRECISION";

/// Reads result after result.
class ResultReader {
 public:
  ResultReader(std::string device, const ValueScale& scale) : device_(std::move(device)), scale_(scale) {}

  Status read(size_t number, std::string_view text, RowCollector& rows) {
    TAMIS_TRY(result_.read(text));
    const auto parameters = result_.find("parameters");
    if (!parameters || !parameters->starts_with('{')) return corrupt("it has no object \"parameters\"");
    TAMIS_TRY(parameters_.read(*parameters));
    values_.clear();
    for (const auto& [name, value] : parameters_.all())
      if (name != kPrecision) values_.emplace_back(name, value);
    const auto text_of_time = result_.find("time");
    const std::optional<double> time = text_of_time ? json_number(*text_of_time) : std::nullopt;
    if (!time) return corrupt("it has no number as its \"time\"");
    Trial trial;
    trial.measured = true;
    trial.device = device_;
    trial.costs = {scale_.cost(*time, scale_.plain)};
    return rows.add(number, values_, scale_.objective, std::move(trial));
  }

 private:
  std::string device_;
  ValueScale scale_;
  RowMembers result_, parameters_;
  NamedTexts values_;
};

/// `xgemm_1:m=64,n=64,k=64,precision=32`: the kernel's family and all that the tuner was given.
std::string clblast_workload(const std::map<std::string, std::string_view>& members) {
  std::string arguments;
  const auto add = [&](const std::string& name, const std::string& key) {
    const std::string value = json_text_of(members, key);
    if (!value.empty()) arguments += fmt::format("{}{}={}", arguments.empty() ? ":" : ",", name, value);
  };
  for (const auto& [key, unused] : members)
    if (key.starts_with("arg_")) add(key.substr(4), key);
  add("precision", "precision");
  return json_text_of(members, "kernel_family") + arguments;
}

Result<StoredFile> open_clblast(std::string_view text, const std::string& path, const ReadOptions& options) {
  const auto members = json_members(text);
  const auto scale = only_scale_of({"time", "ms", ""}, options);
  if (!scale.ok()) return scale.error().within(path);
  std::string device = json_text_of(members, "clblast_device_name");
  if (device.empty()) device = json_text_of(members, "device");
  RowCollector rows;
  const auto results = members.find("results");
  JsonWalker walker(results == members.end() ? std::string_view() : results->second);
  ResultReader reader(device, *scale);
  size_t number = 0;
  while (walker.next()) {
    const std::string_view result = walker.value();
    ++number;
    const Status status =
        result.empty() ? Status(corrupt("the file is cut off within it")) : reader.read(number, result, rows);
    if (!status.ok()) rows.skip(number, status.error().message);
  }
  TrialSet set;
  const std::string workload = clblast_workload(members);
  set.workload = peer_workload("clblast", workload.empty() ? recorded_name(path) : workload, workload);
  set.target_identity = device.empty() ? "clblast" : "clblast " + device;
  set.objective = scale->objective;
  return rows.finish(std::move(set), path);
}

Result<TrialFile> read_clblast(const std::string& text, const std::string& path, const ReadOptions& options) {
  TAMIS_ASSIGN(StoredFile file, open_clblast(text, path, options));
  return trial_file_of(std::move(file));
}

bool is_clblast(std::string_view text) {
  JsonWalker walker(text);
  while (walker.is_object() && walker.next()) {
    if (walker.key() == "kernel_family" || walker.key().starts_with("clblast_device")) return true;
    if (!walker.rest().starts_with('"')) return false;
  }
  return false;
}

}  // namespace

const Format& clblast_format() {
  static const Format format = {
      "clblast",   "results of CLBlast's tuners, JSON",
      ".json",     false,
      is_clblast,  read_clblast,
      nullptr,     "a JSON object with `kernel_family`, `clblast_device_...` and `results`",
      open_clblast};
  return format;
}

}  // namespace tamis
