#pragma once

#include "space/enumeration/condition.h"
#include "space/enumeration/formula.h"
#include "space/enumeration/requirement.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace tamis::enumeration {

/// A condition while the knobs of a group are chosen, level by level. Not thread safe.
class Rule {
 public:
  enum class Outcome {
    open,      ///< it may hold or not
    settled,   ///< it holds whatever is chosen further
    violated,  ///< it cannot hold any more
  };

  /// `levels` as for prepare(). The space, and what the condition points to, must outlive this.
  Rule(const Space& space, const Condition& condition, const std::vector<int>& levels);

  /// The lowest and the highest level at which a knob is chosen that it looks at; kConstant where there is
  /// none.
  int first() const { return first_; }
  int last() const { return last_; }
  bool looks_at(int level) const { return looks_at_[static_cast<size_t>(level)]; }
  /// About how much work each of the calls below is.
  size_t cost() const { return nodes_.size() + 1; }

  /// What is known before anything is chosen.
  Outcome begin();
  /// What is known after the knob of a level, at which it looks, was chosen, and those of all lower levels.
  Outcome choose(int level, const Config& config);
  /// Appends what must be remembered of the choices up to a level; equal bytes stand for equal futures.
  void append_state(int level, const Config& config, std::string& state) const;
  /// What the values of the knob of a level must be like, with those of all lower levels chosen.
  void narrow_to(int level, std::vector<ColumnRequirement>& requirements);

 private:
  expression::OptionalNumber calculate(const FormulaNode& one, const Config& config) const;
  /// Whether a part whose knobs are chosen has no value here because it may have left 64 bits.
  bool is_beyond(const FormulaNode& one, const expression::OptionalNumber& value) const;
  void find_ranges(int chosen);
  Outcome outcome_of_ranges(int level);

  const Space& space_;
  const Condition& condition_;
  std::vector<FormulaNode> nodes_;                  ///< none of a function
  std::vector<expression::OptionalNumber> values_;  ///< of nodes up to the level that is chosen
  std::vector<bool> beyond_;                        ///< of these whether only their range is known
  std::vector<Range> ranges_;
  std::vector<bool> looks_at_;
  std::vector<std::pair<int, size_t>> knobs_;  ///< the levels and positions of its knobs
  int first_ = kConstant;
  int last_ = kConstant;
};

}  // namespace tamis::enumeration
