"""The functions of NVIDIA's driver, compiler and management library that the comparison calls, by ctypes.

Clocks are read here and never set."""

import ctypes
import os
import time

from .libraries import Missing, find, open_library

NOT_READY = 600
DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
STATIC_SHARED_BYTES = 48 << 10
ATTRIBUTES = {"multiprocessors": 16, "l2_bytes": 38, "major": 75, "minor": 76}


class CudaError(Exception):
    """What the driver or the compiler said, and at what."""


class Driver:
    """The primary context of a device, which PyTorch's is too, and its default stream: one thread, one device."""

    def __init__(self, ordinal=0):
        self.library = open_library(os.environ.get("TAMIS_CUDA_DRIVER", "libcuda.so.1"), "the NVIDIA driver")
        self.call("cuInit", ctypes.c_uint(0))
        self.device = ctypes.c_int()
        self.call("cuDeviceGet", ctypes.byref(self.device), ctypes.c_int(ordinal))
        self.context = ctypes.c_void_p()
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(self.context), self.device)
        self.call("cuCtxSetCurrent", self.context)

    def call(self, name, *arguments):
        outcome = getattr(self.library, name)(*arguments)
        if outcome != 0:
            text = ctypes.c_char_p()
            known = self.library.cuGetErrorName(outcome, ctypes.byref(text)) == 0 and text.value
            raise CudaError(f"{name}: {text.value.decode() if known else f'error {outcome}'}")

    def name(self):
        text = ctypes.create_string_buffer(256)
        self.call("cuDeviceGetName", text, 255, self.device)
        return text.value.decode()

    def bus_address(self):
        text = ctypes.create_string_buffer(64)
        self.call("cuDeviceGetPCIBusId", text, 63, self.device)
        return text.value

    def cuda_version(self):
        version = ctypes.c_int()
        self.call("cuDriverGetVersion", ctypes.byref(version))
        return f"{version.value // 1000}.{version.value % 1000 // 10}"

    def attribute(self, name):
        value = ctypes.c_int()
        self.call("cuDeviceGetAttribute", ctypes.byref(value), ATTRIBUTES[name], self.device)
        return value.value

    def architecture(self):
        return f"sm_{self.attribute('major')}{self.attribute('minor')}"

    def allocate(self, size):
        address = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(max(size, 1)))
        return address

    def free(self, address):
        self.call("cuMemFree_v2", address)

    def upload(self, address, data):
        """Copies bytes to the device."""
        self.call("cuMemcpyHtoD_v2", address, ctypes.c_char_p(data), ctypes.c_size_t(len(data)))

    def download(self, address, size):
        data = ctypes.create_string_buffer(size)
        self.call("cuMemcpyDtoH_v2", data, address, ctypes.c_size_t(size))
        return data.raw

    def fill(self, address, size, byte):
        """Writes over memory, in the order of the default stream."""
        self.call("cuMemsetD8_v2", address, ctypes.c_ubyte(byte), ctypes.c_size_t(size))

    def load(self, cubin):
        module = ctypes.c_void_p()
        self.call("cuModuleLoadDataEx", ctypes.byref(module), ctypes.c_char_p(cubin), 0, None, None)
        return module

    def unload(self, module):
        self.call("cuModuleUnload", module)

    def function(self, module, name, shared_bytes=0):
        function = ctypes.c_void_p()
        self.call("cuModuleGetFunction", ctypes.byref(function), module, name.encode())
        if shared_bytes > 0:
            self.call("cuFuncSetAttribute", function, DYNAMIC_SHARED, ctypes.c_int(shared_bytes))
        return function

    def launch(self, function, groups, group, shared_bytes, arguments):
        """Enqueues a launch. `arguments` are ctypes values, which the driver copies."""
        pointers = (ctypes.c_void_p * len(arguments))(*(ctypes.addressof(one) for one in arguments))
        self.call("cuLaunchKernel", function, *(ctypes.c_uint(size) for size in (*groups, *group, shared_bytes)), None, pointers, None)

    def event(self):
        event = ctypes.c_void_p()
        self.call("cuEventCreate", ctypes.byref(event), 0)
        return event

    def record(self, event):
        self.call("cuEventRecord", event, None)

    def wait(self, event, seconds=10.0):
        end = time.monotonic() + seconds
        while (outcome := self.library.cuEventQuery(event)) == NOT_READY:
            if time.monotonic() > end:
                raise CudaError(f"what was launched did not end in {seconds:.0f} s")
        if outcome != 0:
            self.call("cuEventQuery", event)

    def elapsed_ns(self, begin, end):
        milliseconds = ctypes.c_float()
        self.call("cuEventElapsedTime", ctypes.byref(milliseconds), begin, end)
        return milliseconds.value * 1e6


