#pragma once

#include "targets/loop/program.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tamis::loop {

struct Statement;

/// A loop whose extent is known.
struct For {
  std::string loop;
  int64_t extent = 1;
  LoopKind kind = LoopKind::serial;
  std::vector<Statement> body;
};

struct Store {
  Access to;
  Value value;
  std::optional<StoreAt> at = {};
  std::string stage = {};     ///< the name of the stage that it is a part of
  bool asynchronous = false;  ///< as Stage::asynchronous
};

struct If {
  Conditions conditions;
  std::vector<Statement> then;
  std::vector<Statement> otherwise;
};

/// Brings lines of a buffer into the second cache, from an element on; they may lie behind the buffer's end.
struct Prefetch {
  std::string buffer;
  Affine first;  ///< the number of that element
  int64_t lines = 1;
};

/// One step of a lowered program.
struct Statement {
  std::variant<For, Store, If, Prefetch, Barrier> step;
};

/// A program whose stages have become loops, stores and conditions: what code is generated from.
struct LoweredProgram {
  std::string name;
  std::vector<Buffer> buffers;                ///< those of the program, and the registers of its stages
  std::vector<std::vector<Statement>> nests;  ///< as Program::nests; a parallel loop only outermost

  const Buffer* find(const std::string& buffer) const;
};

/// Whether a program has what only GPUs have: loops over groups or items, shared memory, barriers.
bool is_for_gpu(const LoweredProgram& program);

/// The lowered form of a program: tiles in registers are set up, summed and stored, and the last iterations
/// of loops that limit others are peeled, so that every loop has a constant extent.
LoweredProgram lower(const Program& program);

/// Drops conditions that always hold and what is under those that never do, and moves conditions out of loops
/// that they do not depend on. Computes the same.
void simplify(LoweredProgram& program);

/// The lowered program as a reader writes loops.
std::string to_string(const LoweredProgram& program);

}  // namespace tamis::loop
