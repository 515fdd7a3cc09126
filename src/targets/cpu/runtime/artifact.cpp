#include "targets/cpu/runtime/artifact.h"

#include "tamis/random.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis::cpu {
namespace {

void append_buffers(const std::vector<Buffer>& buffers, std::string& text) {
  for (const Buffer& buffer : buffers)
    text += fmt::format(" {} {} {} {}", buffer.name, static_cast<int>(buffer.element),
                        fmt::join(buffer.extents, "x"), buffer.written);
}

}  // namespace

std::string CpuArtifact::code_hash() const {
  std::string text(object.bytes.begin(), object.bytes.end());
  if (prepare) text.append(prepare->bytes.begin(), prepare->bytes.end());
  text += fmt::format(" {} {} {}", object.workspace_bytes, prepare ? prepare->workspace_bytes : 0, threads);
  append_buffers(run_arguments, text);
  append_buffers(prepare_arguments, text);
  return digest(text);
}

}  // namespace tamis::cpu
