#include "tamis/space.h"

#include <cstdio>

int main() {
  const auto space = tamis::Space::create(
      {tamis::number_knob("rows", {1, 2, 4, 8}), tamis::number_knob("threads", {1, 2, 3})});
  if (!space.ok()) return 1;
  std::printf("%llu configs\n", static_cast<unsigned long long>(space->size()));
}
