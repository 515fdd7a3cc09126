#include "fuzz/cubin.h"

#include "targets/gpu/runtime/cubin.h"
#include "targets/gpu/runtime/cubin_writer.h"

#include <cstdio>
#include <cstdlib>

namespace tamis::fuzz {
namespace {

void keep_bound(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace

void run_cubin(std::string_view input) {
  const Result<gpu::CubinFacts> facts = gpu::read_cubin(input);
  if (!facts.ok()) {
    keep_bound(facts.error().kind == ErrorKind::corrupt, "what is no cubin is corrupt");
    return;
  }
  keep_bound(!facts->code.empty(), "a cubin that is read has a digest");
  for (const auto& [name, kernel] : facts->kernels) {
    keep_bound(!name.empty(), "a kernel has a name");
    keep_bound(kernel.parameters.size() <= 65536, "parameters are numbered by 16 bits");
  }
}

std::vector<std::string> cubin_seeds() {
  gpu::testing::CubinWriter two;
  two.kernels = {{"first", 40, 16, 256, 512, 1, {8, 8, 4}, "code"}, {"second", 10}};
  gpu::testing::CubinWriter older;
  older.older_abi = true;
  older.architecture = 75;
  older.note = "-v";
  gpu::testing::CubinWriter large;
  large.kernels.front().parameters = {20000, 8};
  return {two.write(), older.write(), large.write()};
}

}  // namespace tamis::fuzz
