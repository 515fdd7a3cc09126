#include "tamis/experiment.h"

#include "base/file.h"
#include "base/text.h"
#include "experiment/page.h"
#include "experiment/sections.h"
#include "model/boosted_trees.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr const char* kTitle = "Search in spaces with invalid configs";

/// One row per question: the table that ExperimentOptions::questions chooses from.
struct Question {
  std::string_view name;
  Result<Section> (*answer)(const ExperimentOptions& options, const std::stop_token& stop);
  Status (*supported)() = [] { return Status(); };  // by this build
};

std::function<void(size_t, size_t)> progress_of(const ExperimentOptions& options, std::string_view question) {
  if (!options.progress) return nullptr;
  return [&options, question](size_t done, size_t total) { options.progress(question, done, total); };
}

Result<Section> answer_invalid(const ExperimentOptions& options, const std::stop_token&) {
  std::vector<Invalidity> all;
  for (const auto& table : options.tables) all.push_back(count_invalid(*table));
  return invalidity_section(all);
}

Result<Section> answer_ranking(const ExperimentOptions& options, const std::stop_token& stop) {
  RankingOptions ranking;
  ranking.seeds = options.comparison.seeds;
  ranking.first_seed = options.comparison.first_seed;
  ranking.jobs = options.comparison.jobs;
  ranking.progress = progress_of(options, "ranking");
  TAMIS_ASSIGN(const std::vector<RankingRow> rows, study_ranking(options.tables, ranking, stop));
  return ranking_section(rows);
}

Result<Section> answer_strategies(const ExperimentOptions& options, const std::stop_token& stop) {
  ComparisonOptions comparison = options.comparison;
  comparison.progress = progress_of(options, "strategies");
  TAMIS_ASSIGN(const std::vector<ComparisonRow> rows, compare(options.tables, comparison, stop));
  return strategies_section(rows);
}

Result<Section> answer_initialization(const ExperimentOptions& options, const std::stop_token& stop) {
  ComparisonOptions comparison = options.comparison;
  comparison.strategies = {"autotvm"};
  comparison.initializers = {"random", "validity"};
  comparison.progress = progress_of(options, "initialization");
  TAMIS_ASSIGN(const std::vector<ComparisonRow> rows, compare(options.tables, comparison, stop));
  return initialization_section(rows);
}

constexpr std::array<Question, 4> kQuestions = {
    {{"invalid", answer_invalid},
     {"ranking", answer_ranking, boosted_trees_supported},
     {"strategies", answer_strategies},
     {"initialization", answer_initialization, boosted_trees_supported}}};

Error unanswered(const Question& question) {
  return question.supported().error().within(fmt::format("the question {}", question.name));
}

Result<std::vector<Question>> chosen(const std::vector<std::string>& names) {
  const std::vector<std::string_view> known = question_names();
  for (const std::string& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return invalid_input(fmt::format("there is no question \"{}\"{}", name, did_you_mean(name, known)));
  std::vector<Question> all;
  for (const Question& question : kQuestions) {
    const bool named = std::find(names.begin(), names.end(), question.name) != names.end();
    if (!names.empty() && !named) continue;
    if (question.supported().ok())
      all.push_back(question);
    else if (named)
      return unanswered(question);
  }
  return all;
}

Status check_tables(const ExperimentOptions& options) {
  if (options.tables.empty()) return invalid_input("an experiment needs at least one recorded table");
  std::set<std::string> names;
  for (const auto& table : options.tables) {
    const std::string& name = table->workload.name;
    if (count_valid(*table) == 0)
      return invalid_input(
          fmt::format("{}: no config of this table is valid, so there is no best to find", name));
    if (!names.insert(name).second)
      return invalid_input(fmt::format("two tables are called {}; give each a name of its own", name));
  }
  return {};
}

std::vector<std::string> introduction(const ExperimentOptions& options) {
  std::string names;
  for (const auto& table : options.tables) names += (names.empty() ? "" : ", ") + table->workload.name;
  const ComparisonOptions& comparison = options.comparison;
  std::vector<std::string> paragraphs = left_out(options);
  paragraphs.insert(
      paragraphs.begin(),
      fmt::format("Recorded tables: {}. {} from {} on, at most {} per session.", names,
                  counted(comparison.seeds, "seed"), comparison.first_seed,
                  comparison.session.trials ? counted(*comparison.session.trials, "trial") : "all trials"));
  return paragraphs;
}

}  // namespace

std::vector<std::string_view> question_names() {
  std::vector<std::string_view> names;
  for (const Question& question : kQuestions) names.push_back(question.name);
  return names;
}

std::vector<std::string> left_out(const ExperimentOptions& options) {
  std::vector<std::string> sentences;
  if (const Status drawing = drawing_supported(); !drawing.ok())
    sentences.push_back(fmt::format("Left out: figures: {}.", drawing.error().message));
  for (const std::string& sentence : unused_history(options.tables, options.comparison))
    sentences.push_back(fmt::format("History: {}.", sentence));
  if (!options.questions.empty()) return sentences;
  for (const Question& question : kQuestions)
    if (!question.supported().ok())
      sentences.push_back(fmt::format("Left out: {}.", unanswered(question).message));
  return sentences;
}

Status run_experiment(const ExperimentOptions& options, const std::stop_token& stop) {
  TAMIS_ASSIGN(const std::vector<Question> questions, chosen(options.questions));
  TAMIS_TRY(check_tables(options));
  TAMIS_TRY(make_directories(options.directory));
  // That the directory cannot be written shows now, not after hours.
  std::vector<Section> sections;
  TAMIS_TRY(write_page(options.directory, kTitle, introduction(options), sections));
  for (const Question& question : questions) {
    TAMIS_ASSIGN(Section section, question.answer(options, stop));
    TAMIS_TRY(write_section_files(options.directory, section));
    sections.push_back(std::move(section));
    // After every answer, so that an experiment that is interrupted leaves a page of those it has.
    TAMIS_TRY(write_page(options.directory, kTitle, introduction(options), sections));
  }
  return {};
}

}  // namespace tamis
