#include "exchange/t4_rows.h"

#include "base/text.h"
#include "exchange/row_members.h"
#include "exchange/t4.h"
#include "exchange/t4_first_rows.h"
#include "trial/inferred.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Members of a row, a bit each, so that one that occurs twice is seen.
constexpr std::array<std::string_view, 6> kMembers = {"configuration", "times",        "invalidity",
                                                      "objectives",    "measurements", "correctness"};
/// Those that decide what a row means.
constexpr std::array<std::string_view, 4> kOfRows = {"configuration", "invalidity", "objectives",
                                                     "measurements"};
constexpr std::array<std::string_view, 3> kOfMeasurements = {"name", "value", "unit"};
constexpr std::string_view kError = "__error__";  // where Kernel Tuner says what failed

/// Nothing for what no knob can be: an object, a list, null, a number that does not come out as it stands.
std::optional<KnobValue> t4_knob_value(std::string_view raw) {
  if (raw == "true" || raw == "false") return KnobValue(int64_t{raw == "true"});
  if (raw.starts_with('"')) {
    std::optional<std::string> text = json_string(raw);
    return text ? std::optional<KnobValue>(std::move(*text)) : std::nullopt;
  }
  Result<KnobValue> number = kept_number(raw);
  return number.ok() ? std::optional<KnobValue>(std::move(*number)) : std::nullopt;
}

/// As a message quotes it.
std::string excerpt(std::string_view raw) {
  constexpr size_t kLongest = 80;
  return std::string(first_characters(raw, kLongest));
}

}  // namespace

T4Rows::T4Rows(const ReadOptions& options) : options_(options) {}

void T4Rows::take_rows(JsonCursor& cursor) {
  features_.resize(options_.features.size());
  for (std::string& name : t4_knobs(cursor)) knobs_.emplace_back(std::move(name));
  stamps_.assign(knobs_.size(), 0);
  numbers_.assign(knobs_.size(), 0);
  const std::optional<std::string> asked = t4_measurement(cursor, options_);
  picked_ = asked.has_value();
  objective_ = asked.value_or("");
  for (bool first = true; cursor.element(first);) take_row(cursor);
}

void T4Rows::take_row(JsonCursor& cursor) {
  ++row_;
  JsonCursor begin = cursor;
  scan_row(cursor, objective_);
  // A row that is the first to name an objective, or names another, is looked at again for it.
  if (cursor.ok() && !picked_ && !at_hand_.objective.empty() && at_hand_.objective != sought_) {
    if (objective_.empty()) objective_ = at_hand_.objective;
    const std::string objective = at_hand_.objective;
    scan_row(begin, objective);
  }
  if (!cursor.ok()) return;
  const Status stored = store_row();
  if (!stored.ok()) skipped_.add(row_, stored.error().message);
}

void T4Rows::problem(std::string text) {
  if (at_hand_.problem.empty()) at_hand_.problem = std::move(text);
}

void T4Rows::scan_row(JsonCursor& cursor, std::string_view objective) {
  at_hand_ = {};
  at_hand_.features.assign(options_.features.size(), std::numeric_limits<double>::quiet_NaN());
  seen_ = 0;
  sought_ = objective;
  std::fill(stamps_.begin(), stamps_.end(), 0);
  if (!cursor.enter('{')) {
    cursor.raw();
    return problem("it is not an object");
  }
  std::string_view key;
  for (bool first = true; cursor.member(first, key);) scan_member(cursor, key);
}

void T4Rows::scan_member(JsonCursor& cursor, std::string_view key) {
  const auto place = static_cast<size_t>(std::find(kMembers.begin(), kMembers.end(), key) - kMembers.begin());
  if (place < kMembers.size()) {
    if ((seen_ >> place & 1U) != 0) problem(fmt::format("it has \"{}\" twice", key));
    seen_ |= 1U << place;
  }
  if (place == 0 && cursor.enter('{')) {
    scan_configuration(cursor);
  } else if (place == 1 && cursor.enter('{')) {
    scan_times(cursor);
  } else if (place == 2 && cursor.peek() == '"') {
    if (const auto word = cursor.string(scratch_)) at_hand_.invalidity = *word;
  } else if (place == 3 && cursor.enter('[')) {
    scan_objectives(cursor);
  } else if (place == 4 && cursor.enter('[')) {
    for (bool first = true; cursor.element(first);) scan_measurement(cursor);
  } else if (place == 5) {
    const std::string_view raw = cursor.raw();
    at_hand_.wrong = raw == "false" || json_number(raw) == 0;
  } else {
    if (place == kMembers.size()) check_spelling(key, "it has", kOfRows);
    cursor.raw();
  }
}

