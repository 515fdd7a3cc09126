#include "targets/loop/statement.h"

#include "targets/loop/bounds.h"

#include <algorithm>
#include <functional>

namespace tamis::loop {
namespace {

/// Writes statements line by line, bodies two columns further in.
class StatementPrinter {
 public:
  std::string print(const LoweredProgram& program) {
    text_ = program.name + "\n";
    depth_ = 1;
    for (const Buffer& buffer : program.buffers) line(to_string(buffer));
    for (const std::vector<Statement>& nest : program.nests) print(nest);
    return std::move(text_);
  }

 private:
  void line(const std::string& content) { text_ += std::string(depth_ * 2, ' ') + content + "\n"; }

  void body(const std::vector<Statement>& statements) {
    ++depth_;
    print(statements);
    --depth_;
  }

  void print(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements)
      std::visit([&](const auto& step) { print(step); }, statement.step);
  }

  void print(const For& loop) {
    line(to_string(Loop{loop.loop, loop.extent, false, loop.kind}));
    body(loop.body);
  }

  void print(const Store& store) {
    const std::string at =
        store.at ? " at " + std::to_string(store.at->dimension) + ": " + to_string(store.at->index) : "";
    line(to_string(store.to) + at + " = " + to_string(store.value) + (store.asynchronous ? ", later" : ""));
  }

  void print(const Prefetch& prefetch) {
    line("prefetch " + std::to_string(prefetch.lines) + " lines of " + prefetch.buffer + " from " +
         to_string(prefetch.first));
  }

  void print(const Barrier& barrier) { line(to_string(barrier)); }

  void print(const If& branch) {
    line("if " + to_string(branch.conditions) + ":");
    body(branch.then);
    if (branch.otherwise.empty()) return;
    line("else:");
    body(branch.otherwise);
  }

  std::string text_;
  size_t depth_ = 0;
};

using Statements = std::vector<Statement>;

class Simplifier {
 public:
  Statements simplify(Statements statements) {
    Statements result;
    for (Statement& statement : statements) {
      Statements simple = std::visit([&](auto& step) { return simplify(std::move(step)); }, statement.step);
      std::move(simple.begin(), simple.end(), std::back_inserter(result));
    }
    return result;
  }

 private:
  enum class Holds { always, never, sometimes };

  /// Takes the conditions that always hold away.
  Holds judge(Conditions& conditions) const {
    const auto never = [&](const Affine& condition) { return ranges_.of(condition).greatest < 0; };
    if (std::any_of(conditions.begin(), conditions.end(), never)) return Holds::never;
    std::erase_if(conditions, [&](const Affine& condition) { return ranges_.of(condition).least >= 0; });
    return conditions.empty() ? Holds::always : Holds::sometimes;
  }

  Value simplify(const Value& value) const {
    if (value->operands.empty()) return value;
    Value::Node node = *value;
    if (node.kind == Value::Kind::guarded) {
      const Holds holds = judge(node.conditions);
      if (holds != Holds::sometimes) return simplify(node.operands[holds == Holds::always ? 0 : 1]);
    }
    for (Value& operand : node.operands) operand = simplify(operand);
    return Value(std::move(node));
  }

  Statements simplify(Store store) const {
    store.value = simplify(store.value);
    if (store.at) store.at->index = simplify(store.at->index);
    return {{std::move(store)}};
  }

  static Statements simplify(Prefetch prefetch) { return {{std::move(prefetch)}}; }

  static Statements simplify(const Barrier& barrier) { return {{barrier}}; }

  Statements simplify(If branch) {
    const Holds holds = judge(branch.conditions);
    if (holds == Holds::always) return simplify(std::move(branch.then));
    if (holds == Holds::never) return simplify(std::move(branch.otherwise));
    const LoopRanges before = ranges_;
    for (const Affine& condition : branch.conditions) ranges_.narrow(condition);
    branch.then = simplify(std::move(branch.then));
    ranges_ = before;
    branch.otherwise = simplify(std::move(branch.otherwise));
    if (branch.then.empty() && branch.otherwise.empty()) return {};
    return {{std::move(branch)}};
  }

  Statements simplify(For loop) {
    ranges_.enter(loop.loop, {0, loop.extent - 1});
    loop.body = simplify(std::move(loop.body));
    ranges_.leave(loop.loop);
    if (loop.body.empty()) return {};
    return hoist(std::move(loop));
  }

  /// Conditions on all of a loop's body that do not depend on the loop are asked before it.
  static Statements hoist(For loop) {
    If* branch = loop.body.size() == 1 ? std::get_if<If>(&loop.body.front().step) : nullptr;
    if (branch == nullptr || loop.kind == LoopKind::parallel || is_group(loop.kind))
      return {{std::move(loop)}};
    const auto depends = [&](const Affine& condition) { return condition.factor(loop.loop) != 0; };
    if (!branch->otherwise.empty()) {
      if (std::any_of(branch->conditions.begin(), branch->conditions.end(), depends))
        return {{std::move(loop)}};
      For otherwise{loop.loop, loop.extent, loop.kind, std::move(branch->otherwise)};
      If both{std::move(branch->conditions), {}, {{std::move(otherwise)}}};
      Statements then = std::move(branch->then);
      loop.body = std::move(then);
      both.then = {{std::move(loop)}};
      return {{std::move(both)}};
    }
    const auto own =
        std::stable_partition(branch->conditions.begin(), branch->conditions.end(), std::not_fn(depends));
    If outside;
    outside.conditions.assign(branch->conditions.begin(), own);
    if (outside.conditions.empty()) return {{std::move(loop)}};
    branch->conditions.erase(branch->conditions.begin(), own);
    if (branch->conditions.empty()) {
      Statements inner = std::move(branch->then);
      loop.body = std::move(inner);
    }
    outside.then = {{std::move(loop)}};
    return {{std::move(outside)}};
  }

  LoopRanges ranges_;
};

}  // namespace

std::string to_string(const LoweredProgram& program) { return StatementPrinter().print(program); }

void simplify(LoweredProgram& program) {
  for (Statements& nest : program.nests) nest = Simplifier().simplify(std::move(nest));
}

}  // namespace tamis::loop
