#include "targets/loop/bounds.h"

#include <algorithm>

#include <fmt/format.h>

namespace tamis::loop {
namespace {

constexpr Range kUnknown{INT32_MIN, INT32_MAX};

/// Division rounded down, of a positive divisor.
int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Walks through the statements with the ranges of the loops around.
class BoundsCheck {
 public:
  explicit BoundsCheck(const LoweredProgram& program) : program_(program) {}

  void check(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
      if (fault_) return;
      std::visit([&](const auto& step) { check(step); }, statement.step);
    }
  }

  const std::optional<std::string>& fault() const { return fault_; }

 private:
  void check(const For& loop) {
    if (loop.extent <= 0) return;
    loops_.enter(loop.loop, {0, loop.extent - 1});
    check(loop.body);
    loops_.leave(loop.loop);
  }

  void check(const Store& store) {
    check(store.value);
    if (!store.at) return check(store.to, 1);
    check(store.at->index);
    check_held(store.to, store.at->dimension);
  }

  static void check(const Prefetch&) {}
  static void check(const Barrier&) {}

  void check(const If& branch) {
    within(branch.conditions, [&] { check(branch.then); });
    if (branch.conditions.size() != 1) return check(branch.otherwise);
    within({-1 * branch.conditions.front() - Affine(1)}, [&] { check(branch.otherwise); });
  }

  void check(const Value& value) {
    if (value->kind == Value::Kind::load) return check(value->access, 1);
    if (value->kind == Value::Kind::load_at) {
      check(value->operands[0]);
      return check_held(value->access, value->dimension);
    }
    if (value->kind == Value::Kind::dot4) {
      check(value->operands[0]->access, 4);
      check(value->operands[1]->access, 4);
      return check(value->operands[2]);
    }
    if (value->kind == Value::Kind::guarded) {
      within(value->conditions, [&] { check(value->operands[0]); });
      return check(value->operands[1]);
    }
    for (const Value& operand : value->operands) check(operand);
  }

  /// Checks what happens only where the conditions hold; nothing where they never do.
  template <class Body>
  void within(const Conditions& conditions, const Body& body) {
    const LoopRanges before = loops_;
    const size_t known = conditions_.size();
    bool possible = true;
    for (const Affine& condition : conditions) possible = possible && loops_.narrow(condition);
    conditions_.insert(conditions_.end(), conditions.begin(), conditions.end());
    if (possible) body();
    conditions_.resize(known);
    loops_ = before;
  }

  /// The range of an index under the conditions: as `condition` >= 0, the index is at most the sum of both
  /// and at least their difference.
  Range range_here(const Affine& index) const {
    Range bounds = loops_.of(index);
    for (const Affine& condition : conditions_) {
      bounds.greatest = std::min(bounds.greatest, loops_.of(index + condition).greatest);
      bounds.least = std::max(bounds.least, loops_.of(index - condition).least);
    }
    return bounds;
  }

  /// What was loaded is held to the buffer, so the index may count as its first one; where it has one.
  void check_held(Access access, size_t dimension) {
    if (dimension < access.index.size()) access.index[dimension] = 0;
    check(access, 1);
    if (dimension >= access.index.size() && !fault_)
      fault_ = fmt::format("{} has no dimension {}", to_string(access), dimension);
  }

  void check(const Access& access, int64_t elements) {
    if (fault_) return;
    const Buffer* buffer = program_.find(access.buffer);
    if (buffer == nullptr || buffer->extents.size() != access.index.size()) {
      fault_ = fmt::format("{} is not an element of a buffer of the program", to_string(access));
      return;
    }
    for (size_t i = 0; i < access.index.size(); ++i) {
      Range bounds = range_here(access.index[i]);
      if (i + 1 == access.index.size()) bounds.greatest += elements - 1;
      if (bounds.least >= 0 && bounds.greatest < buffer->extents[i]) continue;
      fault_ = fmt::format("{}: index {} goes from {} to {}, and the buffer has {} there", to_string(access),
                           i, bounds.least, bounds.greatest, buffer->extents[i]);
      return;
    }
  }

  const LoweredProgram& program_;
  LoopRanges loops_;
  Conditions conditions_;
  std::optional<std::string> fault_;
};

}  // namespace

Range LoopRanges::of(const Affine& affine) const {
  Range sum{affine.constant(), affine.constant()};
  for (const Affine::Term& term : affine.terms()) {
    const auto loop = loops_.find(term.loop);
    const Range& values = loop == loops_.end() ? kUnknown : loop->second;
    const auto [low, high] = std::minmax({term.factor * values.least, term.factor * values.greatest});
    sum.least += low;
    sum.greatest += high;
  }
  return sum;
}

bool LoopRanges::narrow(const Affine& condition) {
  if (of(condition).greatest < 0) return false;
  if (condition.terms().size() != 1) return true;
  const Affine::Term& term = condition.terms().front();
  const auto found = loops_.find(term.loop);
  if (found == loops_.end()) return true;
  // factor * loop >= -constant
  Range& loop = found->second;
  if (term.factor > 0) {
    loop.least = std::max(loop.least, -floor_divide(condition.constant(), term.factor));
  } else {
    loop.greatest = std::min(loop.greatest, floor_divide(condition.constant(), -term.factor));
  }
  return loop.least <= loop.greatest;
}

std::optional<std::string> find_overrun(const LoweredProgram& program) {
  BoundsCheck check(program);
  for (const std::vector<Statement>& nest : program.nests) check.check(nest);
  return check.fault();
}

}  // namespace tamis::loop