/// A member that is nearly one of those that count would change what the row means if it were passed over;
/// others are none of ours. Each name is looked at once.
void T4Rows::check_spelling(std::string_view key, std::string_view what,
                            std::span<const std::string_view> known) {
  for (const auto& [name, wrong] : spellings_)
    if (name == key) {
      if (!wrong.empty()) problem(wrong);
      return;
    }
  const std::string small = in_small_letters(key);
  const auto nearest = std::find_if(known.begin(), known.end(), [&](std::string_view one) {
    return small == one || small + "s" == one || small == std::string(one) + "s";
  });
  const std::string wrong =
      nearest == known.end()
          ? ""
          : fmt::format("{} a member \"{}\", where T4 has \"{}\"; correct its name", what, key, *nearest);
  spellings_.emplace_back(key, wrong);
  if (!wrong.empty()) problem(wrong);
}

void T4Rows::scan_configuration(JsonCursor& cursor) {
  at_hand_.has_configuration = true;
  size_t found = 0;
  std::string_view key;
  for (bool first = true; cursor.member(first, key); ++found) {
    // The usual order first, so that a row costs one comparison a knob.
    size_t place = found;
    if (place >= knobs_.size() || knobs_[place].name() != key)
      for (place = 0; place < knobs_.size() && knobs_[place].name() != key;) ++place;
    scan_knob(cursor, key, place);
  }
  for (size_t knob = 0; knob < knobs_.size(); ++knob)
    if (stamps_[knob] != row_)
      problem(fmt::format("it lacks the knob \"{}\", which other rows have", knobs_[knob].name()));
}

void T4Rows::scan_knob(JsonCursor& cursor, std::string_view key, size_t place) {
  if (place == knobs_.size()) {
    problem(fmt::format("it has the knob \"{}\", which other rows have not", key));
    cursor.raw();
    return;
  }
  if (stamps_[place] == row_) problem(fmt::format("it has the knob \"{}\" twice", key));
  stamps_[place] = row_;
  const std::string_view raw = cursor.raw();
  KnobColumn& knob = knobs_[place];
  std::optional<uint32_t> number = knob.find(raw);
  if (!number) {
    std::optional<KnobValue> value = t4_knob_value(raw);
    if (!value)
      return problem(
          fmt::format("the knob \"{}\" is {}, neither a text, true, false nor a finite number, a whole one "
                      "within 2^63, that is not -0 and has no more digits than are kept",
                      knob.name(), excerpt(raw)));
    number = knob.add(raw, std::move(*value));
  }
  numbers_[place] = *number;
}

void T4Rows::scan_times(JsonCursor& cursor) {
  std::string_view key;
  bool compiled = false, ran = false;
  for (bool first = true; cursor.member(first, key);) {
    const bool compilation = key == "compilation";
    const bool other_name = key == "compilation_time";
    const bool runtimes = key == "runtimes";
    if ((compilation && std::exchange(compiled, true)) || (runtimes && std::exchange(ran, true)))
      problem(fmt::format("its times have \"{}\" twice", key));
    if (runtimes && cursor.enter('[')) {
      scan_runtimes(cursor);
      continue;
    }
    const bool running = key == "framework" || key == "validation";
    const std::string_view raw = cursor.raw();
    if (!running && !compilation && !(other_name && !at_hand_.compilation)) continue;
    const std::optional<double> time = json_number(raw);
    if (!time || *time < 0 || !std::isfinite(*time)) continue;
    if (running)
      at_hand_.running += *time;
    else
      at_hand_.compilation = time;
  }
}

void T4Rows::scan_runtimes(JsonCursor& cursor) {
  double sum = 0;
  size_t count = 0;
  bool numbers = true;
  at_hand_.samples.clear();
  for (bool first = true; cursor.element(first); ++count) {
    const std::optional<double> time = json_number(cursor.raw());
    numbers = numbers && time.has_value();
    sum += time.value_or(0);
    if (!time || !(*time >= 0) || !std::isfinite(*time)) continue;
    at_hand_.running += *time;
    if (options_.samples) at_hand_.samples.push_back(*time);
  }
  if (at_hand_.samples.size() != count) at_hand_.samples.clear();
  if (numbers && count > 0) at_hand_.runtimes = sum / static_cast<double>(count);
}

void T4Rows::scan_objectives(JsonCursor& cursor) {
  for (bool first = true; cursor.element(first); ++at_hand_.objectives) {
    const auto name = cursor.string(scratch_);
    if (!name)
      cursor.raw();
    else if (at_hand_.objectives == 0)
      at_hand_.objective = *name;
  }
}