class Compiler:
    """NVRTC for one architecture."""

    def __init__(self, architecture):
        self.path = find("nvrtc")
        self.library = open_library(self.path, "NVRTC")
        self.architecture = architecture
        major, minor = ctypes.c_int(), ctypes.c_int()
        self.library.nvrtcVersion(ctypes.byref(major), ctypes.byref(minor))
        self.version = f"{major.value}.{minor.value}"

    def compile(self, text, options=()):
        """The cubin of CUDA C++, as bytes."""
        program = ctypes.c_void_p()
        if self.library.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"kernel.cu", 0, None, None) != 0:
            raise CudaError("NVRTC takes no program")
        try:
            all_options = [f"--gpu-architecture={self.architecture}", *options]
            packed = (ctypes.c_char_p * len(all_options))(*(option.encode() for option in all_options))
            outcome = self.library.nvrtcCompileProgram(program, len(all_options), packed)
            if outcome != 0:
                raise CudaError(f"NVRTC does not compile it: {self._text(program, 'ProgramLog').strip()[:1000]}")
            return self._bytes(program, "CUBIN")
        finally:
            self.library.nvrtcDestroyProgram(ctypes.byref(program))

    def _bytes(self, program, what):
        size = ctypes.c_size_t()
        getattr(self.library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        data = ctypes.create_string_buffer(size.value)
        getattr(self.library, f"nvrtcGet{what}")(program, data)
        return data.raw

    def _text(self, program, what):
        return self._bytes(program, what).replace(b"\0", b"\n").decode(errors="replace")


# What keeps a card's clocks low, by the bits of NVML's reasons. Being idle is none of them.
THROTTLE_REASONS = {0x2: "application clocks", 0x4: "power cap", 0x8: "hardware slowdown", 0x10: "sync boost",
                    0x20: "temperature (software)", 0x40: "temperature (hardware)", 0x80: "power brake", 0x100: "display clocks"}


class Clocks:
    """NVML's view of the device at an address of the PCI bus: clocks in MHz and what keeps them low. Nothing is set."""

    def __init__(self, bus_address):
        self.library = open_library(os.environ.get("TAMIS_NVML", "libnvidia-ml.so.1"), "NVML")
        if self.library.nvmlInit_v2() != 0:
            raise Missing("NVML does not start")
        self.handle = ctypes.c_void_p()
        if self.library.nvmlDeviceGetHandleByPciBusId_v2(bus_address, ctypes.byref(self.handle)) != 0:
            raise Missing(f"NVML has no device at {bus_address.decode()}")

    def driver(self):
        text = ctypes.create_string_buffer(96)
        return text.value.decode() if self.library.nvmlSystemGetDriverVersion(text, 95) == 0 else "unknown"

    def read(self):
        clocks = {}
        for name, kind in (("sm_mhz", 1), ("memory_mhz", 2)):
            value = ctypes.c_uint()
            if self.library.nvmlDeviceGetClockInfo(self.handle, kind, ctypes.byref(value)) == 0:
                clocks[name] = value.value
        reasons = ctypes.c_ulonglong()
        if self.library.nvmlDeviceGetCurrentClocksThrottleReasons(self.handle, ctypes.byref(reasons)) == 0:
            clocks["throttled_by"] = [text for bit, text in THROTTLE_REASONS.items() if reasons.value & bit]
        return clocks


def describe_clocks(clocks):
    if not clocks:
        return "unknown"
    reasons = ", ".join(clocks.get("throttled_by", [])) or "nothing"
    return f"SM {clocks.get('sm_mhz', '?')} MHz, memory {clocks.get('memory_mhz', '?')} MHz, held back by {reasons}"
