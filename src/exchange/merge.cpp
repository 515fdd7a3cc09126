#include "tamis/import.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace tamis {
namespace {

/// Not-a-number counts as equal to itself, other than for Features' own comparison.
bool same_features(const Features& a, const Features& b) {
  return std::equal(
      a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
      [](const auto& one, const auto& other) {
        return one.first == other.first &&
               (one.second == other.second || (std::isnan(one.second) && std::isnan(other.second)));
      });
}

bool same_trial(const Trial& a, const Trial& b) {
  if (!same_features(a.features, b.features)) return false;
  Trial bare_a = a;
  Trial bare_b = b;
  bare_a.features = bare_b.features = {};
  return bare_a == bare_b;
}

/// All of a session but its record.
struct Content {
  std::vector<Trial> trials;    ///< by number
  std::vector<AskRecord> asks;  ///< by first number
  std::optional<Finals> finals;
};

/// With the newest finals.
Result<Content> read_content(const Log& log, int64_t session) {
  Content content;
  TAMIS_ASSIGN(content.trials, log.trials(session));
  TAMIS_ASSIGN(content.asks, log.asks(session));
  TAMIS_ASSIGN(content.finals, log.finals(session));
  return content;
}

/// What the output holds of what could be added to a session: its finals are those after as many trials.
Result<Content> read_counterpart(const Log& output, int64_t session, const Content& more) {
  TAMIS_ASSIGN(Content held, read_content(output, session));
  held.finals.reset();
  if (more.finals) {
    TAMIS_ASSIGN(held.finals, output.finals(session, more.finals->after_trials));
  }
  return held;
}

/// The items of `more` that `held` lacks, both ordered by a number; nothing when they disagree.
template <class Item, class Number, class Same>
std::optional<std::vector<Item>> missing(const std::vector<Item>& held, const std::vector<Item>& more,
                                         Number number, Same same) {
  std::vector<Item> items;
  auto at = held.begin();
  for (const Item& item : more) {
    while (at != held.end() && number(*at) < number(item)) ++at;
    if (at == held.end() || number(*at) != number(item)) {
      items.push_back(item);
    } else if (!same(*at, item)) {
      return std::nullopt;
    }
  }
  return items;
}

/// What joining a session to one of the output would add; nothing where they are not the same.
std::optional<Content> difference(const Content& held, const Content& more) {
  auto trials = missing(
      held.trials, more.trials, [](const Trial& trial) { return trial.number; }, same_trial);
  auto asks = missing(
      held.asks, more.asks, [](const AskRecord& ask) { return ask.first; },
      [](const AskRecord& a, const AskRecord& b) { return a == b; });
  if (!trials || !asks) return std::nullopt;
  if (held.finals && more.finals && *held.finals != *more.finals) return std::nullopt;
  return Content{std::move(*trials), std::move(*asks), held.finals ? std::nullopt : more.finals};
}

Status write_content(Log& log, int64_t session, const Content& content) {
  TAMIS_TRY(log.append(session, content.trials));
  for (const AskRecord& ask : content.asks) TAMIS_TRY(log.append(session, ask));
  return content.finals ? log.append(session, *content.finals) : Status();
}

/// The layers of `more` that `held` lacks; nothing where the two are not the same network.
std::optional<std::vector<NetworkLayer>> missing_layers(const NetworkRecord& held,
                                                        const NetworkRecord& more) {
  if (held.name != more.name || held.tasks != more.tasks || held.started_unix_ms != more.started_unix_ms)
    return std::nullopt;
  return missing(
      held.layers, more.layers, [](const NetworkLayer& layer) { return layer.place; },
      [](const NetworkLayer& a, const NetworkLayer& b) { return a == b; });
}

/// The numbers that sessions of a log have in the output, by those that they have there.
using SessionNumbers = std::map<int64_t, int64_t>;

class Merger {
 public:
  Merger(Log& output, std::vector<SessionRecord> held) : output_(output), held_(std::move(held)) {}