void T4Rows::scan_measurement(JsonCursor& cursor) {
  std::string_view key, value;
  std::optional<std::string_view> name, unit;
  if (!cursor.enter('{')) {
    cursor.raw();
    return;
  }
  uint32_t seen = 0;
  for (bool first = true; cursor.member(first, key);) {
    const uint32_t bit = key == "name" ? 1 : key == "unit" ? 2 : key == "value" ? 4 : 0;
    if ((seen & bit) != 0) problem(fmt::format("a measurement has \"{}\" twice", key));
    seen |= bit;
    if (bit == 1 && cursor.peek() == '"')
      name = cursor.string(name_scratch_);
    else if (bit == 2 && cursor.peek() == '"')
      unit = cursor.string(unit_scratch_);
    else if (bit == 4)
      value = cursor.raw();
    else
      skip_of_measurement(cursor, key);
  }
  if (!name) return;
  if (row_ == 1) measured_names_.emplace_back(*name);
  if (unit && !unit->empty() && at_hand_.time_unit.empty() && is_time(*unit)) at_hand_.time_unit = *unit;
  for (size_t i = 0; i < options_.features.size(); ++i)
    if (*name == options_.features[i])
      at_hand_.features[i] = json_number(value).value_or(at_hand_.features[i]);
  if (*name == sought_) {
    if (!at_hand_.value.empty()) problem(fmt::format("it has two measurements called \"{}\"", *name));
    at_hand_.value = value.empty() ? "null" : value;
    at_hand_.unit = unit.value_or("");
  } else if (*name == kT4Verdict) {
    at_hand_.verdict = json_string(value).value_or("");
  } else if (*name == kError) {
    at_hand_.error = json_string(value).value_or("");
  }
}

/// What of a measurement is neither its name, its unit nor its value.
void T4Rows::skip_of_measurement(JsonCursor& cursor, std::string_view key) {
  const bool unit = key == "unit";
  if (key != "name" && !unit) check_spelling(key, "a measurement has", kOfMeasurements);
  if (const std::string_view raw = cursor.raw(); unit && raw != "null")
    problem(fmt::format("the unit of a measurement is {}, which is no text", excerpt(raw)));
}

/// Whether it is a unit of time; mostly that of the row before.
bool T4Rows::is_time(std::string_view unit) {
  if (unit == last_time_unit_) return true;
  if (!time_unit_ns(unit)) return false;
  last_time_unit_ = unit;
  return true;
}

Status T4Rows::store_row() {
  if (!at_hand_.has_configuration) return corrupt("it has no object \"configuration\"");
  if (at_hand_.invalidity.empty()) return corrupt("it has no text \"invalidity\"");
  TAMIS_ASSIGN(Verdict verdict, verdict_from_t4(at_hand_.invalidity));
  // One word of T4 stands for several verdicts; a row that tamis wrote says which.
  if (verdict != Verdict::valid && !at_hand_.verdict.empty())
    if (const auto word = parse_verdict(at_hand_.verdict);
        word.ok() && t4_invalidity(*word) == t4_invalidity(verdict))
      verdict = *word;
  if (verdict == Verdict::rejected) return {};
  if (!at_hand_.problem.empty()) return corrupt(at_hand_.problem);
  if (verdict == Verdict::valid && at_hand_.wrong)
    return corrupt("its invalidity is \"correct\" and its correctness is 0");
  if (verdict == Verdict::valid) TAMIS_TRY(check_objective());
  store_value();
  for (size_t knob = 0; knob < knobs_.size(); ++knob) knobs_[knob].push(numbers_[knob]);
  verdicts_.push_back(static_cast<uint8_t>(verdict));
  value_units_.push_back(unit_number(at_hand_.unit));
  time_units_.push_back(unit_number(at_hand_.time_unit));
  builds_.push_back(at_hand_.compilation.value_or(-1));
  if (options_.run_times) runs_.push_back(at_hand_.running);
  if (options_.samples) store_samples();
  for (size_t i = 0; i < features_.size(); ++i) features_[i].push_back(at_hand_.features[i]);
  row_numbers_.push_back(static_cast<uint32_t>(row_ - 1));
  messages_.push(verdict == Verdict::valid ? "" : failure_message());
  return {};
}

uint8_t T4Rows::unit_number(const std::string& unit) {
  constexpr size_t kMostUnits = 255;
  const auto found = std::find(units_.begin(), units_.end(), unit);
  const auto number = static_cast<size_t>(found - units_.begin());
  if (number > kMostUnits) return kMostUnits;
  if (found == units_.end()) units_.push_back(number == kMostUnits ? "one of too many units" : unit);
  return static_cast<uint8_t>(number);
}

/// The peers write the reason where a valid row has its time.
std::string T4Rows::failure_message() const {
  if (const auto reason = json_string(at_hand_.value); reason && !reason->empty()) return *reason;
  if (!at_hand_.error.empty()) return at_hand_.error;
  return fmt::format("recorded as \"{}\"", at_hand_.invalidity);
}

}  // namespace tamis
