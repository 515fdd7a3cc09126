#include "experiment/report/session.h"

#include "base/shell.h"
#include "base/text.h"
#include "session/finals.h"
#include "tamis/evidence.h"
#include "targets/timing/sampling.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tamis::report {
namespace {

constexpr double kConfidence = 0.95;

Json to_json_of(const Counts& counts) {
  return {{"trials", counts.trials},
          {"measurements", counts.measurements},
          {"rejected_builds", counts.rejected_builds},
          {"invalid", counts.invalid},
          {"same_code", counts.same_code},
          {"flaky", counts.flaky}};
}

Json objective_json(const Objective& objective) {
  return {{"name", objective.name},
          {"unit", objective.unit},
          {"direction", objective.direction == Direction::minimise ? "minimize" : "maximize"}};
}

/// Adds `low` and `high`, the interval of the median, where enough was measured for one.
void add_interval(Json& json, std::vector<double> costs, const Objective& objective) {
  std::sort(costs.begin(), costs.end());
  const auto interval = timing::median_interval(costs, kConfidence);
  if (!interval) return;
  // A value that is maximised falls as its cost rises.
  const double a = objective.value_of(interval->low), b = objective.value_of(interval->high);
  json["low"] = std::min(a, b);
  json["high"] = std::max(a, b);
}

/// A word for each knob, as --config reads them.
std::string assignments_of(const Space& space, const Config& config) {
  std::string text;
  for (size_t i = 0; i < space.knobs().size(); ++i)
    text += (i > 0 ? " " : "") +
            shell_word(space.knobs()[i].name + "=" + to_short_string(space.value(config, i)));
  return text;
}

void replace(std::string& text, std::string_view what, const std::string& by) {
  if (const size_t place = text.find(what); place != std::string::npos) text.replace(place, what.size(), by);
}

}  // namespace

Result<ReportSession> ReportSession::create(SessionRecord record, std::string log,
                                            std::optional<Finals> finals) {
  TAMIS_ASSIGN(Space space, space_from_text(record.knobs));
  return ReportSession(std::move(record), std::move(log), std::move(space), std::move(finals));
}

ReportSession::ReportSession(SessionRecord record, std::string log, Space space, std::optional<Finals> finals)
    : record_(std::move(record)),
      log_(std::move(log)),
      space_(std::move(space)),
      rows_(space_.knobs().size(), record_.objective, record_.started_unix_ms),
      finals_(std::move(finals)) {}

Status ReportSession::add(const Trial& trial) {
  if (!belongs(space_, trial.config))
    return corrupt(fmt::format("trial {} of session {} of {} is not of the session's space", trial.number,
                               record_.id, log_));
  counts_.add(trial);
  rows_.add(trial);
  keep(trial);
  add_to_sample(trial);
  return {};
}

/// Every second trial leaves a sample that is full, and from then on half as many are taken: so it is spread
/// evenly without knowing how many trials there will be.
void ReportSession::add_to_sample(const Trial& trial) {
  if (trial.verdict == Verdict::device_lost || offered_++ % sample_step_ != 0) return;
  Trial& one = sample_.emplace_back();
  one.number = trial.number;
  one.config = trial.config;
  one.verdict = trial.verdict;
  one.measured = trial.measured;
  one.costs = trial.costs;
  if (sample_.size() < kLearnt) return;
  for (size_t i = 0; i < sample_.size() / 2; ++i) sample_[i] = std::move(sample_[2 * i]);
  sample_.resize(sample_.size() / 2);
  sample_step_ *= 2;
}

void ReportSession::keep(const Trial& trial) {
  const bool finalist =
      finals_ && std::any_of(finals_->finalists.begin(), finals_->finalists.end(),
                             [&](const Finalist& one) { return one.number == trial.number; });
  if (finalist || trial.number == 0) kept_.emplace(trial.number, trial);
  if (trial.verdict != Verdict::valid || trial.costs.empty()) return;
  if (!fastest_ || trial.cost() < fastest_->cost()) fastest_ = trial;
}

std::optional<Trial> ReportSession::best() const {
  const Finalist* winner = finals_ ? finals_->winner() : nullptr;
  const auto won = winner != nullptr ? kept_.find(winner->number) : kept_.end();
  return won == kept_.end() ? fastest_ : as_in_finals(won->second, *finals_);
}

