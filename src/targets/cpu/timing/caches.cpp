#include "targets/cpu/timing/caches.h"

#include <fmt/format.h>

namespace tamis::cpu {

std::string_view to_string(Caches caches) {
  switch (caches) {
    case Caches::warm:
      break;
    case Caches::cold:
      return "cold";
    case Caches::network:
      return "network";
  }
  return "warm";
}

Result<Caches> parse_caches(std::string_view word) {
  for (const Caches caches : {Caches::warm, Caches::cold, Caches::network})
    if (word == to_string(caches)) return caches;
  return invalid_input(fmt::format("the caches \"{}\" are neither `warm`, `cold` nor `network`", word));
}

}  // namespace tamis::cpu
