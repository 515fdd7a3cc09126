#include "experiment/report/document.h"

#include "experiment/report/how.h"
#include "experiment/report/subject.h"
#include "tamis/version.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

namespace tamis::report {
namespace {

/// How the sessions of a subject that differ in more than the seed are called: by their strategies, and where
/// these do not tell them apart by what does.
class SearchNames {
 public:
  void add(const SessionRecord& record) { searches_.insert(parts_of(record)); }

  std::string name_of(const SessionRecord& record) const {
    const Parts parts = parts_of(record);
    std::string name = parts[0];
    for (size_t i = 1; i < parts.size(); ++i)
      if (tells_apart(i)) name += ", " + parts[i];
    return name;
  }

 private:
  using Parts = std::array<std::string, 5>;

  static Parts parts_of(const SessionRecord& record) {
    return {record.strategy, record.initializer.empty() ? "no initializer" : record.initializer + " first",
            record.batch == 0 ? "without batches" : fmt::format("batches of {}", record.batch),
            record.learnt_from.empty() ? "nothing learnt before" : "learnt from " + record.learnt_from,
            record.hints.empty() ? "no hints" : "hints " + record.hints};
  }

  bool tells_apart(size_t part) const {
    return std::any_of(searches_.begin(), searches_.end(),
                       [&](const Parts& one) { return one[part] != (*searches_.begin())[part]; });
  }

  std::set<Parts> searches_;
};

/// Sessions by what they have in common.
class Arrangement {
 public:
  explicit Arrangement(std::span<const ReportSession> sessions);
  std::span<const Subject> subjects() const { return subjects_; }
  size_t subject_of(size_t session) const { return subject_of_[session]; }
  const std::string& group_of(size_t session) const { return group_of_[session]; }

 private:
  size_t find_subject(const ReportSession& session);

  std::vector<Subject> subjects_;
  std::vector<size_t> subject_of_;
  std::vector<std::string> group_of_;
  std::map<std::vector<std::string>, size_t> subject_numbers_;
};

std::vector<std::string> texts_of(const std::string& constraints) {
  const Json json = Json::parse(constraints, nullptr, false);
  std::vector<std::string> texts;
  for (const Json& one : json)
    if (one.is_string()) texts.push_back(one.get<std::string>());
  return texts;
}

Subject subject_of_session(const ReportSession& session, size_t position) {
  const SessionRecord& record = session.record();
  Subject subject{position, record.workload, record.target_spec, record.target_identity, session.space()};
  subject.constraints = texts_of(record.constraints);
  subject.objective = record.objective;
  for (const Knob& knob : session.space().knobs()) subject.chosen.emplace_back(knob.values.size());
  return subject;
}

void count_choices(const ReportSession& session, Subject& subject) {
  for (size_t knob = 0; knob < subject.chosen.size(); ++knob)
    for (const uint32_t choice : session.rows().choices(knob)) ++subject.chosen[knob][choice];
}

/// Every so many trials, so that no more are left than may be learnt from.
void thin(std::vector<Trial>& trials) {
  const size_t step = (trials.size() + kLearnt - 1) / kLearnt;
  if (step <= 1) return;
  for (size_t i = 0; i * step < trials.size(); ++i) trials[i] = std::move(trials[i * step]);
  trials.resize((trials.size() + step - 1) / step);
}

void add_session(const ReportSession& session, Subject& subject) {
  subject.trials += session.counts().trials;
  subject.learnt.insert(subject.learnt.end(), session.sample().begin(), session.sample().end());
  count_choices(session, subject);
  if (std::optional<Trial> best = session.best();
      best && (!subject.best || best->cost() < subject.best->cost()))
    subject.best = std::move(best);
  if (!subject.default_trial) subject.default_trial = session.default_trial();
}

Arrangement::Arrangement(std::span<const ReportSession> sessions) {
  std::vector<SearchNames> names;  // of each subject
  for (const ReportSession& session : sessions) {
    const size_t subject = find_subject(session);
    add_session(session, subjects_[subject]);
    subject_of_.push_back(subject);
    names.resize(subjects_.size());
    names[subject].add(session.record());
  }
  for (size_t i = 0; i < sessions.size(); ++i)
    group_of_.push_back(names[subject_of_[i]].name_of(sessions[i].record()));
  for (Subject& subject : subjects_) thin(subject.learnt);
}

size_t Arrangement::find_subject(const ReportSession& session) {
  const SessionRecord& record = session.record();
  const auto [place, added] =
      subject_numbers_.try_emplace({record.workload.name, to_spec(record.workload), record.target_spec,
                                    record.target_identity, record.knobs, to_string(record.objective)},
                                   subjects_.size());
  if (added) subjects_.push_back(subject_of_session(session, place->second));
  return place->second;
}

std::string_view name_of(KnobKind kind) {
  switch (kind) {
    case KnobKind::number:
      return "number";
    case KnobKind::name:
      return "name";
    case KnobKind::split:
      return "split";
  }
  return "name";
}

Json space_json(const Subject& subject) {
  Json knobs = Json::array();
  for (const Knob& knob : subject.space.knobs()) {
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(to_short_string(value));
    knobs.push_back({{"name", knob.name}, {"kind", name_of(knob.kind)}, {"values", std::move(values)}});
  }
  return {{"knobs", std::move(knobs)}, {"constraints", subject.constraints}};
}

}  // namespace

Json make_document(std::span<const ReportSession> sessions, const DocumentOptions& options) {
  const Arrangement arrangement(sessions);
  Json document = {{"schema", 1}, {"product", {{"name", "tamis"}, {"version", kVersion}}}};
  if (!options.title.empty()) document["title"] = options.title;
  if (options.generated_unix_ms > 0) document["generated_unix_ms"] = options.generated_unix_ms;
  Json& spaces = document["spaces"] = Json::array();
  for (const Subject& subject : arrangement.subjects()) spaces.push_back(space_json(subject));
  Json& all = document["sessions"] = Json::array();
  for (size_t i = 0; i < sessions.size(); ++i)
    all.push_back(sessions[i].to_json(arrangement.subject_of(i), arrangement.group_of(i)));
  document["how"] = how_made(sessions, options.notes);
  return document;
}

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace tamis::report
