#include "targets/loop/program.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::loop {
namespace {

std::string indented(int depth, const std::string& text) {
  return std::string(static_cast<size_t>(depth) * 2, ' ') + text + "\n";
}

std::string print(const Stage& stage, int depth) {
  std::string text;
  for (size_t i = 0; i < stage.loops.size(); ++i) {
    std::string line = to_string(stage.loops[i]);
    if (i == 0) line += "  # " + stage.name;
    if (stage.reduces() && i == stage.tile_depth) line += "  # from here in registers";
    text += indented(depth++, line);
  }
  const std::string output = to_string(stage.output);
  if (stage.reduces()) {
    text +=
        indented(depth, fmt::format("{} = {}, at first {}", output,
                                    to_string(stage.update.replace_accumulated(Value::load(stage.output))),
                                    to_string(stage.initial)));
    if (!stage.update_if.empty()) text += indented(depth, "where " + to_string(stage.update_if));
    text += indented(depth, fmt::format("at last {} = {}", output, to_string(stage.finish)));
  } else {
    text += indented(depth, fmt::format("{} = {}", output, to_string(stage.finish)));
  }
  if (!stage.store_if.empty()) text += indented(depth, "where " + to_string(stage.store_if));
  if (stage.asynchronous) text += indented(depth, "asynchronously");
  if (stage.read_ahead)
    text += indented(depth,
                     fmt::format("prefetch {} lines of {} from {} in {}", stage.read_ahead->lines,
                                 stage.read_ahead->buffer, to_string(stage.read_ahead->first),
                                 stage.read_ahead->inside.empty() ? "each tile" : stage.read_ahead->inside));
  return text;
}

std::string print(const Barrier& barrier, int depth) { return indented(depth, to_string(barrier)); }

std::string print(const Nest& nest, int depth) {
  std::string text;
  for (const Loop& loop : nest.loops) text += indented(depth++, to_string(loop));
  for (const auto& part : nest.body)
    text += std::visit([&](const auto& inner) { return print(inner, depth); }, part);
  return text;
}

}  // namespace

int64_t Buffer::elements() const {
  return std::accumulate(extents.begin(), extents.end(), int64_t{1}, std::multiplies<>());
}

bool Stage::reduces() const {
  return std::any_of(loops.begin(), loops.end(), [](const Loop& loop) { return loop.reduction; });
}

const Buffer* Program::find(const std::string& buffer) const {
  for (const Buffer& candidate : buffers)
    if (candidate.name == buffer) return &candidate;
  return nullptr;
}

std::string to_string(const Buffer& buffer) {
  static constexpr const char* kStorage[] = {"argument", "workspace", "workspace of each thread", "registers",
                                             "shared by a group"};
  return fmt::format("{}: {}[{}] {}", buffer.name, to_string(buffer.element), fmt::join(buffer.extents, ", "),
                     kStorage[static_cast<size_t>(buffer.storage)]);
}

std::string to_string(const Loop& loop) {
  static constexpr const char* kKind[] = {"for",        "parallel for", "unrolled for", "vectorized for",
                                          "matrix for", "group.x for",  "group.y for",  "group.z for",
                                          "item.x for", "item.y for",   "item.z for"};
  std::string range = std::to_string(loop.extent);
  for (const Affine& limit : loop.limits) range = fmt::format("min({}, {})", range, to_string(limit));
  return fmt::format("{} {} in 0..{}:{}", kKind[static_cast<size_t>(loop.kind)], loop.name, range,
                     loop.reduction ? "  # reduction" : "");
}

std::string to_string(const Barrier& barrier) {
  if (!barrier.waits) return "end of a batch";
  if (!barrier.pending) return "barrier";
  return fmt::format("barrier behind all batches but {}", *barrier.pending);
}

std::string to_string(const Program& program) {
  std::string text = program.name + "\n";
  for (const Buffer& buffer : program.buffers) text += indented(1, to_string(buffer));
  for (const Nest& nest : program.nests) text += print(nest, 1);
  return text;
}

}  // namespace tamis::loop
