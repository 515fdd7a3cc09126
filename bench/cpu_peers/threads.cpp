#include "cpu_peers/threads.h"

#include "targets/cpu/timing/cores.h"

#include <span>

#include <cblas.h>
#include <fmt/format.h>
#include <omp.h>

namespace tamis::peers {

Status use_threads(int threads, const std::vector<int>& cores) {
  if (threads < 1 || static_cast<size_t>(threads) > cores.size())
    return invalid_input(fmt::format(
        "{} threads need as many cores, but {} may be used; pass fewer to --threads or more to --cores",
        threads, cores.size()));
  omp_set_dynamic(0);
  omp_set_num_threads(threads);
  openblas_set_num_threads(threads);
  return cpu::pin_team(std::span(cores).first(static_cast<size_t>(threads)));
}

}  // namespace tamis::peers
