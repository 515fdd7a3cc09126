#include "experiment/report/how.h"

#include "base/text.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tamis::report {
namespace {

bool any(std::span<const ReportSession* const> sessions, bool (*holds)(const ReportSession&)) {
  return std::any_of(sessions.begin(), sessions.end(), [&](const ReportSession* one) { return holds(*one); });
}

void add(Json& how, std::string_view what, std::string text) {
  how.push_back({{"what", what}, {"text", std::move(text)}});
}

void add_values(Json& how, std::span<const ReportSession* const> sessions) {
  add(how, "Value of a trial",
      "The median of the runs that the device timed. Intervals are those of that median at 95 % confidence, "
      "from the "
      "order of the runs alone; where there were too few runs there is none.");
  const bool finals = any(sessions, [](const ReportSession& one) { return one.has_finals(); });
  if (finals)
    add(how, "Best",
        "The winner of the finals: where values vary, the best trials and the default config were measured "
        "again in "
        "turn at the end, and the one with the least median won. Where a session had no finals, it is the "
        "valid trial "
        "of the best value, and of equal ones the first.");
  else
    add(how, "Best", "The valid trial of the best value, and of equal ones the first.");
}

void add_counts(Json& how, std::span<const ReportSession* const> sessions) {
  add(how, "Trials and measurements",
      "A trial is one config that was tried. It counts as a measurement where its program reached the "
      "device; what "
      "building refused did not. A trial is invalid where its verdict is any but valid.");
  if (any(sessions, [](const ReportSession& one) { return one.counts().same_code > 0; }))
    add(how, "Same code",
        "A config whose program is the same as that of an earlier trial was not run again; it has that "
        "trial's "
        "verdict and value.");
}

void add_gain(Json& how, std::span<const ReportSession* const> sessions) {
  if (!any(sessions, [](const ReportSession& one) { return one.default_trial().has_value(); })) return;
  add(how, "Gain over the default",
      "The value of the default config against that of the best. The default config is what the target takes "
      "without tuning; it was trial 0.");
}

void add_bound(Json& how, std::span<const ReportSession* const> sessions) {
  if (!any(sessions, [](const ReportSession& one) { return one.bound_ns() > 0; })) return;
  add(how, "Share of the bound",
      "The bound is the least latency that the arithmetic units of the hardware allow for this workload, "
      "memory "
      "not regarded. No config can go below it.");
}

void add_time(Json& how) {
  add(how, "Time",
      "Wall clock from the start of the session to the end of each trial, with the time that search took. A "
      "session that was "
      "resumed has the pause in it.");
}

void add_commands(Json& how, std::span<const ReportSession* const> sessions) {
  const auto of_a_file = [](const ReportSession& one) {
    return one.record().workload.op == Operator::external && one.has_repeat_command();
  };
  if (any(sessions, of_a_file))
    add(how, "Commands",
        "They name files as tuning named them, so run them in the folder where `tamis tune` ran. What the "
        "log does not "
        "keep, such as deadlines, they leave at its default.");
}

void add_left_out(Json& how, std::span<const ReportSession* const> sessions,
                  const std::vector<std::string>& left_out) {
  uint64_t texts = 0;
  for (const ReportSession* session : sessions) texts += session->rows().texts_left_out();
  if (texts > 0)
    add(how, "Left out",
        fmt::format("The messages of {}: a page holds 4 MB of different messages of a session.",
                    counted(texts, "trial")));
  for (const std::string& note : left_out) add(how, "Left out", note);
}

}  // namespace

Json how_made(std::span<const ReportSession* const> sessions, const std::vector<std::string>& left_out) {
  Json how = Json::array();
  if (!sessions.empty()) {
    add_values(how, sessions);
    add_counts(how, sessions);
    add_gain(how, sessions);
    add_bound(how, sessions);
    add_time(how);
    add_commands(how, sessions);
  }
  add_left_out(how, sessions, left_out);
  return how;
}

}  // namespace tamis::report
