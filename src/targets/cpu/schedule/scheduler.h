#pragma once

#include "targets/cpu/loop/transform.h"

#include <string>
#include <vector>

namespace tamis::cpu {

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

}  // namespace tamis::cpu
