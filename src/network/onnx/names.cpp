#include "network/onnx/names.h"

#include "base/text.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace tamis::network::reading {
namespace {

constexpr size_t kLongestShown = 80;
/// Comparing names takes as long as the product of their lengths, and files may hold many.
constexpr size_t kLongestCompared = 100;
constexpr size_t kMostCompared = 5000;
constexpr size_t kMostSuggested = 3;

using NearName = std::pair<size_t, std::string_view>;

/// A thing on a cycle, found by going from one that was left over to what it waits for.
size_t find_cycle(const std::vector<std::vector<size_t>>& needs, const std::vector<size_t>& waits) {
  size_t at = 0;
  while (waits[at] == 0) ++at;
  std::vector<bool> seen(needs.size());
  while (!seen[at]) {
    seen[at] = true;
    at = *std::find_if(needs[at].begin(), needs[at].end(), [&](size_t other) { return waits[other] > 0; });
  }
  return at;
}

}  // namespace

std::string plain(std::string_view name) {
  const std::string_view shown = first_characters(name.substr(0, 4 * kLongestShown), kLongestShown);
  std::string text(shown);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return shown.size() < name.size() ? text + "..." : text;
}

std::string in_quotes(std::string_view name) { return "\"" + plain(name) + "\""; }

const Definition* Names::own(std::string_view name) const {
  const auto found = own_.find(name);
  return found == own_.end() ? nullptr : &found->second;
}

const Definition* Names::find(std::string_view name) const {
  for (const Names* names = this; names != nullptr; names = names->outer_)
    if (const Definition* found = names->own(name)) return found;
  return nullptr;
}

std::string Names::near(std::string_view name) const {
  if (name.size() > kLongestCompared) return "";
  std::vector<NearName> nearest;
  size_t compared = 0;
  for (const Names* names = this; names != nullptr; names = names->outer_)
    for (const auto& [known, definition] : names->own_) {
      const size_t allowed = 1 + name.size() / 4;
      if (known.empty() || known.size() > name.size() + allowed || known.size() + allowed < name.size())
        continue;
      if (++compared > kMostCompared) break;
      const size_t distance = edit_distance(name, known);
      if (distance <= allowed) nearest.emplace_back(distance, known);
    }
  std::sort(nearest.begin(), nearest.end());
  std::string text;
  for (size_t i = 0; i < std::min(nearest.size(), kMostSuggested); ++i)
    text += (i == 0 ? "; did you mean " : " or ") + in_quotes(nearest[i].second);
  return text.empty() ? text : text + "?";
}

Order order_by_needs(const std::vector<std::vector<size_t>>& needs) {
  std::vector<std::vector<size_t>> users(needs.size());
  std::vector<size_t> waits(needs.size());
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < needs.size(); ++i) {
    waits[i] = needs[i].size();
    for (const size_t other : needs[i]) users[other].push_back(i);
    if (waits[i] == 0) ready.push(i);
  }
  Order order;
  while (!ready.empty()) {
    const size_t next = ready.top();
    ready.pop();
    order.places.push_back(next);
    for (const size_t user : users[next])
      if (--waits[user] == 0) ready.push(user);
  }
  if (order.places.size() < needs.size()) order.on_cycle = find_cycle(needs, waits);
  return order;
}

}  // namespace tamis::network::reading
