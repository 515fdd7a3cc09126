#pragma once

#include "model/config_grid.h"
#include "model/lanes.h"
#include "tamis/random.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tamis {

/// Limits on products of knobs: a config is valid if each of a few products of a grid's ordered columns stays
/// on one side of a limit of its own, as tiles must fit the memories that they lie in. Which columns a
/// product is of, and its limit, are sampled side by side by several Markov chains (Gibbs sampling: Geman and
/// Geman 1984), which a fit continues where the last one ended; what they agree on is sure. A limit lies
/// beyond every config known to be valid; invalid configs within all limits are taken for invalid for another
/// reason, at a price. Where outcomes are no matter of products, chains end with limits that rule out
/// nothing, and every config is as probable as valid ones are frequent.
///
/// A product is a sum of logarithms, so what the chains say of a config is looked up by the levels of its
/// columns, for all chains at once. Not thread safe.
class ProductLimits {
 public:
  /// So many configs are learnt from at most: the last ones.
  static constexpr size_t kKnown = 512;
  /// So many products limit validity at most.
  static constexpr size_t kProducts = 4;
  /// So many chains run side by side.
  static constexpr size_t kChains = 8;

  /// `grid` must outlive this.
  explicit ProductLimits(const ConfigGrid& grid);
  /// Learns a target of 0 or 1 each at some configs of the grid, at least one, and nothing else that was
  /// learnt before; but what that led to is where the chains begin.
  void fit(std::span<const size_t> configs, std::span<const float> targets, Random& random);
  /// The probability of a target of 1 at a config of the grid; after fit().
  float at(size_t config) const;

 private:
  /// A product, as a sum of logarithms, with its limit, which is equally probable anywhere from `valid` to
  /// `invalid`. No product of a valid config is larger than `valid`.
  struct Product {
    uint32_t columns = 0;  ///< a bit for each that it is of
    bool limited = false;  ///< whether there is a limit
    bool least = false;    ///< whether it is the largest product over this one that is limited
    float valid = 0;
    float invalid = 0;
  };
  using Chain = std::array<Product, kProducts>;
  /// How probable a product is with a limit somewhere and without one, both times e^scale; over() is the
  /// odds.
  struct Weight {
    double limited = 0;
    double unlimited = 0;
    double scale = 0;
    double over(const Weight& other) const;
  };
  /// Where the limit of a product may lie: from `edges[i]` to `edges[i + 1]`, with i invalid configs below
  /// it that no other product rules out, besides `below` which no limit rules out.
  struct Places {
    static constexpr size_t kEdges = 8;
    std::array<float, kEdges + 1> edges{};
    size_t count = 0;  ///< of edges
    size_t below = 0;
  };

  /// How probable each place is, up to a factor that is the same for all.
  using Chances = std::array<double, Places::kEdges>;

  void know(std::span<const size_t> configs, std::span<const float> targets);
  void weigh_unexplained();
  void sweep(Chain& chain, Random& random);
  void choose_columns(Product& product, Random& random);
  void choose_side(Product& product, Random& random);
  void choose_limit(Product& product, Random& random);
  float reach(uint32_t columns) const;
  Places find_places(std::span<const float> sums, float reach) const;
  Chances chances_of(const Places& places) const;
  Weight weigh(const Places& places, const Product& product, float reach) const;
  void add_up(const Product& product, std::vector<float>& sums) const;
  void count_ruled_out(const Product& product, std::span<const float> sums, int by);
  size_t count_unexplained(const Chain& chain);
  void keep_tables();
  void keep_table(const Product& product, size_t lane);

  const ConfigGrid& grid_;
  std::vector<size_t> columns_;           ///< the ordered ones that knobs chose
  std::vector<std::vector<float>> logs_;  ///< of each of them the logarithm of a level over the least
  std::vector<float> reach_;              ///< of each of them the largest
  std::array<Chain, kChains> chains_{};
  bool begun_ = false;                     ///< whether the chains have left where they begin
  size_t turn_ = 0;                        ///< the chain that is next
  size_t valid_ = 0;                       ///< known configs that are; they come first
  std::vector<std::vector<float>> known_;  ///< of each column, of each known config the logarithm
  std::vector<double> unexplained_;        ///< the logarithm of how probable it is that so many are ...
  std::vector<double> one_more_;           ///< ... and how much less so that one more is
  // Of the chain at work.
  std::array<std::vector<float>, kProducts> sums_;  ///< of each product, of each known config
  std::vector<uint8_t> ruled_out_;                  ///< by how many products each known config is
  std::vector<float> others_;                       ///< the sums of a product with a column more or less
  std::vector<size_t> open_;                        ///< invalid configs that no other product rules out
  // Of at(): for each level of each column, for each product, the part of the way to the limit, a lane a
  // chain.
  std::vector<float> tables_;
  std::vector<size_t> first_level_;
  std::vector<float> begins_;                 ///< of the ways
  std::array<float, kChains> valid_below_{};  ///< of each chain, how probable validity is below all limits
};

}  // namespace tamis
