#include "cli/space_view.h"

#include "base/json.h"
#include "base/text.h"
#include "drawing/text_table.h"
#include "experiment/tuning_report.h"
#include "space/allowed_configs.h"
#include "tamis/random.h"
#include "tamis/space.h"
#include "task/exclusion.h"

#include <utility>

#include <fmt/format.h>

namespace tamis::cli {
namespace {

std::string values_of(const Knob& knob) {
  constexpr size_t kMostShown = 64;
  std::string values;
  for (size_t i = 0; i < knob.values.size() && i < kMostShown; ++i)
    values += (i == 0 ? "" : " ") + to_string(knob.values[i]);
  if (knob.values.size() > kMostShown) values += fmt::format(" ... ({} values)", knob.values.size());
  return values;
}

std::string count_text(const SpaceView& view) {
  const Space& space = *view.space;
  std::string text = space.countable() ? counted(space.size(), "config") : size_text(space) + " configs";
  if (!space.constraints().empty()) {
    if (const std::optional<uint64_t> count = count_allowed(space))
      text += fmt::format(", {} of them allowed by the constraints", *count);
    else if (const AllowedConfigs* allowed = space.enumeration())
      text += fmt::format(", {} of them allowed by the constraints",
                          tamis::count_text(allowed->count(), allowed->log2_count()));
  }
  if (view.enumeration_ms && view.not_enumerated.empty())
    text += fmt::format(", enumerated in {:.1f} ms", *view.enumeration_ms);
  text += "\n";
  if (!view.not_enumerated.empty()) text += "not counted: " + view.not_enumerated + "\n";
  return text;
}

Json config_json(const Space& space, const Config& config) {
  Json knobs = Json::object();
  for (size_t i = 0; i < space.knobs().size(); ++i)
    knobs[space.knobs()[i].name] = tamis::to_json(space.value(config, i));
  return {{"index", index_json(space, config)}, {"config", std::move(knobs)}};
}

Json knobs_json(const Space& space) {
  Json knobs = Json::array();
  for (const Knob& knob : space.knobs()) {
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(tamis::to_json(value));
    knobs.push_back({{"name", knob.name}, {"values", std::move(values)}});
  }
  return knobs;
}

std::string hint_text(const Space& space, const Hint& hint) {
  std::string text;
  for (const HintedKnob& hinted : hint.knobs) {
    const Knob& knob = space.knobs()[hinted.knob];
    text += (text.empty() ? "" : " ") + knob.name + "=";
    for (size_t i = 0; i < hinted.values.size(); ++i)
      text += (i == 0 ? "" : "|") + to_short_string(knob.values[hinted.values[i]]);
  }
  return text;
}

}  // namespace

std::string config_title(const Space& space, const Config& config) {
  return space.countable() ? fmt::format("config {}", space.index(config)) : "config";
}

std::string draw(const SpaceView& view) {
  const Space& space = *view.space;
  TextTable table({"knob", "values"}, {0, 1});
  for (const Knob& knob : space.knobs()) table.add_row({knob.name, values_of(knob)});
  std::string text = fmt::format("{}  {}\n{}", view.name, view.spec, table.draw());
  for (const Constraint& constraint : space.constraints())
    text += fmt::format("constraint: {}\n", constraint.text);
  for (const Hint& hint : space.hints()) text += "likely good: " + hint_text(space, hint) + "\n";
  text += count_text(view);
  if (view.default_config) text += "default: " + space.describe(*view.default_config) + "\n";
  for (const Config& config : view.samples)
    text += fmt::format("{}  {}\n", config_title(space, config), space.describe(config));
  return text;
}

Json to_json(const SpaceView& view) {
  const Space& space = *view.space;
  Json constraints = Json::array();
  for (const Constraint& constraint : space.constraints()) constraints.push_back(constraint.text);
  const std::optional<uint64_t> count = count_allowed(space);
  const Json valid = count ? Json(*count) : Json();
  Json json = {{"workload", view.name},
               {view.is_file ? "file" : "spec", view.spec},
               {"size", space.countable() ? Json(space.size()) : Json()},
               {"allowed", space.constraints().empty() && !view.is_file ? Json() : valid},
               {"valid_size", valid},
               {"enumeration_ms", view.enumeration_ms ? Json(*view.enumeration_ms) : Json()}};
  json["knobs"] = knobs_json(space);
  json["constraints"] = std::move(constraints);
  if (!space.hints().empty()) json["likely_good"] = tamis::to_json(space.knobs(), space.hints());
  if (!view.not_enumerated.empty()) json["not_enumerated"] = view.not_enumerated;
  if (view.is_file)
    json["default"] = view.default_config ? config_json(space, *view.default_config).at("config") : Json();
  if (view.samples.empty()) return json;
  json["samples"] = Json::array();
  for (const Config& config : view.samples) json["samples"].push_back(config_json(space, config));
  return json;
}

Result<std::vector<Config>> sample_configs(const std::string& name, const Space& space, size_t count,
                                           uint64_t seed) {
  Random random = Random::stream(seed, "tamis space --sample");
  std::vector<Config> configs;
  while (configs.size() < count) {
    std::optional<Config> config = space.sample(random);
    if (!config) return nothing_allowed(name, space, known_count(space) == 0);
    configs.push_back(std::move(*config));
  }
  return configs;
}

}  // namespace tamis::cli
