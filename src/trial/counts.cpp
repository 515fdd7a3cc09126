#include "tamis/counts.h"

#include "trial/inferred.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

namespace tamis {
namespace {

void count_verdict(Counts& counts, Verdict verdict, uint64_t trials) {
  auto place = std::lower_bound(counts.by_verdict.begin(), counts.by_verdict.end(), verdict,
                                [](const auto& entry, Verdict one) { return entry.first < one; });
  if (place == counts.by_verdict.end() || place->first != verdict)
    place = counts.by_verdict.insert(place, {verdict, 0});
  place->second += trials;
}

constexpr size_t kLongestLine = 500;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trim(std::string_view line) {
  const size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
}

bool mentions_error(std::string_view line) {
  constexpr std::string_view kWord = "error";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(line.begin(), line.end(), kWord.begin(), kWord.end(), same) != line.end();
}

/// Cut where a character of UTF-8 ends.
std::string_view shorten(std::string_view line) {
  if (line.size() <= kLongestLine) return line;
  size_t end = kLongestLine;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
  return line.substr(0, end);
}

}  // namespace

void Counts::add(const Trial& trial) {
  add({trial.verdict, trial.measured, is_flaky(trial), trial.same_code_as.has_value(), 1});
  repeats += runs_of(trial) - 1;
}

void Counts::add(const TrialCount& some) {
  trials += some.trials;
  if (some.same_code) {
    same_code += some.trials;
  } else if (some.measured) {
    measurements += some.trials;
  }
  if (some.flaky) flaky += some.trials;
  if (some.verdict != Verdict::valid) invalid += some.trials;
  const bool refused = some.verdict == Verdict::build_failed || some.verdict == Verdict::build_timeout ||
                       some.verdict == Verdict::resource_exceeded;
  if (refused && !some.measured) rejected_builds += some.trials;
  count_verdict(*this, some.verdict, some.trials);
}

void Counts::add(const Counts& other) {
  trials += other.trials;
  measurements += other.measurements;
  same_code += other.same_code;
  rejected_builds += other.rejected_builds;
  invalid += other.invalid;
  finals += other.finals;
  repeats += other.repeats;
  flaky += other.flaky;
  for (const auto& [verdict, count] : other.by_verdict) count_verdict(*this, verdict, count);
}

std::string_view telling_line(std::string_view message) {
  std::string_view last;
  for (size_t begin = 0; begin < message.size();) {
    const size_t end = std::min(message.find('\n', begin), message.size());
    const std::string_view line = trim(message.substr(begin, end - begin));
    if (mentions_error(line)) return shorten(line);
    if (!line.empty()) last = line;
    begin = end + 1;
  }
  return shorten(last);
}

void Reasons::add(const Trial& trial) {
  if (trial.verdict == Verdict::valid) return;
  std::string key(1, static_cast<char>(trial.verdict));
  key += telling_line(trial.message);
  auto found = counted_.find(key);
  if (found == counted_.end()) {
    if (counted_.size() >= kMostMessages) return;
    found = counted_.emplace(std::move(key), Counted{0, trial.number}).first;
  }
  ++found->second.trials;
  found->second.first = std::min(found->second.first, trial.number);
  follow(found->first, found->second);
}

void Reasons::follow(const std::string& key, const Counted& counted) {
  const auto verdict = static_cast<Verdict>(key.front());
  const std::string_view message = std::string_view(key).substr(1);
  const bool leads = leading_.trials > 0 && leading_.verdict == verdict && leading_.message == message;
  if (!leads && counted.trials <= leading_.trials) return;
  if (!leads) leading_ = {verdict, std::string(message), 0, 0};
  leading_.trials = counted.trials;
  leading_.first = counted.first;
}

void Reasons::add(const Reasons& other) {
  for (const auto& [key, counted] : other.counted_) {
    auto found = counted_.find(key);
    if (found == counted_.end()) {
      if (counted_.size() >= kMostMessages) continue;
      found = counted_.emplace(key, Counted{0, counted.first}).first;
    }
    found->second.trials += counted.trials;
    found->second.first = std::min(found->second.first, counted.first);
    follow(found->first, found->second);
  }
}

std::vector<Reason> Reasons::most_frequent() const {
  std::map<Verdict, Reason> best;
  for (const auto& [key, counted] : counted_) {
    const auto verdict = static_cast<Verdict>(key.front());
    const auto [place, added] = best.try_emplace(verdict);
    Reason& reason = place->second;
    // The most trials, then the least number: neither hashing nor timing chooses.
    const bool more =
        counted.trials != reason.trials ? counted.trials > reason.trials : counted.first < reason.first;
    if (added || more) reason = {verdict, key.substr(1), counted.trials, counted.first};
  }
  std::vector<Reason> all;
  all.reserve(best.size());
  for (auto& [verdict, reason] : best) all.push_back(std::move(reason));
  return all;
}

}  // namespace tamis
