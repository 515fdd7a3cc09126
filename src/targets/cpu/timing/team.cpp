#include "targets/cpu/timing/team.h"

#include <atomic>

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
  // The runtime orders what its threads do, but ThreadSanitizer cannot see how; this it sees.
  std::atomic<int> begun = 0, ended = 0;
};

/// The runtime may give fewer threads than asked for; each then does the work of several.
void work_on_thread(void* data) {
  auto& shared = *static_cast<Shared*>(data);
  (void)shared.begun.load(std::memory_order_acquire);
  for (int number = omp_get_thread_num(); number < shared.threads; number += omp_get_num_threads())
    (*shared.work)(number);
  shared.ended.fetch_add(1, std::memory_order_release);
}

}  // namespace

void run_on_team(int threads, const std::function<void(int thread)>& work) {
  if (threads <= 1) return work(0);
  Shared shared{&work, threads};
  shared.begun.store(1, std::memory_order_release);
  GOMP_parallel(work_on_thread, &shared, static_cast<unsigned>(threads), 0);
  (void)shared.ended.load(std::memory_order_acquire);
}

}  // namespace tamis::cpu
