#include "tamis/hint.h"

#include "base/json.h"
#include "base/text.h"
#include "tamis/space.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tamis {
namespace {

/// How a message ends after a value that a knob does not have: with the nearest that it has.
std::string nearest_value(const Knob& knob, const std::string& text) {
  const std::optional<double> number = parse_number(text);
  if (number && knob.kind == KnobKind::number) {
    const auto away = [&](const KnobValue& value) { return std::abs(scalar(value) - *number); };
    const auto nearest =
        std::min_element(knob.values.begin(), knob.values.end(),
                         [&](const KnobValue& a, const KnobValue& b) { return away(a) < away(b); });
    return fmt::format("; the nearest that it has is {}", to_string(*nearest));
  }
  std::vector<std::string> texts;
  for (const KnobValue& value : knob.values) texts.push_back(to_string(value));
  return did_you_mean(text, {texts.begin(), texts.end()});
}

Result<uint32_t> find_value(const Knob& knob, const std::string& text) {
  const auto same = [&](const KnobValue& value) {
    return to_short_string(value) == text || to_string(value) == text;
  };
  const auto found = std::find_if(knob.values.begin(), knob.values.end(), same);
  if (found == knob.values.end())
    return invalid_input(
        fmt::format("the knob {} has no value \"{}\"{}", knob.name, text, nearest_value(knob, text)));
  return static_cast<uint32_t>(found - knob.values.begin());
}

Result<uint32_t> find_knob(std::span<const Knob> knobs, const std::string& name) {
  const auto found =
      std::find_if(knobs.begin(), knobs.end(), [&](const Knob& knob) { return knob.name == name; });
  if (found != knobs.end()) return static_cast<uint32_t>(found - knobs.begin());
  std::vector<std::string_view> known;
  for (const Knob& knob : knobs) known.emplace_back(knob.name);
  return invalid_input(fmt::format("there is no knob \"{}\"{}", name, did_you_mean(name, known)));
}

}  // namespace

Result<Hint> make_hint(std::span<const Knob> knobs, const NamedHint& named) {
  if (named.empty()) return invalid_input("what is likely good names no knob; name one with its values");
  Hint hint;
  for (const auto& [name, texts] : named) {
    HintedKnob hinted;
    TAMIS_ASSIGN(hinted.knob, find_knob(knobs, name));
    const auto same = [&](const HintedKnob& other) { return other.knob == hinted.knob; };
    if (std::any_of(hint.knobs.begin(), hint.knobs.end(), same))
      return invalid_input(fmt::format("the knob {} is named twice; give its values at once", name));
    if (texts.empty()) return invalid_input(fmt::format("no value of the knob {} is given", name));
    for (const std::string& text : texts) {
      TAMIS_ASSIGN(const uint32_t value, find_value(knobs[hinted.knob], text));
      hinted.values.push_back(value);
    }
    std::sort(hinted.values.begin(), hinted.values.end());
    hinted.values.erase(std::unique(hinted.values.begin(), hinted.values.end()), hinted.values.end());
    hint.knobs.push_back(std::move(hinted));
  }
  std::sort(hint.knobs.begin(), hint.knobs.end(),
            [](const HintedKnob& a, const HintedKnob& b) { return a.knob < b.knob; });
  return hint;
}

Result<Hint> parse_hint(std::span<const Knob> knobs, const std::string& text) {
  NamedHint named;
  for (const std::string& word : split_text(text, ' ')) {
    if (word.empty()) continue;
    const size_t equals = word.find('=');
    if (equals == std::string::npos)
      return invalid_input(fmt::format("\"{}\" must be written KNOB=VALUE or KNOB=VALUE|VALUE", word));
    named.emplace_back(word.substr(0, equals), split_text(std::string_view(word).substr(equals + 1), '|'));
  }
  return make_hint(knobs, named);
}

Json to_json(std::span<const Knob> knobs, std::span<const Hint> hints) {
  Json all = Json::array();
  for (const Hint& hint : hints) {
    Json object = Json::object();
    for (const HintedKnob& hinted : hint.knobs) {
      const Knob& knob = knobs[hinted.knob];
      Json& values = object[knob.name] = Json::array();
      for (const uint32_t value : hinted.values) values.push_back(to_json(knob.values[value]));
    }
    all.push_back(std::move(object));
  }
  return all;
}

}  // namespace tamis
