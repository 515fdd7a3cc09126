#pragma once

#include "tamis/measurer.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace tamis {

/// How long trying a config takes, in any unit.
using TimeOf = std::function<double(const Config& config)>;

/// A measurer that tries configs as so many devices would that are at work at the same time: of what they
/// have under way, the one that ends first comes to its end, and only then is its trial known and the device
/// free. Nothing waits; time is counted, not spent. Everything else is `inner`'s, on this thread.
std::unique_ptr<Measurer> devices_at_work(std::unique_ptr<Measurer> inner, uint64_t devices, TimeOf time_of);

}  // namespace tamis
