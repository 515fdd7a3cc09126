#include "exchange/ktt_computations.h"

#include <cmath>
#include <optional>
#include <utility>

namespace tamis {
namespace {

void add_feature(Trial& trial, std::string name, std::string_view value) {
  if (name.empty() || trial.features.has(name)) return;
  if (const auto number = json_number(value); number && std::isfinite(*number))
    trial.features.set(std::move(name), *number);
}

}  // namespace

void ComputationReader::read(JsonCursor& cursor, Trial& trial) {
  bool is_first = true;
  each_object(cursor, [&] { read_kernel(cursor, std::exchange(is_first, false), trial); });
}

std::string_view* ComputationReader::part_of(std::string_view key) {
  if (key == "CompilationData") return &kernel_.compilation;
  if (key == "KernelFunction") return &kernel_.function;
  if (key == "PowerUsage") return &kernel_.power;
  if (key == "EnergyConsumption") return &kernel_.energy;
  return key == "ProfilingData" ? &kernel_.profile : nullptr;
}

/// Of the first kernel, whose features have no prefix, the largest part is not walked over twice.
void ComputationReader::read_kernel(JsonCursor& cursor, bool is_first, Trial& trial) {
  kernel_ = {};
  std::string_view key;
  for (bool first = true; cursor.member(first, key);) {
    std::string_view* part = part_of(key);
    if (is_first && part == &kernel_.compilation && cursor.enter('{')) {
      std::string_view name;
      for (bool begins = true; cursor.member(begins, name);) {
        std::string feature(name);
        add_feature(trial, std::move(feature), cursor.raw());
      }
      continue;
    }
    const std::string_view value = cursor.raw();
    if (part != nullptr) *part = value;
  }
  if (!cursor.ok()) return;
  const std::optional<std::string> function = json_string(kernel_.function);
  add(is_first || !function ? "" : *function + ".", trial);
}

void ComputationReader::add(const std::string& prefix, Trial& trial) {
  if (kernel_.compilation.starts_with('{') && inner_.read(kernel_.compilation).ok())
    for (const auto& [key, value] : inner_.all()) add_feature(trial, prefix + std::string(key), value);
  if (!kernel_.power.empty()) add_feature(trial, prefix + "PowerUsage", kernel_.power);
  if (!kernel_.energy.empty()) add_feature(trial, prefix + "EnergyConsumption", kernel_.energy);
  if (kernel_.profile.starts_with('{')) add_counters(prefix, trial);
}

void ComputationReader::add_counters(const std::string& prefix, Trial& trial) {
  if (!inner_.read(kernel_.profile).ok()) return;
  const auto counters = inner_.find("Counters");
  if (!counters) return;
  JsonCursor cursor(*counters);
  each_object(cursor, [&] {
    std::string_view key, name, value;
    for (bool first = true; cursor.member(first, key);) {
      std::string_view* part = key == "Name" ? &name : key == "Value" ? &value : nullptr;
      const std::string_view raw = cursor.raw();
      if (part != nullptr) *part = raw;
    }
    const std::string text = json_string(name).value_or("");
    if (!value.empty() && !text.empty()) add_feature(trial, prefix + text, value);
  });
}

}  // namespace tamis
