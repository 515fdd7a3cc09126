#include "space/enumeration/builder.h"

#include "space/enumeration/choices.h"
#include "space/enumeration/rule.h"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace tamis::enumeration {
namespace {

constexpr uint32_t kDead = Diagram::kEnd;  ///< what no allowed choice begins with
constexpr int kOpen = std::numeric_limits<int>::max();
constexpr uint64_t kWorkOfAChoice = 8;  ///< besides that of the rules

class Builder {
 public:
  Builder(const Space& space, std::vector<size_t> knobs, const std::vector<Condition>& conditions,
          Limits& left)
      : space_(space), left_(left), depth_(static_cast<int>(knobs.size())) {
    std::vector<int> levels(space.knobs().size(), kConstant);
    for (size_t level = 0; level < knobs.size(); ++level) levels[knobs[level]] = static_cast<int>(level);
    for (const Condition& condition : conditions) rules_.emplace_back(space, condition, levels);
    settled_.assign(rules_.size(), kOpen);
    for (const size_t knob : knobs) choices_.emplace_back(space.knobs()[knob].values.size());
    rules_at_.resize(knobs.size());
    pending_.resize(knobs.size());
    states_.resize(knobs.size());
    for (size_t i = 0; i < rules_.size(); ++i)
      for (int level = rules_[i].first(); level <= rules_[i].last(); ++level) {
        if (rules_[i].looks_at(level)) rules_at_[static_cast<size_t>(level)].push_back(i);
        if (level < rules_[i].last()) pending_[static_cast<size_t>(level)].push_back(i);
      }
    diagram_.knobs = std::move(knobs);
  }

  Result<Diagram> run() {
    config_.choices.assign(space_.knobs().size(), 0);
    for (Rule& rule : rules_) rule.begin();
    grow(0);
    if (exhausted_) return too_large();
    diagram_.weigh();
    diagram_.nodes.shrink_to_fit();
    diagram_.edges.shrink_to_fit();
    return std::move(diagram_);
  }

 private:
  /// The node for the choices of all levels before this one; kDead where they lead nowhere.
  uint32_t grow(int level) {
    const size_t knob = diagram_.knobs[static_cast<size_t>(level)];
    std::vector<Diagram::Edge> edges;
    uint64_t count = 0;
    for (const uint32_t choice : admitted(level)) {
      config_.choices[knob] = choice;
      spend(kWorkOfAChoice);
      if (exhausted_) return kDead;
      if (!choose(level)) continue;
      const bool last = level + 1 == depth_;
      const uint32_t node = last ? Diagram::kEnd : grow_below(level);
      if (!last && node == kDead) continue;
      add_choice(edges, {count, choice, 1, node});
      count = sum_of(count, last ? 1 : diagram_.nodes[node].count);
    }
    if (edges.empty() || exhausted_) return kDead;
    return add_node(edges, count);
  }

  static void add_choice(std::vector<Diagram::Edge>& edges, const Diagram::Edge& edge) {
    const bool joins = !edges.empty() && edges.back().node == edge.node &&
                       edges.back().choice + edges.back().choices == edge.choice;
    if (joins)
      ++edges.back().choices;
    else
      edges.push_back(edge);
  }

  uint32_t add_node(const std::vector<Diagram::Edge>& edges, uint64_t count) {
    if (left_.edges < edges.size()) {
      exhausted_ = true;
      return kDead;
    }
    left_.edges -= edges.size();
    const size_t begin = diagram_.edges.size();
    diagram_.edges.insert(diagram_.edges.end(), edges.begin(), edges.end());
    diagram_.nodes.push_back({count, begin, diagram_.edges.size()});
    return static_cast<uint32_t>(diagram_.nodes.size() - 1);
  }

  uint32_t grow_below(int level) {
    std::string state = state_at(level);
    auto& known = states_[static_cast<size_t>(level)];
    if (const auto found = known.find(state); found != known.end()) return found->second;
    const uint32_t node = grow(level + 1);
    if (left_.states == 0) exhausted_ = true;
    if (exhausted_) return kDead;
    --left_.states;
    known.emplace(std::move(state), node);
    return node;
  }

  std::vector<uint32_t> admitted(int level) {
    std::vector<ColumnRequirement> requirements;
    for (const size_t i : rules_at_[static_cast<size_t>(level)]) {
      if (settled_[i] < level) continue;
      rules_[i].narrow_to(level, requirements);
      spend(rules_[i].cost());
    }
    uint64_t work = 0;
    std::vector<uint32_t> choices = choices_[static_cast<size_t>(level)].admitted(requirements, work);
    spend(work * (1 + requirements.size()));
    return choices;
  }

  /// Whether no rule is violated by what is chosen up to this level.
  bool choose(int level) {
    for (const size_t i : rules_at_[static_cast<size_t>(level)]) {
      if (settled_[i] < level) continue;
      settled_[i] = kOpen;
      spend(rules_[i].cost());
      const Rule::Outcome outcome = rules_[i].choose(level, config_);
      if (outcome == Rule::Outcome::violated) return false;
      if (outcome == Rule::Outcome::settled) settled_[i] = level;
    }
    return true;
  }

  /// What the levels above this one depend on.
  std::string state_at(int level) {
    std::string state;
    for (const size_t i : pending_[static_cast<size_t>(level)]) {
      const bool settled = settled_[i] <= level;
      state.push_back(settled ? 's' : 'o');
      if (!settled) rules_[i].append_state(level, config_, state);
      spend(1);
    }
    return state;
  }

  void spend(uint64_t work) {
    exhausted_ = exhausted_ || work > left_.work;
    left_.work -= std::min(work, left_.work);
  }

  Error too_large() const {
    std::string names;
    for (const size_t knob : diagram_.knobs) names += (names.empty() ? "" : ", ") + space_.knobs()[knob].name;
    return unsupported(fmt::format(
        "the allowed choices of the knobs {}, which constraints join, are too many or too hard to find to be "
        "enumerated; declare constraints over fewer knobs, or leave out values",
        names));
  }

  const Space& space_;
  Limits& left_;
  int depth_;
  std::vector<Rule> rules_;
  std::vector<int> settled_;  ///< the level at which a rule was settled, kOpen where it is not
  std::vector<Choices> choices_;
  std::vector<std::vector<size_t>> rules_at_;  ///< of every level the rules that look at its knob
  std::vector<std::vector<size_t>> pending_;   ///< ... and those that look at knobs before and after it
  std::vector<std::unordered_map<std::string, uint32_t>> states_;
  Config config_;
  Diagram diagram_;
  bool exhausted_ = false;
};

}  // namespace

Result<Diagram> build_diagram(const Space& space, std::vector<size_t> knobs,
                              const std::vector<Condition>& conditions, Limits& left) {
  return Builder(space, std::move(knobs), conditions, left).run();
}

std::optional<std::vector<Condition>> undecided(const Space& space, std::vector<Condition> conditions) {
  std::vector<int> levels(space.knobs().size(), kConstant);
  int level = 0;
  for (const size_t knob : knobs_with_a_choice(space)) levels[knob] = level++;
  std::vector<Condition> open;
  for (Condition& condition : conditions) {
    const Rule::Outcome outcome = Rule(space, condition, levels).begin();
    if (outcome == Rule::Outcome::violated) return std::nullopt;
    if (outcome == Rule::Outcome::open) open.push_back(std::move(condition));
  }
  return open;
}

}  // namespace tamis::enumeration
