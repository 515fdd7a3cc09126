#include "target/cpu/timing/team.h"

// What `#pragma omp parallel` becomes with GCC; called by hand, nothing here needs -fopenmp.
extern "C" {
void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned flags);
int omp_get_thread_num();
int omp_get_num_threads();
}

namespace tamis::cpu {
namespace {

struct Shared {
  const std::function<void(int)>* work;
  int threads;
};

/// The runtime may give fewer threads than asked for; each then does the work of several.
void work_on_thread(void* data) {
  const auto& shared = *static_cast<const Shared*>(data);
  for (int number = omp_get_thread_num(); number < shared.threads; number += omp_get_num_threads())
    (*shared.work)(number);
}

}  // namespace

void run_on_team(int threads, const std::function<void(int thread)>& work) {
  if (threads <= 1) return work(0);
  Shared shared{&work, threads};
  GOMP_parallel(work_on_thread, &shared, static_cast<unsigned>(threads), 0);
}

}  // namespace tamis::cpu
