#include "targets/gpu/deploy/host_code.h"

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

constexpr const char* kFiles = R"(
static void check(int code, const char *what) {
  if (code == 0) return;
  fprintf(stderr, "%s: error %d\n", what, code);
  exit(1);
}

static void *allocate(size_t bytes) {
  void *memory = calloc(bytes > 0 ? bytes : 1, 1);
  check(memory == NULL, "allocating memory");
  return memory;
}

/* The content of a file with a 0 behind it, and its size; NULL where there is no such file. */
static char *read_file(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return NULL;
  check(fseek(file, 0, SEEK_END), path);
  *bytes = (size_t)ftell(file);
  rewind(file);
  char *content = allocate(*bytes + 1);
  check(fread(content, 1, *bytes, file) != *bytes, path);
  fclose(file);
  return content;
}

static char *path_of(const char *folder, const char *name) {
  char *path = allocate(strlen(folder) + strlen(name) + 2);
  sprintf(path, "%s/%s", folder, name);
  return path;
}

/* What an argument holds before the run: the file of its name, or zeros. */
static void *load(const char *folder, const char *name, size_t bytes) {
  size_t size = 0;
  char *path = path_of(folder, name);
  char *content = read_file(path, &size);
  if (content != NULL && size != bytes) {
    fprintf(stderr, "%s has %zu bytes; it must have %zu\n", path, size, bytes);
    exit(1);
  }
  free(path);
  return content != NULL ? (void *)content : allocate(bytes);
}

static void keep(const char *folder, const char *name, const void *memory, size_t bytes) {
  char *path = path_of(folder, name);
  FILE *file = fopen(path, "wb");
  check(file == NULL, path);
  check(fwrite(memory, 1, bytes, file) != bytes, path);
  check(fclose(file), path);
  free(path);
}

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}
)";

constexpr const char* kOpenClDevice = R"(
/* The first GPU, or the first device where there is none. */
static cl_device_id find_device(void) {
  cl_platform_id platforms[16];
  cl_uint count = 0;
  cl_device_id device = NULL;
  check(clGetPlatformIDs(16, platforms, &count), "asking for OpenCL's platforms");
  if (count > 16) count = 16;
  for (cl_uint i = 0; i < count && device == NULL; ++i)
    if (clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_GPU, 1, &device, NULL) != CL_SUCCESS) device = NULL;
  for (cl_uint i = 0; i < count && device == NULL; ++i)
    if (clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &device, NULL) != CL_SUCCESS) device = NULL;
  check(device == NULL, "looking for a device of OpenCL");
  return device;
}
)";

std::string opening_of_run(const DeployedProgram& program) {
  const bool opencl = program.program.source.language == Language::opencl;
  std::string files;
  std::string after;
  for (const DeployedArgument* argument : memory_arguments(program)) {
    if (argument->scratch) continue;
    const std::string& name = argument->prepared_name.empty() ? argument->name : argument->prepared_name;
    files += (files.empty() ? "" : ", ") + name + ".bin";
    if (argument->written) after += (after.empty() ? "" : ", ") + argument->name + "_after.bin";
  }
  return fmt::format(
      "/* Runs {0} on raw files and times it. Exit code 0 when it ran, else 1.\n *\n"
      " *   cc -O2 {0}_run.c {0}.c {1} -o {0}_run && ./{0}_run FOLDER\n *\n"
      " * It reads {0}.{2} in the current directory, and in FOLDER what there is of\n *   {3}\n"
      " * (an argument without a file is zeros), and writes there\n *   {4}\n */\n"
      "#define _POSIX_C_SOURCE 200112L\n#include \"{0}.h\"\n\n"
      "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <time.h>\n",
      program.name, opencl ? "-lOpenCL" : "-lcuda", opencl ? "cl" : "cubin", files, after);
}

/// An argument in the memory of the host, as the program reads it.
std::string loads(const DeployedProgram& program) {
  std::string text;
  for (const DeployedArgument* argument : memory_arguments(program)) {
    const std::string macro = bytes_macro(program, argument->name);
    if (argument->prepared_name.empty()) {
      text += fmt::format("  void *{0}_bytes = load(folder, \"{0}.bin\", {1});\n", argument->name, macro);
      continue;
    }
    uint64_t bytes = argument->bytes;
    if (!argument->preparation.winograd.empty()) {
      bytes = sizeof(float) * 9;
      for (size_t i = 0; i < 2; ++i) bytes *= static_cast<uint64_t>(argument->preparation.extents[i]);
    }
    text += fmt::format(
        "  void *{0} = load(folder, \"{0}.bin\", {1});\n  void *{2}_bytes = allocate({3});\n"
        "  {4}_prepare({0}, {2}_bytes);\n  free({0});\n",
        argument->prepared_name, bytes, argument->name, macro, program.name);
  }
  return text;
}

std::string memory_names(const DeployedProgram& program) {
  std::string text;
  for (const DeployedArgument* argument : memory_arguments(program)) text += ", " + argument->name;
  return text;
}

