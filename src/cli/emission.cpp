#include "cli/emission.h"

#include "base/file.h"
#include "tamis/targets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cli {
namespace {

Error cannot_emit(const std::string& target_spec) {
  return unsupported(fmt::format(
      "programs of the target {} cannot be deployed as C functions; those of cpu, opencl and cuda can",
      target_spec));
}

}  // namespace

bool can_emit(const std::string& target_spec) {
  const Result<const TargetKind*> kind = find_target_kind(target_spec);
  return kind.ok() && (*kind)->emit != nullptr;
}

Result<std::vector<std::string>> emit_kernel(const Task& task, const Config& config,
                                             const EmitOptions& options, const std::string& directory) {
  TAMIS_ASSIGN(const TargetKind* kind, find_target_kind(task.target().spec()));
  if (kind->emit == nullptr) return cannot_emit(task.target().spec());
  TAMIS_ASSIGN(const std::vector<EmittedFile> files, kind->emit(task, config, options));
  TAMIS_TRY(make_directories(directory));
  std::vector<std::string> names;
  for (const EmittedFile& file : files) {
    TAMIS_TRY(write_file(directory + "/" + file.name, file.content));
    names.push_back(file.name);
  }
  return names;
}

std::string describe_kernel(const std::string& function, const std::vector<std::string>& files,
                            const std::string& directory) {
  std::vector<std::string> endings;
  std::string others;
  for (const std::string& file : files) {
    if (file.starts_with(function + ".")) endings.push_back(file.substr(function.size() + 1));
    if (file.starts_with(function + "_")) others += fmt::format(" and {}/{}", directory, file);
  }
  return fmt::format("wrote {}/{}.{{{}}}{}\n", directory, function, fmt::join(endings, ","), others);
}

}  // namespace tamis::cli
