#pragma once

// What printed CUDA C++ needs to run on a processor: the built-in variables, types and functions that it
// uses, and the instructions of PTX in it. Included in front of printed sources (host_program.h) by the
// host's compiler only. Groups run one after another; the items of a group are coroutines that one thread
// runs in turn, until they wait for one another.
//
// Instructions are as the PTX ISA 8.x defines them, in its sections "Warp-level Matrix Instructions:
// ldmatrix", "Matrix Fragments for mma.m16n8k16 with floating point type", "Matrix Fragments for
// mma.m16n8k32" and "Data Movement and Conversion Instructions: cp.async".

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <ucontext.h>

// NOLINTBEGIN: names and types are CUDA's.
#define __device__ static
#define __forceinline__ inline
#define __global__ static
#define __restrict__
#define __launch_bounds__(items)
#define __align__(bytes) __attribute__((aligned(bytes)))

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

struct Place3 {
  unsigned x = 0, y = 0, z = 0;
};
static Place3 threadIdx, blockIdx;

inline float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}
inline unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}
inline int __dp4a(int a, int b, int sum) {
  for (int i = 0; i < 4; ++i)
    sum += static_cast<int>(static_cast<signed char>(static_cast<unsigned>(a) >> (8 * i))) *
           static_cast<int>(static_cast<signed char>(static_cast<unsigned>(b) >> (8 * i)));
  return sum;
}

/// The shared memory of a launch: as much as any architecture gives a block.
alignas(16) static unsigned char shared_memory_of_launch[228 << 10];

namespace on_host {

inline float half_value(uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

/// To the nearest, halves to even.
inline uint16_t half_bits(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const float size = std::fabs(value);
  if (value != value) return 0x7fff;
  if (size >= 65520.0F) return static_cast<uint16_t>(sign | 0x7c00);
  int exponent = 0;
  std::frexp(size, &exponent);
  const int step = size < std::ldexp(1.0F, -14) ? -24 : exponent - 11;
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(size, -step)));
  const int bits = step == -24 ? steps : ((step + 24) << 10) + steps;
  return static_cast<uint16_t>(sign | bits);
}

inline float bfloat_value(uint16_t bits) { return __uint_as_float(static_cast<unsigned>(bits) << 16); }

/// What an item's assembly statement reads or writes.
struct Operand {
  void* place;
  size_t bytes;
};
template <class T>
Operand operand(T& value) {
  return {&value, sizeof(T)};
}
template <class T>
Operand operand(const T& value) {
  return {const_cast<T*>(&value), sizeof(T)};
}

struct Copy {
  void* to;
  const void* from;
  size_t bytes;
};

enum class State { ready, at_barrier, in_warp, done };

struct Item {
  ucontext_t context;
  std::vector<char> stack = std::vector<char>(128 << 10);
  State state = State::ready;
  Place3 place;
  const char* text = nullptr;            // of the instruction that its warp is to execute
  std::vector<Operand> operands;         // in the order in which the instruction names them
  std::deque<std::vector<Copy>> copies;  // the last batch has not ended
};

inline std::vector<Item>& items() {
  static std::vector<Item> all(1024);
  return all;
}
inline Item*& current() {
  static Item* item = nullptr;
  return item;
}
inline ucontext_t& scheduler() {
  static ucontext_t context;
  return context;
}
inline std::string& fault() {
  static std::string message;
  return message;
}
inline void fail(const std::string& message) {
  if (fault().empty()) fault() = message;
}

inline void wait(State state) {
  Item* item = current();
  item->state = state;
  swapcontext(&item->context, &scheduler());
}

inline const char* shared_base() { return reinterpret_cast<const char*>(shared_memory_of_launch); }
inline char* shared_place(const Operand& address) {
  uint32_t offset;
  std::memcpy(&offset, address.place, 4);
  return const_cast<char*>(shared_base()) + static_cast<int32_t>(offset);
}
inline bool aligned(const void* place, size_t bytes) {
  return reinterpret_cast<uintptr_t>(place) % bytes == 0;
}

/// The operands of an instruction in its order; numbers are left out.
inline std::vector<Operand> named(const std::string& text, const std::vector<Operand>& all) {
  std::vector<Operand> order;
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%') order.push_back(all.at(static_cast<size_t>(std::atoi(&text[i + 1]))));
  return order;
}

/// The numbers in an instruction's operands, as `16` in `[%0], [%1], 16`.
inline size_t number_in(const std::string& text) {
  const size_t at = text.find_last_not_of("0123456789;");
  return static_cast<size_t>(std::atoi(&text[at + 1]));
}

inline bool begins(const std::string& text, const char* with) { return text.rfind(with, 0) == 0; }

