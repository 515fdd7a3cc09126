// What the libstdc++ that is linked into the worker alone (TAMIS_STATIC_WORKER) calls of GLIBC_2.36, for
// machines whose libc is older.

#include <cstdint>

#include <sys/random.h>
#include <unistd.h>

/// A random number for std::random_device, which nothing in the worker asks for. Ends the process where the
/// kernel gives none, as libc's own does.
extern "C" [[gnu::visibility("hidden")]] uint32_t arc4random() {
  uint32_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) _exit(127);
  return number;
}
