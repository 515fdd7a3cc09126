#pragma once

#include "tamis/random.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tamis::enumeration {

/// The allowed choices of a group of knobs, as a graph: from the root every path down to the end is one of
/// them, one edge a knob. Paths that have the same futures meet in one node, and neighbouring choices that
/// lead to the same node share an edge, so that a graph of few edges may stand for very many choices (a
/// decision diagram; of ATF's chain of trees it is the tree with equal branches shared). Immutable once
/// built, thread safe.
///
/// The numbers of paths are exact up to below 2^63. Where a node has more, it counts as kMany, the diagram
/// keeps the logarithms of all numbers besides, and paths are drawn by these; they have no ranks then.
struct Diagram {
  static constexpr uint32_t kEnd = UINT32_MAX;
  static constexpr uint64_t kMany = Space::kUncountable;

  struct Edge {
    uint64_t before;   ///< paths through the edges of the same node that come before this one; or kMany
    uint32_t choice;   ///< the first of the neighbouring choices that it stands for
    uint32_t choices;  ///< how many these are
    uint32_t node;     ///< that it leads to; kEnd from the last level
  };
  struct Node {
    uint64_t count;  ///< paths from here to the end; or kMany
    size_t begin;    ///< of its edges, by ascending choice
    size_t end;
  };

  std::vector<size_t> knobs;  ///< their positions in the space, level by level
  std::vector<Node> nodes;    ///< the root is the last one; none where nothing is allowed
  std::vector<Edge> edges;
  std::vector<double> log2_counts;  ///< of the nodes' paths, where a node has kMany; else empty

  uint64_t count() const { return nodes.empty() ? 0 : nodes.back().count; }
  /// The binary logarithm of the number of paths, however many they are; minus infinity where there is none.
  double log2_count() const;
  /// Fills in log2_counts where they are needed, once nodes and edges are complete.
  void weigh();
  bool contains(const Config& config) const;
  /// Sets the knobs of the group to the choices of a rank below count(), which must not be kMany.
  void choose(uint64_t rank, Config& config) const;
  /// Sets the knobs of the group to allowed choices, each path as likely as any other.
  void draw(Random& random, Config& config) const;
  /// Sets the knobs of the group to the first of the allowed choices, in the order of ranks.
  void begin(Config& config) const;
  /// Sets them from allowed choices to the next; false, and to the first, from the last.
  bool advance(Config& config) const;
  /// The rank of the config's choices; nothing where they are not allowed. Not where there are kMany.
  std::optional<uint64_t> rank(const Config& config) const;
  /// Sets the knobs, level by level, to the allowed choices nearest to those that they have. Something must
  /// be allowed.
  void approach(Config& config) const;
  /// Adds, by knob and choice, the share of all paths that go through the choice.
  void add_shares(std::vector<std::vector<double>>& shares) const;
  /// The levels at which a config of allowed choices could turn to another choice.
  std::vector<size_t> free_levels(const Config& config) const;
  /// Turns a config of allowed choices to another choice at a free level, at random, and below it to the
  /// choices nearest to the old ones.
  void deviate(size_t level, Config& config, Random& random) const;

 private:
  const Edge& nearest(const Node& node, uint32_t choice) const;
  const Node& node_at(const Config& config, size_t level) const;
  uint64_t paths_of(const Edge& edge) const { return edge.node == kEnd ? 1 : nodes[edge.node].count; }
  uint64_t choices_of(const Node& node) const;
  double log2_paths_of(const Edge& edge) const;
  /// The share of a node's paths that begin with one choice of an edge of it.
  double share_of_choice(size_t node, const Edge& edge) const;
  void draw_by_weight(Random& random, Config& config) const;
  void begin_from(const Node& node, size_t level, Config& config) const;
  void approach_from(const Node& node, size_t level, Config& config) const;
};

/// The product and the sum of numbers of paths, kMany where these are not below 2^63.
uint64_t product_of(uint64_t a, uint64_t b);
uint64_t sum_of(uint64_t a, uint64_t b);

}  // namespace tamis::enumeration
