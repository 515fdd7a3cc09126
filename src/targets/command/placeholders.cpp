#include "targets/command/placeholders.h"

#include "base/shell.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tamis::command {
namespace {

constexpr std::array<std::string_view, 3> kSpecials = {"scratch", "device", "index"};

Error unknown_name(std::string_view name, std::span<const Knob> knobs, const std::string& origin) {
  std::vector<std::string_view> known(kSpecials.begin(), kSpecials.end());
  for (const Knob& knob : knobs) known.emplace_back(knob.name);
  return invalid_input(
      fmt::format("{}: there is no knob for the placeholder {{{}}}{}; braces that are none "
                  "are doubled: {{{{{}}}}}",
                  origin, name, did_you_mean(name, known), name));
}

size_t find_knob(std::string_view name, std::span<const Knob> knobs) {
  return static_cast<size_t>(
      std::find_if(knobs.begin(), knobs.end(), [&](const Knob& knob) { return knob.name == name; }) -
      knobs.begin());
}

/// What somebody who writes braces around it means as a placeholder: `tile`, `tile[0]`.
bool looks_like_name(std::string_view text) {
  const auto of_name = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '[' || c == ']';
  };
  return std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::all_of(text.begin(), text.end(), of_name);
}

/// How long what stands in braces at the beginning of a text is, with its braces: `{name}`, `{{name}}`,
/// `${...}`; at least 1.
size_t braces_length(std::string_view text) {
  const size_t end = text.find('}');
  if (end == std::string_view::npos) return 1;
  if (text.starts_with("${")) return end + 1;
  if (text.starts_with("{{"))
    return end > 2 && looks_like_name(text.substr(2, end - 2)) && text.substr(end).starts_with("}}") ? end + 2
                                                                                                     : 1;
  return text.starts_with('{') ? end + 1 : 1;
}

}  // namespace

Result<TextTemplate::Part> TextTemplate::parse_name(std::string_view name, std::span<const Knob> knobs,
                                                    const std::string& origin) {
  const std::string_view bare = name.substr(0, name.find('['));
  if (const size_t knob = find_knob(name, knobs); knob < knobs.size()) return Part(KnobPart{knob, -1});
  for (size_t i = 0; i < kSpecials.size(); ++i)
    if (kSpecials[i] == name) return Part(static_cast<Special>(i));
  const size_t split = find_knob(bare, knobs);
  if (split == knobs.size() || bare.size() == name.size()) return unknown_name(name, knobs, origin);
  const auto* factors = std::get_if<std::vector<int64_t>>(&knobs[split].values.front());
  std::optional<int64_t> factor;
  if (name.back() == ']') factor = parse_integer(name.substr(bare.size() + 1, name.size() - bare.size() - 2));
  if (factors == nullptr || !factor || *factor < 0 || *factor >= static_cast<int64_t>(factors->size()))
    return invalid_input(
        fmt::format("{}: the knob {} has no part for the placeholder {{{}}}{}", origin, bare, name,
                    factors == nullptr ? "; it is not a split"
                                       : fmt::format("; its factors are 0 to {}", factors->size() - 1)));
  return Part(KnobPart{split, static_cast<int>(*factor)});
}

Result<TextTemplate> TextTemplate::parse(std::string_view text, std::span<const Knob> knobs,
                                         const std::string& origin) {
  TextTemplate parsed;
  std::string literal;
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const size_t length = braces_length(rest);
    const std::string_view name = length > 2 ? rest.substr(1, length - 2) : std::string_view();
    if (rest.starts_with("${")) {
      literal += rest.substr(0, length);
    } else if (name.starts_with('{')) {
      literal += name;
    } else if (!name.empty() && (looks_like_name(name) || find_knob(name, knobs) < knobs.size())) {
      TAMIS_ASSIGN(Part part, parse_name(name, knobs, origin));
      if (!literal.empty()) parsed.parts_.emplace_back(std::exchange(literal, {}));
      parsed.parts_.push_back(std::move(part));
    } else {
      literal += rest.front();
      ++i;
      continue;
    }
    i += length;
  }
  if (!literal.empty()) parsed.parts_.emplace_back(std::move(literal));
  return parsed;
}

std::string TextTemplate::value_of(const Part& part, const Space& space, const Config& config,
                                   const PlaceholderValues& values) const {
  if (const auto* knob = std::get_if<KnobPart>(&part)) {
    const KnobValue& value = space.value(config, knob->position);
    if (knob->factor < 0) return to_short_string(value);
    return std::to_string(std::get<std::vector<int64_t>>(value)[static_cast<size_t>(knob->factor)]);
  }
  switch (std::get<Special>(part)) {
    case Special::scratch:
      return values.scratch;
    case Special::device:
      return values.device;
    case Special::index:
      return space.rank_text(config);
  }
  return {};
}

std::string TextTemplate::fill(const Space& space, const Config& config, const PlaceholderValues& values,
                               bool quoted) const {
  std::string text;
  for (const Part& part : parts_) {
    if (const auto* literal = std::get_if<std::string>(&part)) {
      text += *literal;
      continue;
    }
    const std::string value = value_of(part, space, config, values);
    text += quoted ? shell_word(value) : value;
  }
  return text;
}

bool TextTemplate::depends_on_config() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
    const auto* special = std::get_if<Special>(&part);
    return std::holds_alternative<KnobPart>(part) || (special != nullptr && *special != Special::device);
  });
}

}  // namespace tamis::command
