#pragma once

#include "targets/loop/program.h"

#include <string>
#include <utility>
#include <vector>

namespace tamis::loop {

// The transformations of a stage that a schedule is made of. Each changes the order in which a stage
// computes, never what it computes. Loops are named by the caller, who is the schedule and not the user:
// naming one that is not there is a defect of the schedule, and changes nothing.

/// Splits a loop into two: `loop` = `factor` * outer + inner. Where the factor does not divide, the inner
/// loop is limited.
void split(Stage& stage, const std::string& loop, int64_t factor, const std::string& outer,
           const std::string& inner);
/// Puts the loops into the given order, outermost first; loops that are not named keep their order and come
/// after those that are. A loop with limits must stay inside the loops that they depend on.
void reorder(Stage& stage, const std::vector<std::string>& order);
void unroll(Stage& stage, const std::string& loop);
/// The output and every load must have the loop's variable in their last index with factor 1, or not at all;
/// other loads are gathered one by one.
void vectorize(Stage& stage, const std::string& loop);
void parallelize(Stage& stage, const std::string& loop);
/// Lowers the first and the last iteration of a loop apart, so that conditions that only they have cost the
/// others nothing.
void peel_ends(Stage& stage, const std::string& loop);
/// Keeps the output in registers from `loop` on: its loops there that are not reductions are unrolled unless
/// vectorized. Reductions outside of it must have no limits.
void keep_in_registers(Stage& stage, const std::string& loop);

/// Lets a stage fetch ahead what it reads of a buffer: while it walks through one block of that, once for
/// each tile that uses the block, it fetches the next block, a share of it in each step. A block is what lies
/// together; nothing happens where that is the whole buffer, or where more steps than lines are in it.
void read_ahead(Stage& stage, const Buffer& buffer);

/// What a program was like before the first and after each transformation, for a reader; filled only where
/// one asks for it, as printing takes longer than transforming.
struct Trace {
  struct Step {
    std::string what;     ///< `split x by 14`
    std::string program;  ///< the program after it
  };
  std::vector<Step> steps;
};

/// Applies transformations to a stage of a program, and keeps the trace of them where one is wanted. The
/// stage must be part of the program and stay in its place.
class Scheduler {
 public:
  Scheduler(const Program& program, Stage& stage, Trace* trace);

  void split(const std::string& loop, int64_t factor, const std::string& outer, const std::string& inner);
  void reorder(const std::vector<std::string>& order);
  void unroll(const std::string& loop);
  void vectorize(const std::string& loop);
  void parallelize(const std::string& loop);
  void peel_ends(const std::string& loop);
  void keep_in_registers(const std::string& loop);
  /// Notes what the program is like after a step that was taken elsewhere.
  void note(const std::string& what);

 private:
  const Program& program_;
  Stage& stage_;
  Trace* trace_;
};

/// Moves the outermost loops of the only stage of a nest, so many of them, out to the nest, so that other
/// stages can be computed inside them.
void hoist(Nest& nest, size_t loops);

}  // namespace tamis::loop
