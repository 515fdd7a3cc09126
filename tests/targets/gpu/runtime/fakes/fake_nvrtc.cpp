// Stands for libnvrtc.so: its functions, with programs that are made of what lines of the source ask for:
//
//   //fake fail 6                 compiling ends with this nvrtcResult
//   //fake log TEXT               a line of the log; `|` stands for a NUL byte
//   //fake registers 64           of every kernel, and so shared, threads (launch bounds), parameters 8,8,4
//   //fake garbage                what is given as a cubin is none
//   //fake end                    the process ends, as it does when ptxas crashes
//
// `#define fake_registers 64` is the same, so that knobs can ask; with the value 0 nothing is asked for.

#include "targets/gpu/runtime/cubin_writer.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

using tamis::gpu::testing::CubinWriter;
using tamis::gpu::testing::WrittenKernel;

struct Program {
  std::string text;
  std::vector<std::string> names;
  std::map<std::string, std::string> lowered;
  std::string log;
  std::string cubin;
};

std::vector<uint32_t> numbers(const std::string& text) {
  std::vector<uint32_t> all;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');)
    all.push_back(static_cast<uint32_t>(std::strtoul(part.c_str(), nullptr, 10)));
  return all;
}

/// What the source asks for, by word.
std::map<std::string, std::string> wishes_of(Program& program) {
  std::map<std::string, std::string> wishes;
  std::istringstream lines(program.text);
  const std::string mark = "//fake ";
  const std::string definition = "#define fake_";
  for (std::string line; std::getline(lines, line);) {
    const bool defines = line.rfind(definition, 0) == 0;
    if (line.rfind(mark, 0) != 0 && !defines) continue;
    line = line.substr(defines ? definition.size() : mark.size());
    if (defines && line.size() > 1 && line.substr(line.size() - 2) == " 0") continue;
    const size_t blank = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, blank);
    const std::string value = blank < line.size() ? line.substr(blank + 1) : "";
    if (word == "log")
      program.log += value + "\n";
    else
      wishes[word] = value;
  }
  return wishes;
}

}  // namespace

extern "C" {

const char* nvrtcGetErrorString(int) { return "an error of the fake NVRTC"; }

int nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return 0;
}

int nvrtcGetNumSupportedArchs(int* count) {
  *count = 3;
  return 0;
}

int nvrtcGetSupportedArchs(int* numbers_of) {
  const int all[] = {80, 90, 100};
  std::copy(all, all + 3, numbers_of);
  return 0;
}

int nvrtcCreateProgram(Program** program, const char* text, const char*, int, const char* const*,
                       const char* const*) {
  *program = new Program{text, {}, {}, {}, {}};
  return 0;
}

int nvrtcDestroyProgram(Program** program) {
  delete *program;
  *program = nullptr;
  return 0;
}

int nvrtcAddNameExpression(Program* program, const char* name) {
  program->names.emplace_back(name);
  return 0;
}

int nvrtcCompileProgram(Program* program, int count, const char* const* options) {
  std::map<std::string, std::string> wishes = wishes_of(*program);
  if (wishes.count("end") > 0) std::abort();
  CubinWriter writer;
  writer.kernels.clear();
  for (int i = 0; i < count; ++i) {
    writer.note += options[i];
    const std::string mark = "--gpu-architecture=sm_";
    if (std::string(options[i]).rfind(mark, 0) == 0)
      writer.architecture = std::atoi(options[i] + mark.size());
    program->log += wishes.count("options") > 0 ? std::string(options[i]) + "\n" : "";
  }
  if (wishes.count("fail") > 0) {
    std::replace(program->log.begin(), program->log.end(), '|', '\0');
    return std::atoi(wishes["fail"].c_str());
  }
  for (const std::string& name : program->names) {
    WrittenKernel kernel;
    kernel.name = name;
    std::replace_if(
        kernel.name.begin(), kernel.name.end(), [](char c) { return c == '<' || c == '>'; }, '_');
    program->lowered[name] = kernel.name;
    if (wishes.count("registers") > 0) kernel.registers = numbers(wishes["registers"]).front();
    if (wishes.count("shared") > 0) kernel.shared_bytes = numbers(wishes["shared"]).front();
    if (wishes.count("threads") > 0) kernel.most_threads = numbers(wishes["threads"]).front();
    if (wishes.count("parameters") > 0) kernel.parameters = numbers(wishes["parameters"]);
    kernel.code = "code of " + program->text;
    writer.kernels.push_back(kernel);
    program->log += "ptxas info    : Compiling entry function '" + kernel.name + "' for 'sm_90'\n" +
                    "ptxas info    : Function properties for " + kernel.name + "\n" +
                    "ptxas         .     16 bytes stack frame, 8 bytes spill stores, 4 bytes spill loads\n" +
                    "ptxas info    : Used 32 registers, used 1 barriers\n";
  }
  program->cubin = wishes.count("garbage") > 0 ? "no cubin" : writer.write();
  return 0;
}

int nvrtcGetProgramLogSize(Program* program, size_t* bytes) {
  *bytes = program->log.size() + 1;
  return 0;
}

int nvrtcGetProgramLog(Program* program, char* text) {
  std::memcpy(text, program->log.c_str(), program->log.size() + 1);
  return 0;
}

int nvrtcGetCUBINSize(Program* program, size_t* bytes) {
  *bytes = program->cubin.size();
  return 0;
}

int nvrtcGetCUBIN(Program* program, char* bytes) {
  std::memcpy(bytes, program->cubin.data(), program->cubin.size());
  return 0;
}

int nvrtcGetLoweredName(Program* program, const char* name, const char** lowered) {
  const auto found = program->lowered.find(name);
  if (found == program->lowered.end()) return 9;
  *lowered = found->second.c_str();
  return 0;
}

}  // extern "C"
