// A driver library that was cut off after its eighth function.

#include <cstddef>
#include <cstdint>

extern "C" {

void* VTADeviceAlloc() { return nullptr; }
void VTADeviceFree(void*) {}
int VTADeviceRun(void*, uint32_t, uint32_t, uint32_t) { return 0; }
void* VTAMemAlloc(size_t, int) { return nullptr; }
void VTAMemFree(void*) {}
uint32_t VTAMemGetPhyAddr(void*) { return 0; }
void VTAMemCopyFromHost(void*, const void*, size_t) {}
void VTAMemCopyToHost(void*, const void*, size_t) {}

}  // extern "C"
