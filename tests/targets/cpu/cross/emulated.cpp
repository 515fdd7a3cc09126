#include "targets/cpu/cross/emulated.h"

#include "base/file.h"
#include "support/temporary_directory.h"

#include <cstdlib>
#include <cstring>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cpu::testing {
namespace {

constexpr const char* kCompiler = "aarch64-linux-gnu-gcc";
constexpr const char* kEmulator = "qemu-aarch64";

constexpr const char* kHelpers = R"(#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static void* memory(size_t bytes) {
  size_t rounded = (bytes + 127) / 64 * 64;
  void* made = aligned_alloc(64, rounded);
  return made == NULL ? NULL : memset(made, 0, rounded);
}
static void* contents(const char* path, size_t bytes) {
  void* made = memory(bytes);
  FILE* file = fopen(path, "rb");
  if (file == NULL || fread(made, 1, bytes, file) != bytes) exit(3);
  fclose(file);
  return made;
}
static void keep(const char* path, const void* from, size_t bytes) {
  FILE* file = fopen(path, "wb");
  if (file == NULL || fwrite(from, 1, bytes, file) != bytes || fclose(file) != 0) exit(4);
}
)";

std::string parameters(const std::vector<Buffer>& arguments) {
  return fmt::format("{}", fmt::join(std::vector<const char*>(arguments.size() + 1, "void*"), ", "));
}

std::string call(const std::string& function, const std::vector<Buffer>& arguments) {
  std::vector<std::string> names;
  for (const Buffer& argument : arguments) names.push_back(argument.name);
  names.emplace_back("workspace");
  return fmt::format("    {}({});\n", function, fmt::join(names, ", "));
}

/// A C program that runs one config after another on the files input, weights, bias and, where
/// there is one, residual.
class Driver {
 public:
  explicit Driver(const WorkloadData& data) : data_(data) {
    for (const auto& [name, tensor] : given())
      main_ += fmt::format("  void* {0} = contents(\"{0}\", {1});\n", name, tensor->byte_count());
  }

  std::map<std::string, const Tensor*> given() const {
    std::map<std::string, const Tensor*> given{
        {"input", &data_.input}, {"weights", &data_.weights}, {"bias", &data_.bias}};
    if (!data_.residual.empty()) given["residual"] = &data_.residual;
    return given;
  }

  void add(size_t number, const CpuArtifact& artifact) {
    const bool prepares = !artifact.prepare_arguments.empty();
    std::map<std::string, int64_t> made;
    for (const auto* arguments : {&artifact.run_arguments, &artifact.prepare_arguments})
      for (const Buffer& argument : *arguments)
        if (given().count(argument.name) == 0)
          made[argument.name] = argument.elements() * bytes(argument.element);
    main_ += "  {\n";
    for (const auto& [name, size] : made) main_ += fmt::format("    void* {} = memory({});\n", name, size);
    main_ += fmt::format("    void* workspace = memory({});\n", artifact.object.workspace_bytes);
    if (prepares) add_call(fmt::format("prepare_{}", number), artifact.prepare_arguments);
    add_call(fmt::format("run_{}", number), artifact.run_arguments);
    main_ += fmt::format("    keep(\"output_{}\", output, {});\n  }}\n", number, data_.output.byte_count());
  }

  std::string text() const {
    return kHelpers + declarations_ + "int main(void) {\n" + main_ + "  return 0;\n}\n";
  }

 private:
  void add_call(const std::string& function, const std::vector<Buffer>& arguments) {
    declarations_ += fmt::format("void {}({});\n", function, parameters(arguments));
    main_ += call(function, arguments);
  }

  const WorkloadData& data_;
  std::string declarations_;
  std::string main_;
};

Status shell(const std::string& directory, const std::string& command) {
  if (std::system(("cd " + directory + " && " + command).c_str()) == 0) return {};
  return Error{ErrorKind::io, "failed: " + command};
}

template <class Element>
Result<Tensor> tensor_of(const std::string& bytes) {
  std::vector<Element> elements(bytes.size() / sizeof(Element));
  std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(Element));
  return Tensor(std::move(elements));
}

}  // namespace

bool can_emulate() {
  return shell("/", fmt::format("command -v {} {} > /dev/null", kCompiler, kEmulator)).ok();
}

Result<std::vector<Tensor>> run_emulated(const Subject& subject, const std::vector<Config>& configs) {
  const TemporaryDirectory directory;
  Driver driver(subject.data());
  for (size_t i = 0; i < configs.size(); ++i) {
    TAMIS_ASSIGN(const auto artifact,
                 subject.build(configs[i], {fmt::format("run_{}", i), fmt::format("prepare_{}", i)}));
    const std::vector<char>& object = artifact->object.bytes;
    TAMIS_TRY(write_file(directory.file(fmt::format("kernel_{}.o", i)), {object.data(), object.size()}));
    driver.add(i, *artifact);
  }
  for (const auto& [name, tensor] : driver.given())
    TAMIS_TRY(
        write_file(directory.file(name), {static_cast<const char*>(tensor->data()), tensor->byte_count()}));
  TAMIS_TRY(write_file(directory.file("driver.c"), driver.text()));
  TAMIS_TRY(shell(directory.path(),
                  fmt::format("{} -Wall -Werror -static -o driver driver.c kernel_*.o", kCompiler)));
  TAMIS_TRY(shell(directory.path(), fmt::format("{} ./driver", kEmulator)));
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < configs.size(); ++i) {
    TAMIS_ASSIGN(const std::string bytes, read_file(directory.file(fmt::format("output_{}", i))));
    const bool real = subject.workload().type == DataType::float32;
    TAMIS_ASSIGN(Tensor output, real ? tensor_of<float>(bytes) : tensor_of<int8_t>(bytes));
    outputs.push_back(std::move(output));
  }
  return outputs;
}

}  // namespace tamis::cpu::testing
