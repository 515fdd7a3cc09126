#include "experiment/report/document.h"

#include "experiment/report/how.h"
#include "experiment/report/importance.h"
#include "experiment/report/networks.h"
#include "experiment/report/programs.h"
#include "experiment/report/rooflines.h"
#include "experiment/report/rule_data.h"
#include "experiment/report/subject.h"
#include "experiment/report/unchosen.h"
#include "tamis/expression.h"
#include "tamis/version.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

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
  explicit Arrangement(std::span<const ReportSession* const> sessions);
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

Arrangement::Arrangement(std::span<const ReportSession* const> sessions) {
  std::vector<SearchNames> names;  // of each subject
  for (const ReportSession* session : sessions) {
    const size_t subject = find_subject(*session);
    add_session(*session, subjects_[subject]);
    subject_of_.push_back(subject);
    names.resize(subjects_.size());
    names[subject].add(session->record());
  }
  for (size_t i = 0; i < sessions.size(); ++i)
    group_of_.push_back(names[subject_of_[i]].name_of(sessions[i]->record()));
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

Json knobs_json(const Space& space) {
  Json knobs = Json::array();
  for (const Knob& knob : space.knobs()) {
    Json values = Json::array();
    for (const KnobValue& value : knob.values) values.push_back(to_short_string(value));
    knobs.push_back({{"name", knob.name}, {"kind", name_of(knob.kind)}, {"values", std::move(values)}});
  }
  return knobs;
}

/// How many configs the constraints leave, in decimal; empty where that takes too long to find out.
std::string size_of(const Subject& subject) {
  if (subject.constraints.empty())
    return subject.space.countable() ? fmt::format("{}", subject.space.size()) : "";
  Result<std::vector<Constraint>> constraints = parse_constraints(subject.constraints, subject.space.knobs());
  if (!constraints.ok()) return "";
  const std::optional<uint64_t> count = count_allowed(subject.space.constrained(std::move(*constraints)));
  return count ? fmt::format("{}", *count) : "";
}

LayerSource layer_of(const ReportSession& session, size_t position) {
  const SessionRecord& record = session.record();
  LayerSource layer{record.id, position, record.workload, record.target_spec, record.target_identity};
  const auto cost_of = [](const std::optional<Trial>& trial) {
    return trial && trial->verdict == Verdict::valid ? std::optional(trial->cost()) : std::nullopt;
  };
  layer.value_ns = cost_of(session.best());
  layer.default_ns = cost_of(session.default_trial());
  if (session.bound_ns() > 0) layer.bound_ns = session.bound_ns();
  return layer;
}

std::vector<NetworkSource> network_sources(std::span<const ReportLog> logs) {
  std::vector<NetworkSource> sources;
  size_t position = 0;
  for (const ReportLog& log : logs) {
    NetworkSource& source = sources.emplace_back(NetworkSource{log.name, log.networks});
    for (const ReportSession& session : log.sessions) {
      if (session.record().objective.is_latency()) source.sessions.push_back(layer_of(session, position));
      ++position;
    }
  }
  return sources;
}

std::string capitalised(std::string_view word) {
  std::string text(word);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

/// A document that is being made of its parts.
class Document {
 public:
  explicit Document(const DocumentOptions& options) {
    json_ = {{"schema", 1}, {"product", {{"name", "tamis"}, {"version", kVersion}}}};
    if (!options.title.empty()) json_["title"] = options.title;
    if (options.generated_unix_ms > 0) json_["generated_unix_ms"] = options.generated_unix_ms;
    json_["spaces"] = Json::array();
    json_["sessions"] = Json::array();
  }

  void add_sessions(std::span<const ReportSession* const> sessions, const Arrangement& arrangement) {
    for (size_t i = 0; i < sessions.size(); ++i)
      json_["sessions"].push_back(sessions[i]->to_json(arrangement.subject_of(i), arrangement.group_of(i)));
  }

  /// The space of a subject, with what its trials teach.
  void add_subject(const Subject& subject) {
    Json& space = json_["spaces"].emplace_back(
        Json{{"knobs", knobs_json(subject.space)}, {"constraints", subject.constraints}});
    if (std::string size = size_of(subject); !size.empty()) space["size"] = std::move(size);
    Result<Part> rules = rules_of(subject);
    Part learnt = rules.ok() ? std::move(*rules) : Part{{}, rules.error().message};
    Part importance = importance_of(subject);
    space["unchosen"] = unchosen_of(subject, learnt, importance);
    // The section of invalid configs is there without rules too, so that none were found is told among the
    // rest.
    if (!learnt.missing.empty()) learnt.how = std::exchange(learnt.missing, "");
    add("rules", std::move(learnt), "");
    add("importance", std::move(importance), "importance");
  }

  /// A part under its name. `section` is that of the page, which says why the part is missing.
  void add(std::string_view name, Part part, std::string_view section) {
    add_how(name, part.how);
    if (!part.data.is_null() && !part.data.empty()) {
      Json& all = json_[name];
      for (Json& one : part.data) all.push_back(std::move(one));
    }
    if (!part.missing.empty() && !section.empty())
      json_["missing"].push_back({{"section", section}, {"why", std::move(part.missing)}});
  }

  Json finish(Json how) {
    for (Json& one : how_) how.push_back(std::move(one));
    json_["how"] = std::move(how);
    drop_told_missing();
    return std::move(json_);
  }

 private:
  /// How a part was made, once where it was made alike for several subjects.
  void add_how(std::string_view what, const std::string& text) {
    Json one = {{"what", capitalised(what)}, {"text", text}};
    if (!text.empty() && std::find(how_.begin(), how_.end(), one) == how_.end())
      how_.push_back(std::move(one));
  }

  /// A part that is there for one subject is not missing because it is not for another.
  void drop_told_missing() {
    Json told = Json::array();
    for (const Json& one : json_.value("missing", Json::array())) {
      const std::string section = one.at("section");
      const bool there = section == "importance" && json_.contains("importance");
      const bool again = std::any_of(told.begin(), told.end(),
                                     [&](const Json& before) { return before.at("section") == section; });
      if (!there && !again) told.push_back(one);
    }
    json_.erase("missing");
    if (!told.empty()) json_["missing"] = std::move(told);
  }

  Json json_;
  std::vector<Json> how_;
};

}  // namespace

Json make_document(std::span<const ReportLog> logs, const DocumentOptions& options) {
  std::vector<const ReportSession*> sessions;
  for (const ReportLog& log : logs)
    for (const ReportSession& session : log.sessions) sessions.push_back(&session);
  const Arrangement arrangement(sessions);
  Document document(options);
  document.add_sessions(sessions, arrangement);
  for (const Subject& subject : arrangement.subjects()) document.add_subject(subject);
  document.add("networks", networks_of(network_sources(logs)), "network");
  document.add("programs", programs_of(arrangement.subjects()), "engines");
  document.add("rooflines", rooflines_of(arrangement.subjects()), "roofline");
  std::vector<std::string> left_out;
  for (const ReportLog& log : logs)
    for (const std::string& sentence : log.left_out)
      left_out.push_back(fmt::format("Of {}: {}.", log.name, sentence));
  return document.finish(how_made(sessions, left_out));
}

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace tamis::report