// ldmatrix: row r of matrix m is at the address that item 8 m + r gives. Item l has of each matrix two
// neighbours: in row l / 4 those at 2 (l % 4); turned, in column l / 4 those of the rows from 2 (l % 4) on.
inline void load_matrices(Item* warp, const std::string& text) {
  const size_t count = text.find(".x4") != std::string::npos ? 4 : 2;
  const bool turned = text.find(".trans") != std::string::npos;
  for (size_t m = 0; m < count; ++m) {
    uint16_t matrix[8][8];
    for (size_t row = 0; row < 8; ++row) {
      const char* from = shared_place(warp[8 * m + row].operands[count]);
      if (!aligned(from, 16)) fail("ldmatrix: a row is not aligned");
      std::memcpy(matrix[row], from, 16);
    }
    for (size_t lane = 0; lane < 32; ++lane) {
      uint16_t pair[2];
      for (size_t i = 0; i < 2; ++i)
        pair[i] = turned ? matrix[2 * (lane % 4) + i][lane / 4] : matrix[lane / 4][2 * (lane % 4) + i];
      std::memcpy(warp[lane].operands[m].place, pair, 4);
    }
  }
}

/// An element of a fragment: register `which`, and the place in it.
template <class T>
T element(const Item& item, size_t which, size_t place) {
  T values[4 / sizeof(T)];
  std::memcpy(values, item.operands[which].place, 4);
  return values[place];
}

// mma: with g = l / 4 and t = l % 4 of item l, and w elements of a register, registers 0 to 3 of a are those
// of rows g and g + 8 at k = w t, then of both at k = w t + 4 w; those of b the same of column g. c and d are
// rows g (the first two) and g + 8, columns 2 t and 2 t + 1.
template <class T, class Sum, class Value>
void multiply_matrices(Item* warp, const Value& value) {
  constexpr size_t kWide = 4 / sizeof(T);
  Sum a[16][8 * kWide], b[8 * kWide][8];
  for (size_t lane = 0; lane < 32; ++lane)
    for (size_t i = 0; i < kWide; ++i) {
      const size_t g = lane / 4;
      const size_t k = kWide * (lane % 4) + i;
      for (size_t r = 0; r < 4; ++r)
        a[g + 8 * (r % 2)][k + 4 * kWide * (r / 2)] = value(element<T>(warp[lane], 4 + r, i));
      for (size_t r = 0; r < 2; ++r) b[k + 4 * kWide * r][g] = value(element<T>(warp[lane], 8 + r, i));
    }
  Sum sums[32][4];
  for (size_t lane = 0; lane < 32; ++lane)
    for (size_t r = 0; r < 4; ++r) {
      Sum sum;
      std::memcpy(&sum, warp[lane].operands[10 + r].place, 4);
      for (size_t k = 0; k < 8 * kWide; ++k)
        sum += a[lane / 4 + 8 * (r / 2)][k] * b[k][2 * (lane % 4) + r % 2];
      sums[lane][r] = sum;
    }
  for (size_t lane = 0; lane < 32; ++lane)
    for (size_t r = 0; r < 4; ++r) std::memcpy(warp[lane].operands[r].place, &sums[lane][r], 4);
}

