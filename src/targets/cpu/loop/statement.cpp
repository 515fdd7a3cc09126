#include "targets/cpu/loop/statement.h"

namespace tamis::cpu {
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

  void print(const Store& store) { line(to_string(store.to) + " = " + to_string(store.value)); }

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

}  // namespace

std::string to_string(const LoweredProgram& program) { return StatementPrinter().print(program); }

}  // namespace tamis::cpu
