// A VTA driver over tamis's simulator, for tests: memory is a small arena whose offsets are the physical
// addresses, and the default device executes what is launched.
//
// It misbehaves once for every file that TAMIS_TEST_DRIVER_FAULT names: the file holds the word of the fault
// and is removed as the fault happens, so that the run after it goes well again.
//
// Where TAMIS_TEST_DRIVER_MEMORY names a memory's profile, a run computes nothing and takes as long as its
// cycles before that memory, one run a little longer than the other.

#include "targets/vta/isa/memory_profile.h"
#include "targets/vta/simulator/simulator.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace {

constexpr uint32_t kArenaBytes = 16u << 20;
constexpr uint32_t kPage = 4096;
constexpr uint32_t kFirstAddress = 64 * kPage;  // a board's memory does not begin at 0 either

struct Arena {
  std::vector<uint8_t> bytes = std::vector<uint8_t>(kArenaBytes);
  std::map<uint32_t, uint32_t> blocks;  // offset to size, in whole pages
};

Arena& arena() {
  static Arena memory;
  return memory;
}

uint32_t offset_of(const void* pointer) {
  return static_cast<uint32_t>(static_cast<const uint8_t*>(pointer) - arena().bytes.data());
}

/// Whether the fault is the one to come; it then is spent.
bool spend_fault(const std::string& fault) {
  const char* path = std::getenv("TAMIS_TEST_DRIVER_FAULT");
  if (path == nullptr) return false;
  std::string word;
  std::ifstream(path) >> word;
  return word == fault && std::remove(path) == 0;
}

/// What the arena holds as a launch of the simulator.
tamis::vta::Launch read_launch(uint32_t address, uint32_t count) {
  tamis::vta::Launch launch;
  launch.instruction_address = address;
  launch.instructions.resize(count);
  std::memcpy(launch.instructions.data(), arena().bytes.data() + (address - kFirstAddress),
              count * sizeof(tamis::vta::EncodedInstruction));
  for (const auto& [offset, size] : arena().blocks) {
    tamis::vta::DramBuffer buffer;
    buffer.address = kFirstAddress + offset;
    buffer.bytes.assign(arena().bytes.begin() + offset, arena().bytes.begin() + offset + size);
    launch.buffers.push_back(std::move(buffer));
  }
  return launch;
}

void write_back(const tamis::vta::Launch& launch) {
  for (const tamis::vta::DramBuffer& buffer : launch.buffers)
    std::copy(buffer.bytes.begin(), buffer.bytes.end(),
              arena().bytes.begin() + (buffer.address - kFirstAddress));
}

/// The memory that runs are to be timed by.
const std::optional<tamis::vta::MemoryProfile>& timed_memory() {
  static const std::optional<tamis::vta::MemoryProfile> memory = [] {
    std::optional<tamis::vta::MemoryProfile> found;
    if (const char* name = std::getenv("TAMIS_TEST_DRIVER_MEMORY"))
      found = tamis::vta::find_profile(name).value();
    return found;
  }();
  return memory;
}

/// Returns after as many nanoseconds as the launch takes cycles, give or take half a percent.
int run_timed(const tamis::vta::MemoryProfile& memory, tamis::vta::Launch launch) {
  static int runs = 0;
  const auto begin = std::chrono::steady_clock::now();
  tamis::vta::Hardware hardware;
  hardware.memory = memory;
  tamis::vta::SimulationOptions options;
  options.functional = false;
  const tamis::vta::SimulationOutcome outcome = tamis::vta::simulate(hardware, launch, options);
  if (outcome.stop != tamis::vta::Stop::finished) return 2;
  const double noise = 1 + 0.0025 * (runs++ * 7 % 5 - 2);
  const double ns = memory.to_ns(static_cast<double>(outcome.counters.cycles)) * noise;
  std::this_thread::sleep_until(begin + std::chrono::nanoseconds(static_cast<int64_t>(ns)));
  return 0;
}

}  // namespace

extern "C" {

void* VTADeviceAlloc() { return spend_fault("no_device") ? nullptr : &arena(); }

void VTADeviceFree(void*) {}

int VTADeviceRun(void*, uint32_t address, uint32_t count, uint32_t) {
  if (spend_fault("crash")) std::raise(SIGSEGV);
  if (spend_fault("exit")) ::_exit(3);
  if (spend_fault("hang"))
    for (;;) ::pause();
  if (spend_fault("timeout")) return 1;
  if (spend_fault("error")) return 7;
  tamis::vta::Launch launch = read_launch(address, count);
  if (timed_memory()) return run_timed(*timed_memory(), std::move(launch));
  switch (tamis::vta::simulate({}, launch, {}).stop) {
    case tamis::vta::Stop::finished:
      write_back(launch);
      return 0;
    case tamis::vta::Stop::hung:
    case tamis::vta::Stop::timeout:
      return 1;
    case tamis::vta::Stop::trapped:
      return 2;
  }
  return 3;
}

void* VTAMemAlloc(size_t size, int) {
  if (spend_fault("no_memory")) return nullptr;
  uint32_t offset = 0;
  for (const auto& [begin, bytes] : arena().blocks) {
    if (begin - offset >= size) break;
    offset = begin + bytes;
  }
  const size_t whole = (size + kPage - 1) / kPage * kPage;
  if (whole > kArenaBytes - offset) return nullptr;
  arena().blocks[offset] = static_cast<uint32_t>(whole);
  return arena().bytes.data() + offset;
}

void VTAMemFree(void* buffer) { arena().blocks.erase(offset_of(buffer)); }

uint32_t VTAMemGetPhyAddr(void* buffer) {
  if (spend_fault("too_high")) return 0xfffffff0u;
  // A board that hands out memory on odd addresses does not exist, but a wrong driver does.
  return kFirstAddress + offset_of(buffer) + (spend_fault("misaligned") ? 1 : 0);
}

void VTAMemCopyFromHost(void* destination, const void* source, size_t size) {
  std::memcpy(destination, source, size);
}

void VTAMemCopyToHost(void* destination, const void* source, size_t size) {
  std::memcpy(destination, source, size);
  if (!spend_fault("garbage")) return;
  // The whole device memory turned over, so whichever buffer is read, the result is among what is wrong.
  for (uint8_t& byte : arena().bytes) byte ^= 0x55;
}

void VTAFlushCache(void*, uint32_t, int) {}

void VTAInvalidateCache(void*, uint32_t, int) {}

}  // extern "C"
