#include "targets/cpu/timing/cores.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <sched.h>

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

/// More than any machine has; a kernel that was built for more refuses a smaller set.
constexpr int kMostCores = 1 << 16;

/// A set of cores on the heap, since that of the C library ends at 1024.
class CoreSet {
 public:
  CoreSet() : set_(CPU_ALLOC(kMostCores)), bytes_(CPU_ALLOC_SIZE(kMostCores)) {
    if (set_) CPU_ZERO_S(bytes_, set_.get());
  }
  cpu_set_t* get() { return set_.get(); }
  size_t bytes() const { return bytes_; }
  void add(int core) { CPU_SET_S(static_cast<size_t>(core), bytes_, set_.get()); }
  bool has(int core) const { return CPU_ISSET_S(static_cast<size_t>(core), bytes_, set_.get()); }

 private:
  struct Free {
    void operator()(cpu_set_t* set) const { CPU_FREE(set); }
  };
  std::unique_ptr<cpu_set_t, Free> set_;
  size_t bytes_;
};

/// errno's value, 0 for success.
int keep_on_core(int core) {
  CoreSet set;
  if (core < 0 || core >= kMostCores) return EINVAL;
  set.add(core);
  return ::sched_setaffinity(0, set.bytes(), set.get()) == 0 ? 0 : errno;
}

Status pinned(int core, int code) {
  if (code == 0) return {};
  return io_error(fmt::format("a thread cannot be kept on core {}: {}", core, std::strerror(code)));
}

}  // namespace

void run_on_team(int threads, const std::function<void(int thread)>& work) {
  if (threads <= 1) return work(0);
  Shared shared{&work, threads};
  shared.begun.store(1, std::memory_order_release);
  GOMP_parallel(work_on_thread, &shared, static_cast<unsigned>(threads), 0);
  (void)shared.ended.load(std::memory_order_acquire);
}

Result<std::vector<int>> allowed_cores() {
  CoreSet set;
  if (::sched_getaffinity(0, set.bytes(), set.get()) != 0)
    return io_error(fmt::format("the cores of this process are not known: {}", std::strerror(errno)));
  std::vector<int> cores;
  for (int core = 0; core < kMostCores; ++core)
    if (set.has(core)) cores.push_back(core);
  return cores;
}

std::vector<int> cores_of_slot(std::span<const int> allowed, int slot, int threads) {
  const size_t count = std::clamp<size_t>(static_cast<size_t>(std::max(threads, 1)), 1, allowed.size());
  std::vector<int> cores;
  for (size_t i = 0; i < count; ++i)
    cores.push_back(allowed[(static_cast<size_t>(slot) * count + i) % allowed.size()]);
  return cores;
}

Status pin_to_core(int core) { return pinned(core, keep_on_core(core)); }

Status pin_team(std::span<const int> cores) {
  std::vector<int> codes(cores.size(), 0);
  run_on_team(static_cast<int>(cores.size()), [&](int thread) {
    const auto i = static_cast<size_t>(thread);
    codes[i] = keep_on_core(cores[i]);
  });
  for (size_t i = 0; i < cores.size(); ++i) TAMIS_TRY(pinned(cores[i], codes[i]));
  return {};
}

}  // namespace tamis::cpu
