#pragma once

#include "experiment/report/part.h"
#include "experiment/report/subject.h"
#include "support/json_schema.h"
#include "tamis/random.h"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace tamis::report::samples {

/// What comes of a config: its cost, or why it has none.
struct Outcome {
  Verdict verdict = Verdict::valid;
  double cost = 1;
};

using Tried = std::function<Outcome(const Space& space, const Config& config)>;

/// A subject of knobs with trials of random configs.
inline Subject subject_of(std::vector<Knob> knobs, size_t trials, const Tried& tried) {
  Subject subject;
  subject.space = Space::create(std::move(knobs)).value();
  for (const Knob& knob : subject.space.knobs()) subject.chosen.emplace_back(knob.values.size(), 0);
  Random random(1);
  for (size_t i = 0; i < trials; ++i) {
    Trial trial;
    trial.number = i;
    trial.config = subject.space.draw(random);
    const Outcome outcome = tried(subject.space, trial.config);
    trial.verdict = outcome.verdict;
    if (outcome.verdict == Verdict::valid) trial.costs = {outcome.cost};
    for (size_t knob = 0; knob < trial.config.choices.size(); ++knob)
      ++subject.chosen[knob][trial.config.choices[knob]];
    subject.learnt.push_back(std::move(trial));
  }
  subject.trials = trials;
  return subject;
}

/// Whether parts of a document fit its schema; nothing where that cannot be asked.
inline std::optional<bool> parts_fit(const Subject& subject, const Json& rules, const Json& importance,
                                     const Json& unchosen) {
  Json knobs = Json::array();
  for (const Knob& knob : subject.space.knobs()) {
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(to_short_string(value));
    knobs.push_back({{"name", knob.name}, {"kind", "number"}, {"values", std::move(values)}});
  }
  Json space = {{"knobs", std::move(knobs)}};
  space["unchosen"] = unchosen;
  Json document = {{"schema", 1}, {"product", {{"name", "tamis"}, {"version", "1"}}}};
  document["spaces"] = Json::array({std::move(space)});
  document["sessions"] = Json::array();
  document["rules"] = rules;
  document["importance"] = importance;
  return fits_schema(kReportSchema, document.dump());
}

}  // namespace tamis::report::samples
