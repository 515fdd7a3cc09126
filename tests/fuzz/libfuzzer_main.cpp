// What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html), for the entry that TAMIS_FUZZ_ENTRY names.

#include "fuzz/entries.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const tamis::fuzz::Entry* entry = tamis::fuzz::find_entry(TAMIS_FUZZ_ENTRY);
  entry->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
