#pragma once

#include <cstddef>
#include <vector>

namespace tamis::network {

/// What a side costs where a node cannot be: more than all else together, and finite, as differences count.
constexpr double kForbidden = 1e12;

/// A choice between two sides for each of several nodes, at the least cost: of the sides themselves, and of
/// pairs that are on different ones. An exact minimum cut, by augmenting shortest paths (Edmonds and Karp
/// 1972, Dinitz 1970).
class MinCut {
 public:
  /// A node that costs so much on the first or the second side. Where both come to the same, it is on the
  /// first.
  size_t add_node(double first = 0, double second = 0);
  /// What it costs that `a` is on the first side and `b` on the second.
  void add_cost(size_t a, size_t b, double cost);

  /// Whether each node is on the second side.
  std::vector<bool> solve();

 private:
  struct Edge {
    size_t to = 0;
    double left = 0;  // capacity that is not used
  };

  void add_edge(size_t from, size_t to, double capacity);
  bool find_levels();
  double push(size_t node, double limit);

  static constexpr size_t kFirst = 0;  // the terminal of the first side
  static constexpr size_t kSecond = 1;
  std::vector<std::vector<size_t>> leaving_ = {{},
                                               {}};  // numbers of edges; that of the way back is one apart
  std::vector<Edge> edges_;
  std::vector<size_t> levels_;
  std::vector<size_t> tried_;
};

}  // namespace tamis::network
