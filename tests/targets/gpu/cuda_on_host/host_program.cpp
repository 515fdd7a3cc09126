#include "targets/gpu/cuda_on_host/host_program.h"

#include "base/file.h"
#include "process/run_to_end.h"

#include <array>
#include <cstdint>
#include <cstring>

#include <dlfcn.h>
#include <fmt/format.h>

namespace tamis::gpu::testing {
namespace {

/// The function of the library that runs one launch.
using RunLaunch = const char*(size_t program, size_t launch, const unsigned* grid, const unsigned* group,
                              void** arguments);
/// What lies behind an argument, so that a store there is seen.
constexpr size_t kGuardBytes = 64;
/// What memory of an argument is made of: vectors need the alignment.
struct alignas(16) Piece {
  std::array<std::byte, 16> bytes = {};
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// The position behind the parenthesis that closes the one at `open`; strings are passed over.
size_t behind_closing(const std::string& text, size_t open) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1;
  }
  return text.size();
}

/// `("text" : "=r"(x) : "r"(y) : "memory")` as `on_host::run("text", {operand(x), operand(y)})`.
std::string called(const std::string& statement) {
  const size_t begin = statement.find('"');
  const size_t end = statement.find('"', begin + 1) + 1;
  std::string operands;
  for (size_t i = end; i < statement.size(); ++i) {
    if (statement[i] != '"') continue;
    i = statement.find('"', i + 1) + 1;
    if (i >= statement.size() || statement[i] != '(') continue;  // what it changes besides
    const size_t close = behind_closing(statement, i);
    operands += (operands.empty() ? "" : ", ") + ("on_host::operand" + statement.substr(i, close - i));
    i = close;
  }
  return fmt::format("on_host::run({}, {{{}}})", statement.substr(begin, end - begin), operands);
}

std::string without_assembly(const std::string& text) {
  std::string result;
  size_t done = 0;
  for (size_t at = text.find("asm"); at != std::string::npos; at = text.find("asm", done)) {
    const size_t open = text.find('(', at);
    const size_t close = behind_closing(text, open);
    result += text.substr(done, at - done) + called(text.substr(open, close - open));
    done = close;
  }
  return result + text.substr(done);
}

/// The whole file: each program in a namespace, and the function that runs launches.
std::string file_of(const std::vector<KernelProgram>& programs) {
  std::string text = "#include \"targets/gpu/cuda_on_host/shim.h\"\n";
  std::string cases;
  for (size_t i = 0; i < programs.size(); ++i) {
    const std::string section = fmt::format("shared_{}", i);
    text += fmt::format(
        "extern \"C\" __attribute__((weak, visibility(\"hidden\"))) char __start_{0}[], __stop_{0}[];\n"
        "namespace program_{1} {{\n{2}}}\n",
        section, i, for_host(programs[i].source.text, section));
    for (size_t j = 0; j < programs[i].launches.size(); ++j) {
      const Launch& launch = programs[i].launches[j];
      const bool launched = launch.shared_bytes > 0;
      cases += fmt::format(
          "  if (program == {} && launch == {})\n    return on_host::launch(grid, group, program_{}::{}, "
          "arguments, {}, {});\n",
          i, j, i, launch.entry,
          launched ? "reinterpret_cast<char*>(shared_memory_of_launch)" : "__start_" + section,
          launched ? std::to_string(launch.shared_bytes) : fmt::format("__stop_{0} - __start_{0}", section));
    }
  }
  return text +
         "extern \"C\" const char* run_launch(size_t program, size_t launch, const unsigned* grid, "
         "const unsigned* group, void** arguments) {\n" +
         cases + "  return \"there is no such launch\";\n}\n";
}

}  // namespace

std::string for_host(const std::string& source, const std::string& section) {
  std::string text = without_assembly(source);
  text = replaced(text, "extern __shared__ __align__(16) unsigned char shared_memory[];",
                  "unsigned char* const shared_memory = shared_memory_of_launch;");
  text = replaced(text, "__shared__", fmt::format("static __attribute__((section(\"{}\")))", section));
  return replaced(text, "extern \"C\" ", "");
}

HostPrograms::HostPrograms(const std::vector<KernelProgram>& programs) : programs_(programs) {
  const std::string source = directory_.file("programs.cpp");
  const std::string library = directory_.file("programs.so");
  if (const Status written = write_file(source, file_of(programs_)); !written.ok()) {
    error_ = written.error().message;
    return;
  }
  const auto compiled =
      run_to_end({{TAMIS_CXX_COMPILER, "-std=c++20", "-O1", "-w", "-fno-strict-aliasing", "-ffp-contract=off",
                   "-fPIC", "-shared", "-I", TAMIS_TESTS, "-o", library, source}},
                 {});
  if (!compiled.ok() || compiled->status != 0) {
    error_ = compiled.ok() ? compiled->errors : compiled.error().message;
    return;
  }
  library_ = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) error_ = dlerror();
}

HostPrograms::~HostPrograms() {
  if (library_ != nullptr) dlclose(library_);
}

std::string HostPrograms::run(size_t program, std::vector<std::vector<std::byte>>& arguments) const {
  auto* const run = reinterpret_cast<RunLaunch*>(dlsym(library_, "run_launch"));
  if (run == nullptr) return "the library lacks run_launch";
  std::vector<std::vector<Piece>> memory;
  for (const std::vector<std::byte>& argument : arguments) {
    memory.emplace_back((argument.size() + kGuardBytes) / sizeof(Piece) + 1);
    std::memcpy(memory.back().data(), argument.data(), argument.size());
  }
  const KernelProgram& source = programs_[program];
  for (size_t i = 0; i < source.launches.size(); ++i) {
    const Launch& launch = source.launches[i];
    std::vector<void*> pointers;
    for (const size_t argument : launch.arguments) pointers.push_back(memory[argument].data());
    std::array<unsigned, 3> grid{};
    std::array<unsigned, 3> group{};
    for (size_t axis = 0; axis < 3; ++axis) {
      grid[axis] = static_cast<unsigned>(launch.grid.groups[axis]);
      group[axis] = static_cast<unsigned>(launch.grid.group[axis]);
    }
    const std::string fault = run(program, i, grid.data(), group.data(), pointers.data());
    if (!fault.empty()) return launch.entry + ": " + fault;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    const auto* bytes = reinterpret_cast<const std::byte*>(memory[i].data());
    std::memcpy(arguments[i].data(), bytes, arguments[i].size());
    for (size_t j = 0; j < kGuardBytes; ++j)
      if (bytes[arguments[i].size() + j] != std::byte{0}) return "the program stored behind an argument";
  }
  return "";
}

}  // namespace tamis::gpu::testing
