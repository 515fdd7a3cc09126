#pragma once

#include "model/quantities.h"
#include "tamis/space.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tamis {

/// What a trial is to a rule that is being searched.
enum class Role : uint8_t {
  wanted,     ///< has the verdict, and no rule covers it yet
  explained,  ///< has the verdict, and a rule covers it
  other,      ///< has another verdict
  valid,      ///< is valid
};

/// How many trials of each role something covers.
struct RoleCounts {
  size_t wanted = 0, explained = 0, other = 0, valid = 0;
  void add(Role role);
  size_t with_verdict() const { return wanted + explained; }
  size_t all() const { return wanted + explained + other + valid; }
  friend bool operator==(const RoleCounts&, const RoleCounts&) = default;
};

/// The lower end of Wilson's 95 % interval for a share of `hits` among `all`.
double wilson_lower_bound(size_t hits, size_t all);

/// A quantity within a range of its bins, or outside of it.
struct RangeCondition {
  size_t quantity = 0;  ///< position in RuleTable::quantities
  size_t low = 0, high = 0;
  bool outside = false;
};

/// Trials as the search sees them: the quantities of every config, in bins. Quantities with one value are
/// left out.
class RuleTable {
 public:
  RuleTable(const Space& space, std::vector<Config> configs);
  size_t rows() const { return configs_.size(); }
  size_t quantities() const { return quantities_.size(); }
  size_t complexity(const RangeCondition& condition) const;
  const Binned& binned(size_t quantity) const { return *binned_[quantity]; }
  /// Whether a single value of the quantity is worth a condition: a knob by itself.
  bool has_values(size_t quantity) const;
  /// Whether its values have no order, so that only single ones may be asked for.
  bool is_name(size_t quantity) const;
  bool holds(const RangeCondition& condition, size_t row) const {
    const uint32_t bin = binned_[condition.quantity]->bins[row];
    return (condition.low <= bin && bin <= condition.high) != condition.outside;
  }
  ConditionText text(const RangeCondition& condition) const;

 private:
  const Space& space_;
  std::vector<Config> configs_;
  std::vector<Quantity> quantities_;
  std::vector<std::shared_ptr<const Binned>> binned_;
};

/// What a rule has to be like.
struct RuleDemands {
  size_t max_conditions = 3;
  size_t least_wanted = 1;     ///< wanted trials that it covers at least
  double least_precision = 0;  ///< least Wilson bound of its precision
  /// Least share of wanted trials among those that it covers and no other rule explains: a rule must not live
  /// on what others have explained.
  double least_new_share = 0;
};

/// The conjunction that explains the most of those that meet the demands, or none. `roles` has one per row of
/// the table.
std::vector<RangeCondition> find_rule(const RuleTable& table, std::span<const Role> roles,
                                      const RuleDemands& demands);

}  // namespace tamis
