#include "space/expression_tree.h"

#include <utility>

namespace tamis::expression {
namespace {

/// Runs a program on nodes instead of numbers. A jump becomes an `and` or `or` of what stood before it and
/// what is computed until its target.
class Grower {
 public:
  explicit Grower(const Program& program) : program_(program) {}

  Tree run() {
    for (size_t position = 0; position < program_.code.size(); ++position) {
      arrive(position);
      grow(program_.code[position]);
    }
    arrive(program_.code.size());
    tree_.root = stack_.back();
    return std::move(tree_);
  }

 private:
  struct Jump {
    Node::Kind kind;
    uint32_t left;
    size_t target;
    uint32_t condition = 0;
  };

  void grow(const Instruction& instruction) {
    switch (instruction.operation) {
      case Operation::push_constant:
        push({.kind = Node::Kind::constant, .constant = program_.constants[instruction.operand]});
        break;
      case Operation::push_column:
        push({.kind = Node::Kind::column, .column = instruction.operand});
        break;
      case Operation::make_false:
        pop();
        push({.kind = Node::Kind::constant, .constant = Number::from_whole(0)});
        break;
      case Operation::compare_or_end:
      case Operation::jump_if_equal:
      case Operation::jump_if_false:
      case Operation::jump_if_true:
        jump(instruction);
        break;
      case Operation::choose_or_jump:
        jumps_.push_back({Node::Kind::conditional, pop(), instruction.target});
        break;
      case Operation::jump:
        // What is chosen where the condition holds is complete; the condition waited for it.
        jumps_.back() = {Node::Kind::conditional, pop(), instruction.target, jumps_.back().left};
        break;
      default:
        operation(instruction);
    }
  }

  void operation(const Instruction& instruction) {
    Node node{.kind = Node::Kind::operation, .operation = instruction.operation};
    if (node.operation == Operation::compare) node.comparison = static_cast<Comparison>(instruction.operand);
    node.right = pop();
    node.left = node.condition = is_unary(node.operation) ? node.right : pop();
    push(node);
  }

  void jump(const Instruction& instruction) {
    const Operation operation = instruction.operation;
    const uint32_t top = pop();
    if (operation == Operation::jump_if_false || operation == Operation::jump_if_true) {
      const bool conjunction = operation == Operation::jump_if_false;
      jumps_.push_back(
          {conjunction ? Node::Kind::conjunction : Node::Kind::disjunction, top, instruction.target});
      return;
    }
    // A chain of comparisons goes on with its right side, a list with its left one.
    const uint32_t below = pop();
    const bool chain = operation == Operation::compare_or_end;
    const auto comparison = chain ? static_cast<Comparison>(instruction.operand) : Comparison::equal;
    const uint32_t compared = add({.kind = Node::Kind::operation,
                                   .operation = Operation::compare,
                                   .comparison = comparison,
                                   .left = below,
                                   .right = top,
                                   .condition = below});
    jumps_.push_back(
        {chain ? Node::Kind::conjunction : Node::Kind::disjunction, compared, instruction.target});
    stack_.push_back(chain ? top : below);
  }

  void arrive(size_t position) {
    while (!jumps_.empty() && jumps_.back().target == position) {
      const Jump jump = jumps_.back();
      jumps_.pop_back();
      const uint32_t right = pop();
      const bool conditional = jump.kind == Node::Kind::conditional;
      push({.kind = jump.kind,
            .left = jump.left,
            .right = right,
            .condition = conditional ? jump.condition : jump.left});
    }
  }

  uint32_t add(const Node& node) {
    tree_.nodes.push_back(node);
    return static_cast<uint32_t>(tree_.nodes.size() - 1);
  }
  void push(const Node& node) { stack_.push_back(add(node)); }
  uint32_t pop() {
    const uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }

  const Program& program_;
  Tree tree_;
  std::vector<uint32_t> stack_;
  std::vector<Jump> jumps_;
};

}  // namespace

Tree tree_of(const Program& program) { return Grower(program).run(); }

}  // namespace tamis::expression
