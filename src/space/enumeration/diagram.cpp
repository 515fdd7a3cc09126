#include "space/enumeration/diagram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tamis::enumeration {
namespace {

uint32_t last_choice(const Diagram::Edge& edge) { return edge.choice + edge.choices - 1; }
bool covers(const Diagram::Edge& edge, uint32_t choice) {
  return edge.choice <= choice && choice <= last_choice(edge);
}
uint32_t nearest_choice(const Diagram::Edge& edge, uint32_t choice) {
  return std::clamp(choice, edge.choice, last_choice(edge));
}

}  // namespace

uint64_t product_of(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  if (a == 0 || b == 0) return 0;
  const bool over = __builtin_mul_overflow(a, b, &product) || product > static_cast<uint64_t>(INT64_MAX);
  return over ? Diagram::kMany : product;
}

uint64_t sum_of(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  const bool over = __builtin_add_overflow(a, b, &sum) || sum > static_cast<uint64_t>(INT64_MAX);
  return over ? Diagram::kMany : sum;
}

double Diagram::log2_count() const {
  if (count() == 0) return -std::numeric_limits<double>::infinity();
  return log2_counts.empty() ? std::log2(static_cast<double>(count())) : log2_counts.back();
}

double Diagram::log2_paths_of(const Edge& edge) const {
  const double below = edge.node == kEnd ? 0 : log2_counts[edge.node];
  return below + std::log2(static_cast<double>(edge.choices));
}

void Diagram::weigh() {
  if (std::none_of(nodes.begin(), nodes.end(), [](const Node& node) { return node.count == kMany; })) return;
  log2_counts.reserve(nodes.size());
  for (const Node& node : nodes) {  // what edges lead to comes before
    double most = 0;
    for (size_t i = node.begin; i < node.end; ++i) most = std::max(most, log2_paths_of(edges[i]));
    double sum = 0;
    for (size_t i = node.begin; i < node.end; ++i) sum += std::exp2(log2_paths_of(edges[i]) - most);
    log2_counts.push_back(most + std::log2(sum));
  }
}

double Diagram::share_of_choice(size_t node, const Edge& edge) const {
  if (log2_counts.empty())
    return static_cast<double>(paths_of(edge)) / static_cast<double>(nodes[node].count);
  return std::exp2((edge.node == kEnd ? 0 : log2_counts[edge.node]) - log2_counts[node]);
}

void Diagram::add_shares(std::vector<std::vector<double>>& shares) const {
  if (nodes.empty()) return;
  struct Reached {
    double share = 0;
    size_t level = 0;
  };
  std::vector<Reached> reached(nodes.size());
  reached.back().share = 1;
  for (size_t i = nodes.size(); i-- > 0;) {  // what edges lead to comes before
    const auto [share, level] = reached[i];
    for (size_t j = nodes[i].begin; j < nodes[i].end; ++j) {
      const Edge& edge = edges[j];
      const double one = share * share_of_choice(i, edge);
      for (uint32_t k = 0; k < edge.choices; ++k) shares[knobs[level]][edge.choice + k] += one;
      if (edge.node == kEnd) continue;
      reached[edge.node].share += one * edge.choices;
      reached[edge.node].level = level + 1;
    }
  }
}

bool Diagram::contains(const Config& config) const {
  if (nodes.empty()) return false;
  const Node* node = &nodes.back();
  for (const size_t knob : knobs) {
    const uint32_t choice = config.choices[knob];
    const Edge& edge = nearest(*node, choice);
    if (!covers(edge, choice)) return false;
    if (edge.node != kEnd) node = &nodes[edge.node];
  }
  return true;
}

void Diagram::draw(Random& random, Config& config) const {
  if (count() == kMany)
    draw_by_weight(random, config);
  else
    choose(random.below(count()), config);
}

void Diagram::draw_by_weight(Random& random, Config& config) const {
  size_t at = nodes.size() - 1;
  for (const size_t knob : knobs) {
    const Node& node = nodes[at];
    double left = random.uniform();
    size_t chosen = node.begin;
    for (size_t i = node.begin; i < node.end && left >= 0; ++i) {
      chosen = i;
      left -= std::exp2(log2_paths_of(edges[i]) - log2_counts[at]);
    }
    const Edge& edge = edges[chosen];
    config.choices[knob] = edge.choice + static_cast<uint32_t>(random.below(edge.choices));
    at = edge.node;
  }
}

void Diagram::begin(Config& config) const { begin_from(nodes.back(), 0, config); }

void Diagram::begin_from(const Node& from, size_t level, Config& config) const {
  const Node* node = &from;
  for (; level < knobs.size(); ++level) {
    const Edge& edge = edges[node->begin];
    config.choices[knobs[level]] = edge.choice;
    if (edge.node != kEnd) node = &nodes[edge.node];
  }
}

