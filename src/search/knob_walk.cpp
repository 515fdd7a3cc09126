#include "search/knob_walk.h"

#include "space/allowed_configs.h"

namespace tamis {
namespace {

constexpr int kAttempts = 100;
/// Where there is another way to go on, in spaces in which most single steps lead outside.
constexpr int kAttemptsEnumerated = 16;

}  // namespace

KnobWalk::KnobWalk(const Space& space)
    : space_(space), all_allowed_(space.constraints().empty() && space.listed() == nullptr) {
  uint64_t stride = 1;
  for (const Knob& knob : space.knobs()) {
    strides_.push_back(stride);
    stride *= knob.values.size();
    movable_ = movable_ || knob.values.size() > 1;
  }
}

uint64_t KnobWalk::step(uint64_t index, Random& random) const {
  if (!movable_) return index;
  const AllowedConfigs* enumeration = space_.enumeration();
  const int attempts = enumeration != nullptr ? kAttemptsEnumerated : kAttempts;
  for (int excluded = 0; excluded < attempts;) {
    const size_t knob = random.below(strides_.size());
    const uint64_t values = space_.knobs()[knob].values.size();
    const uint64_t from = index / strides_[knob] % values;
    const uint64_t to = random.below(values);
    if (from == to) continue;
    const uint64_t moved = index - from * strides_[knob] + to * strides_[knob];
    if (all_allowed_ || space_.allows(space_.config(moved))) return moved;
    ++excluded;
  }
  if (enumeration != nullptr) return space_.index(enumeration->neighbour(space_.config(index), random));
  return index;
}

}  // namespace tamis