  /// Gives the number that the session has in the output.
  Result<int64_t> add(const Log& log, const SessionRecord& session) {
    ++report_.sessions;
    TAMIS_ASSIGN(const Content content, read_content(log, session.id));
    for (const SessionRecord& one : held_) {
      if (!same_but_for_id(one, session)) continue;
      TAMIS_ASSIGN(const Content there, read_counterpart(output_, one.id, content));
      const std::optional<Content> more = difference(there, content);
      if (!more) continue;
      TAMIS_TRY(extend(one.id, *more, there.trials.size() + more->trials.size()));
      return one.id;
    }
    SessionRecord copy = session;
    TAMIS_ASSIGN(copy.id, output_.add_session(session));
    held_.push_back(copy);
    ++report_.added;
    report_.trials += content.trials.size();
    TAMIS_TRY(write_content(output_, copy.id, content));
    return copy.id;
  }

  /// Adds the networks of a log whose sessions were all added.
  Status add_networks(const Log& log, const SessionNumbers& numbers) {
    TAMIS_ASSIGN(std::vector<NetworkRecord> networks, log.networks());
    for (NetworkRecord& network : networks) {
      for (NetworkLayer& layer : network.layers) {
        const auto found = numbers.find(layer.session);
        if (found == numbers.end())
          return corrupt(
              fmt::format("{}: network {} has a layer of session {}, which is missing; the log is "
                          "damaged",
                          log.path(), network.id, layer.session));
        layer.session = found->second;
      }
      TAMIS_TRY(add(network));
    }
    return {};
  }

  const MergeReport& report() const { return report_; }

 private:
  /// Adds a network of sessions of the output, or what it lacks of one that is there.
  Status add(const NetworkRecord& network) {
    TAMIS_ASSIGN(const std::vector<NetworkRecord> held, output_.networks());
    for (const NetworkRecord& one : held) {
      const auto more = missing_layers(one, network);
      if (!more) continue;
      for (const NetworkLayer& layer : *more) TAMIS_TRY(output_.append(one.id, layer));
      return {};
    }
    TAMIS_TRY(output_.add_network(network));
    return {};
  }

  /// `trials` is how many the session then has. Finals that are out of date by then are kept, but tell
  /// nothing more of it.
  Status extend(int64_t session, const Content& more, size_t trials) {
    const bool newer = more.finals && more.finals->after_trials >= trials;
    const bool longer = !more.trials.empty() || !more.asks.empty() || newer;
    ++(longer ? report_.extended : report_.known);
    report_.trials += more.trials.size();
    return write_content(output_, session, more);
  }

  Log& output_;
  std::vector<SessionRecord> held_;
  MergeReport report_;
};

struct Place {
  size_t log = 0;
  SessionRecord session;
};

}  // namespace

Result<MergeReport> merge_logs(const std::vector<std::string>& paths, Log& output) {
  std::vector<Log> logs;
  std::vector<Place> places;
  for (const std::string& path : paths) {
    TAMIS_ASSIGN(Log log, Log::open(path, LogMode::read));
    TAMIS_ASSIGN(const std::vector<SessionRecord> sessions, log.sessions());
    for (const SessionRecord& session : sessions) places.push_back({logs.size(), session});
    logs.push_back(std::move(log));
  }
  // The newest session of a workload is the one with the greatest number: so it stays the newest.
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.session.started_unix_ms < b.session.started_unix_ms;
  });
  TAMIS_ASSIGN(std::vector<SessionRecord> held, output.sessions());
  Merger merger(output, std::move(held));
  std::vector<SessionNumbers> numbers(logs.size());
  for (const Place& place : places) {
    TAMIS_ASSIGN(const int64_t number, merger.add(logs[place.log], place.session));
    numbers[place.log][place.session.id] = number;
  }
  for (size_t i = 0; i < logs.size(); ++i) TAMIS_TRY(merger.add_networks(logs[i], numbers[i]));
  return merger.report();
}

}  // namespace tamis