std::optional<Trial> ReportSession::default_trial() const {
  const auto first = kept_.find(0);
  if (!record_.with_default || first == kept_.end()) return std::nullopt;
  return finals_ ? as_in_finals(first->second, *finals_) : first->second;
}

Json ReportSession::best_json(const Trial& best) const {
  const bool from_finals = finals_ && finals_->winner() != nullptr;
  const std::string config = space_.describe(best.config);
  Json json = {{"value", record_.objective.value_of(best.cost())},
               {"number", best.number},
               {"config", config},
               {"from", from_finals ? "finals" : "trial"}};
  if (const auto row = rows_.row_of(best.number)) json["row"] = *row;
  add_interval(json, best.costs, record_.objective);
  const std::optional<Evidence> evidence = from_finals ? weigh_evidence(*finals_) : std::nullopt;
  if (evidence) {
    json["probability_best"] = evidence->best;
    json["probability_within"] = evidence->good;
    json["within"] = kGoodEnough;
  }
  if (!repeat_command_.empty()) json["command"] = command_of(best);
  return json;
}

std::string ReportSession::command_of(const Trial& trial) const {
  std::string command = repeat_command_;
  replace(command, "{number}", fmt::format("{}", trial.number));
  replace(command, "{config}", assignments_of(space_, trial.config));
  return command;
}

Json ReportSession::finals_json() const {
  Json all = Json::array();
  const std::optional<Evidence> evidence = weigh_evidence(*finals_);
  const Finalist* winner = finals_->winner();
  for (const Finalist& finalist : finals_->finalists) {
    Json json = {
        {"number", finalist.number}, {"verdict", to_string(finalist.verdict)}, {"runs", finalist.runs}};
    if (finalist.verdict == Verdict::valid && !finalist.costs.empty()) {
      json["value"] = record_.objective.value_of(finalist.cost());
      add_interval(json, finalist.costs, record_.objective);
    }
    if (evidence && &finalist == winner) json["probability_best"] = evidence->best;
    if (const auto trial = kept_.find(finalist.number); trial != kept_.end())
      json["config"] = space_.describe(trial->second.config);
    if (!finalist.message.empty()) json["message"] = std::string(telling_line(finalist.message));
    all.push_back(std::move(json));
  }
  return all;
}

Json ReportSession::to_json(size_t space, const std::string& group) const {
  Json json = {{"id", record_.id},
               {"log", log_},
               {"group", group},
               {"workload", record_.workload.name},
               {"spec", to_spec(record_.workload)},
               {"target", record_.target_spec},
               {"target_identity", record_.target_identity},
               {"space", space},
               {"strategy", record_.strategy},
               {"initializer", record_.initializer},
               {"seed", fmt::format("{}", record_.seed)},
               {"batch", record_.batch}};
  if (!record_.objective.is_latency()) json["objective"] = objective_json(record_.objective);
  if (bound_ns_ > 0) json["bound_ns"] = bound_ns_;
  if (const std::optional<Trial> trial = default_trial()) {
    Json& first = json["default"] = {{"verdict", to_string(trial->verdict)}, {"number", trial->number}};
    if (trial->verdict == Verdict::valid && !trial->costs.empty())
      first["value"] = record_.objective.value_of(trial->cost());
    if (!trial->message.empty()) first["message"] = std::string(telling_line(trial->message));
  }
  json["started_unix_ms"] = record_.started_unix_ms;
  json["counts"] = to_json_of(counts_);
  if (const std::optional<Trial> trial = best()) json["best"] = best_json(*trial);
  if (!repeat_command_.empty()) json["repeat_command"] = repeat_command_;
  if (finals_) json["finals"] = finals_json();
  json["trials"] = rows_.columns();
  rows_.add_texts(json);
  return json;
}

Json ReportSession::append_json(size_t session, size_t from, const TrialRows::Texts& texts) const {
  Json json = {
      {"session", session}, {"from", from}, {"trials", rows_.columns(from)}, {"counts", to_json_of(counts_)}};
  rows_.add_texts(json, texts);
  if (const std::optional<Trial> trial = best()) json["best"] = best_json(*trial);
  return json;
}

}  // namespace tamis::report