std::string freed(const DeployedProgram& program, const char* how) {
  std::string text;
  for (const DeployedArgument* argument : memory_arguments(program))
    text += fmt::format("  {1}({0});\n  free({0}_bytes);\n", argument->name, how);
  return text;
}

/// The first run, whose results are kept, and further ones that are timed.
std::string runs(const DeployedProgram& program, const std::string& wait, const std::string& queue,
                 const char* read) {
  std::string text =
      fmt::format("  check({0}_enqueue(&program, {1}{2}), \"launching\");\n  check({3}, \"running\");\n",
                  program.name, queue, memory_names(program), wait);
  for (const DeployedArgument* argument : memory_arguments(program)) {
    if (!argument->written || argument->scratch) continue;
    text += "  check(" +
            fmt::format(fmt::runtime(read), argument->name, bytes_macro(program, argument->name)) +
            fmt::format(", \"reading {0}\");\n  keep(folder, \"{0}_after.bin\", {0}_bytes, {1});\n",
                        argument->name, bytes_macro(program, argument->name));
  }
  return text + fmt::format(
                    "  double least = 0;\n  for (int i = 0; i < 10; ++i) {{\n    const double before = "
                    "now_us();\n"
                    "    check({0}_enqueue(&program, {1}{2}), \"launching\");\n"
                    "    check({3}, \"running\");\n    const double time = now_us() - before;\n"
                    "    if (i == 0 || time < least) least = time;\n  }}\n"
                    "  printf(\"%.2f us least of 10 runs\\n\", least);\n",
                    program.name, queue, memory_names(program), wait);
}

std::string opencl_main(const DeployedProgram& program) {
  std::string text = fmt::format(
      R"(
int main(int argc, char **argv) {{
  const char *folder = argc > 1 ? argv[1] : ".";
  size_t size = 0;
  char *source = read_file("{0}.cl", &size);
  check(source == NULL, "reading {0}.cl");
  cl_int code = CL_SUCCESS;
  cl_device_id device = find_device();
  cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
  check(code, "opening the device");
  cl_command_queue queue = clCreateCommandQueue(context, device, 0, &code);
  check(code, "making a queue");
  {0}_program program;
  check({0}_create(context, device, source, &program), "building {0}.cl");
  free(source);
)",
      program.name);
  text += loads(program);
  for (const DeployedArgument* argument : memory_arguments(program))
    text += fmt::format(
        "  cl_mem {0} = clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, {1}, {0}_bytes, "
        "&code);\n  check(code, \"copying {0}\");\n",
        argument->name, bytes_macro(program, argument->name));
  text += runs(program, "clFinish(queue)", "queue",
               "clEnqueueReadBuffer(queue, {0}, CL_TRUE, 0, {1}, {0}_bytes, 0, NULL, NULL)");
  return text + freed(program, "clReleaseMemObject") +
         fmt::format(
             "  {}_release(&program);\n  clReleaseCommandQueue(queue);\n  clReleaseContext(context);\n"
             "  return 0;\n}}\n",
             program.name);
}

std::string cuda_main(const DeployedProgram& program) {
  std::string text = fmt::format(
      R"(
int main(int argc, char **argv) {{
  const char *folder = argc > 1 ? argv[1] : ".";
  size_t size = 0;
  char *cubin = read_file("{0}.cubin", &size);
  check(cubin == NULL, "reading {0}.cubin");
  CUdevice device;
  CUcontext context;
  CUstream stream;
  check(cuInit(0), "opening CUDA's driver");
  check(cuDeviceGet(&device, 0), "looking for a device of CUDA");
  check(cuDevicePrimaryCtxRetain(&context, device), "opening the device");
  check(cuCtxSetCurrent(context), "opening the device");
  check(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "making a stream");
  {0}_program program;
  check({0}_create(cubin, &program), "loading {0}.cubin");
  free(cubin);
)",
      program.name);
  text += loads(program);
  for (const DeployedArgument* argument : memory_arguments(program))
    text += fmt::format(
        "  CUdeviceptr {0};\n  check(cuMemAlloc(&{0}, {1}), \"allocating {0}\");\n"
        "  check(cuMemcpyHtoD({0}, {0}_bytes, {1}), \"copying {0}\");\n",
        argument->name, bytes_macro(program, argument->name));
  text += runs(program, "cuStreamSynchronize(stream)", "stream", "cuMemcpyDtoH({0}_bytes, {0}, {1})");
  return text + freed(program, "cuMemFree") +
         fmt::format(
             "  {}_release(&program);\n  cuStreamDestroy(stream);\n  cuDevicePrimaryCtxRelease(device);\n"
             "  return 0;\n}}\n",
             program.name);
}

}  // namespace

std::string run_text(const DeployedProgram& program) {
  const bool opencl = program.program.source.language == Language::opencl;
  return opening_of_run(program) + kFiles + (opencl ? kOpenClDevice : "") +
         (opencl ? opencl_main(program) : cuda_main(program));
}

}  // namespace tamis::gpu