bool Diagram::advance(Config& config) const {
  std::vector<size_t> path;  // of edges, level by level
  const Node* node = &nodes.back();
  for (const size_t knob : knobs) {
    const Edge& edge = nearest(*node, config.choices[knob]);
    path.push_back(static_cast<size_t>(&edge - edges.data()));
    if (edge.node != kEnd) node = &nodes[edge.node];
  }
  for (size_t level = knobs.size(); level-- > 0;) {
    const size_t last = level == 0 ? nodes.back().end : nodes[edges[path[level - 1]].node].end;
    uint32_t& choice = config.choices[knobs[level]];
    size_t at = path[level];
    if (choice < last_choice(edges[at]))
      ++choice;
    else if (++at < last)
      choice = edges[at].choice;
    else
      continue;
    if (edges[at].node != kEnd) begin_from(nodes[edges[at].node], level + 1, config);
    return true;
  }
  begin(config);
  return false;
}

void Diagram::choose(uint64_t rank, Config& config) const {
  const Node* node = &nodes.back();
  for (const size_t knob : knobs) {
    const auto begin = edges.begin() + static_cast<std::ptrdiff_t>(node->begin);
    const auto end = edges.begin() + static_cast<std::ptrdiff_t>(node->end);
    const auto above = std::upper_bound(
        begin, end, rank, [](uint64_t wanted, const Edge& edge) { return wanted < edge.before; });
    const Edge& edge = *(above - 1);
    const uint64_t paths = paths_of(edge);
    rank -= edge.before;
    config.choices[knob] = edge.choice + static_cast<uint32_t>(rank / paths);
    rank %= paths;
    if (edge.node != kEnd) node = &nodes[edge.node];
  }
}

std::optional<uint64_t> Diagram::rank(const Config& config) const {
  if (nodes.empty()) return std::nullopt;
  uint64_t rank = 0;
  const Node* node = &nodes.back();
  for (const size_t knob : knobs) {
    const uint32_t choice = config.choices[knob];
    const Edge& edge = nearest(*node, choice);
    if (!covers(edge, choice)) return std::nullopt;
    rank += edge.before + paths_of(edge) * (choice - edge.choice);
    if (edge.node != kEnd) node = &nodes[edge.node];
  }
  return rank;
}

void Diagram::approach(Config& config) const { approach_from(nodes.back(), 0, config); }

std::vector<size_t> Diagram::free_levels(const Config& config) const {
  std::vector<size_t> free;
  const Node* node = &nodes.back();
  for (size_t level = 0; level < knobs.size(); ++level) {
    if (node->end - node->begin > 1 || edges[node->begin].choices > 1) free.push_back(level);
    const Edge& edge = nearest(*node, config.choices[knobs[level]]);
    if (edge.node != kEnd) node = &nodes[edge.node];
  }
  return free;
}

void Diagram::deviate(size_t level, Config& config, Random& random) const {
  const Node& node = node_at(config, level);
  uint32_t& choice = config.choices[knobs[level]];
  // The place among the node's choices, the one that the config has left out.
  uint64_t place = random.below(choices_of(node) - 1);
  for (size_t i = node.begin; i < node.end; ++i) {
    const Edge& edge = edges[i];
    const bool own = covers(edge, choice);
    const uint64_t others = edge.choices - (own ? 1 : 0);
    if (place >= others) {
      place -= others;
      continue;
    }
    uint32_t turned = edge.choice + static_cast<uint32_t>(place);
    if (own && turned >= choice) ++turned;
    choice = turned;
    if (edge.node != kEnd) approach_from(nodes[edge.node], level + 1, config);
    return;
  }
}

const Diagram::Edge& Diagram::nearest(const Node& node, uint32_t choice) const {
  const auto begin = edges.begin() + static_cast<std::ptrdiff_t>(node.begin);
  const auto end = edges.begin() + static_cast<std::ptrdiff_t>(node.end);
  const auto above = std::upper_bound(begin, end, choice,
                                      [](uint32_t wanted, const Edge& edge) { return wanted < edge.choice; });
  if (above == begin) return *above;
  const auto below = above - 1;
  if (above == end || covers(*below, choice)) return *below;
  return above->choice - choice < choice - last_choice(*below) ? *above : *below;
}

const Diagram::Node& Diagram::node_at(const Config& config, size_t level) const {
  const Node* node = &nodes.back();
  for (size_t i = 0; i < level; ++i) node = &nodes[nearest(*node, config.choices[knobs[i]]).node];
  return *node;
}

uint64_t Diagram::choices_of(const Node& node) const {
  uint64_t choices = 0;
  for (size_t i = node.begin; i < node.end; ++i) choices += edges[i].choices;
  return choices;
}

void Diagram::approach_from(const Node& from, size_t level, Config& config) const {
  const Node* node = &from;
  for (; level < knobs.size(); ++level) {
    uint32_t& choice = config.choices[knobs[level]];
    const Edge& edge = nearest(*node, choice);
    choice = nearest_choice(edge, choice);
    if (edge.node != kEnd) node = &nodes[edge.node];
  }
}

}  // namespace tamis::enumeration