inline void run_in_warp(Item* warp) {
  const std::string text = warp->text;
  if (begins(text, "ldmatrix.sync.aligned.m8n8.x")) return load_matrices(warp, text);
  if (begins(text, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "))
    return multiply_matrices<uint16_t, float>(warp, half_value);
  if (begins(text, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "))
    return multiply_matrices<uint16_t, float>(warp, bfloat_value);
  if (begins(text, "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "))
    return multiply_matrices<int8_t, int>(warp, [](int8_t value) { return static_cast<int>(value); });
  fail("no such instruction: " + text);
}

inline void copy_later(const std::string& text, const std::vector<Operand>& operands) {
  const size_t bytes = number_in(text);
  const void* from;
  std::memcpy(&from, operands[1].place, sizeof(from));
  char* to = shared_place(operands[0]);
  const bool known = bytes == 16 || (begins(text, "cp.async.ca.") && (bytes == 4 || bytes == 8));
  if (!known || !aligned(from, bytes) || !aligned(to, bytes))
    fail("cp.async: a size or alignment that it does not take: " + text);
  std::memset(to, 0xff, bytes);  // whoever reads it too early sees it
  current()->copies.back().push_back({to, from, bytes});
}

/// Copies take place as late as they may.
inline void wait_for_copies(size_t but) {
  auto& copies = current()->copies;
  while (copies.size() > but + 1) {
    for (const Copy& copy : copies.front()) std::memcpy(copy.to, copy.from, copy.bytes);
    copies.pop_front();
  }
}

/// What an assembly statement of the source does.
inline void run(const char* statement, std::initializer_list<Operand> all) {
  const std::string text = statement;
  const std::vector<Operand> operands = named(text, all);
  if (begins(text, "cvt.f32.f16 ")) {
    const float value = half_value(*static_cast<uint16_t*>(operands[1].place));
    std::memcpy(operands[0].place, &value, 4);
  } else if (begins(text, "cvt.rn.f16.f32 ")) {
    const uint16_t bits = half_bits(*static_cast<float*>(operands[1].place));
    std::memcpy(operands[0].place, &bits, 2);
  } else if (begins(text, "cp.async.commit_group;")) {
    current()->copies.emplace_back();
  } else if (begins(text, "cp.async.wait_group ")) {
    wait_for_copies(number_in(text));
  } else if (begins(text, "cp.async.c")) {
    copy_later(text, operands);
  } else {
    current()->text = statement;
    current()->operands = operands;
    wait(State::in_warp);
  }
}

/// Executes the instructions of warps all of whose items have come to the same one.
inline void run_warps(size_t count) {
  std::vector<Item>& all = items();
  for (size_t first = 0; first < count; first += 32) {
    size_t waiting = 0;
    size_t together = 0;
    for (size_t i = first; i < first + 32 && i < count; ++i) {
      const bool waits = all[i].state == State::in_warp;
      waiting += waits ? 1 : 0;
      together += waits && all[i].text == all[first].text ? 1 : 0;
    }
    if (waiting == 0) continue;
    if (together != 32) return fail("the items of a warp do not come to an instruction together");
    run_in_warp(&all[first]);
    for (size_t i = first; i < first + 32; ++i) all[i].state = State::ready;
  }
}

inline size_t in_state(size_t count, State state) {
  size_t there = 0;
  for (size_t i = 0; i < count; ++i) there += items()[i].state == state ? 1 : 0;
  return there;
}

struct Call {
  void (*call)(void*) = nullptr;
  void* with = nullptr;
};
inline Call& call() {
  static Call one;
  return one;
}
inline void begin_item() {
  call().call(call().with);
  current()->state = State::done;
}

/// Runs the items of a group; in the opposite order where `backwards`.
inline void run_group(const unsigned* size, bool backwards) {
  const size_t count = static_cast<size_t>(size[0]) * size[1] * size[2];
  std::vector<Item>& all = items();
  for (size_t i = 0; i < count; ++i) {
    Item& item = all[i];
    getcontext(&item.context);
    item.context.uc_stack.ss_sp = item.stack.data();
    item.context.uc_stack.ss_size = item.stack.size();
    item.context.uc_link = &scheduler();
    makecontext(&item.context, begin_item, 0);
    item.state = State::ready;
    item.text = nullptr;
    item.place = {static_cast<unsigned>(i % size[0]), static_cast<unsigned>(i / size[0] % size[1]),
                  static_cast<unsigned>(i / size[0] / size[1])};
    item.copies.assign(1, {});
  }
  while (fault().empty() && in_state(count, State::done) < count) {
    for (size_t i = 0; i < count; ++i) {
      Item& item = all[backwards ? count - 1 - i : i];
      if (item.state != State::ready) continue;
      current() = &item;
      threadIdx = item.place;
      swapcontext(&scheduler(), &item.context);
    }
    if (in_state(count, State::in_warp) > 0) {
      run_warps(count);
    } else if (in_state(count, State::at_barrier) == count) {
      for (size_t i = 0; i < count; ++i) all[i].state = State::ready;
    } else if (in_state(count, State::done) < count) {
      fail("some items of a group wait at a barrier, and others have ended");
    }
  }
}

/// Runs all groups of a launch. Shared memory holds no numbers when a group begins. What went wrong, or "".
template <class... Parameters>
const char* launch(const unsigned* grid, const unsigned* group, void (*kernel)(Parameters...),
                   void** arguments, char* shared, size_t shared_bytes) {
  fault().clear();
  auto body = [&] {
    [&]<size_t... I>(std::index_sequence<I...>) { kernel(static_cast<Parameters>(arguments[I])...); }
    (std::index_sequence_for<Parameters...>());
  };
  call() = {[](void* with) { (*static_cast<decltype(body)*>(with))(); }, &body};
  size_t number = 0;
  for (unsigned z = 0; z < grid[2]; ++z)
    for (unsigned y = 0; y < grid[1]; ++y)
      for (unsigned x = 0; x < grid[0]; ++x) {
        blockIdx = {x, y, z};
        std::memset(shared, 0xff, shared_bytes);
        run_group(group, number++ % 2 == 1);
        if (!fault().empty()) return fault().c_str();
      }
  return "";
}

}  // namespace on_host

inline void __syncthreads() { on_host::wait(on_host::State::at_barrier); }
inline size_t __cvta_generic_to_shared(const void* place) {
  return static_cast<uint32_t>(static_cast<const char*>(place) - on_host::shared_base());
}
// NOLINTEND
