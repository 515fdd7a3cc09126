#include "targets/cpu/travelling.h"

#include "base/bytes.h"
#include "base/text.h"
#include "targets/cpu/runtime/loaded_code.h"

#include <utility>

#include <fmt/format.h>

namespace tamis::cpu {
namespace {

const char* const kOrigin = "a program of the target cpu as bytes";
/// Of what a call needs and of what its sections have: bytes.
constexpr uint64_t kMostBytes = uint64_t{1} << 32;

void write_object(ByteWriter& writer, const CompiledObject& object) {
  writer.text({object.bytes.data(), object.bytes.size()});
  writer.number(static_cast<uint64_t>(object.code_bytes));
  writer.number(static_cast<uint64_t>(object.workspace_bytes));
  writer.number(static_cast<uint64_t>(object.stack_bytes));
}

Result<CompiledObject> read_object(ByteReader& reader) {
  CompiledObject object;
  TAMIS_ASSIGN(const std::string_view bytes, reader.text("an object file"));
  TAMIS_ASSIGN(const uint64_t code, reader.number("the size of its code", kMostBytes));
  TAMIS_ASSIGN(const uint64_t workspace, reader.number("the size of its workspace", kMostBytes));
  TAMIS_ASSIGN(const uint64_t stack, reader.number("the size of its stack frame", kMostBytes));
  object.bytes.assign(bytes.begin(), bytes.end());
  object.code_bytes = static_cast<int64_t>(code);
  object.workspace_bytes = static_cast<int64_t>(workspace);
  object.stack_bytes = static_cast<int64_t>(stack);
  if (const Status checked = check_object(object); !checked.ok()) return checked.error().within(kOrigin);
  return object;
}

/// What of a processor layouts and sizes of buffers depend on, beside the config.
std::string vectors_of(const Machine& machine) {
  return fmt::format("{} registers of {} bytes{}{}", machine.vector_registers, machine.vector_bytes,
                     machine.dot_product ? ", dot products" : "",
                     machine.converts_float16 ? ", conversions of float16" : "");
}

}  // namespace

std::string pack_program(const CpuArtifact& artifact, const Machine& machine) {
  ByteWriter writer;
  writer.text(machine.cpu);
  writer.text(machine.features);
  writer.text(vectors_of(machine));
  writer.number(static_cast<uint64_t>(artifact.threads));
  write_object(writer, artifact.object);
  writer.number(artifact.prepare != nullptr ? 1 : 0);
  if (artifact.prepare != nullptr) write_object(writer, *artifact.prepare);
  return writer.take();
}

Result<std::shared_ptr<const CpuArtifact>> unpack_program(CpuArtifact frame, bool has_prepare,
                                                          const Machine& machine, std::string_view bytes) {
  ByteReader reader(bytes, kOrigin);
  TAMIS_ASSIGN(const std::string_view cpu, reader.text("its processor"));
  TAMIS_ASSIGN(const std::string_view features, reader.text("the features of its processor"));
  if (const Status here = check_runs_here(std::string(cpu), std::string(features)); !here.ok())
    return here.error().within(kOrigin);
  TAMIS_ASSIGN(const std::string_view vectors, reader.text("the vectors of its processor"));
  if (vectors != vectors_of(machine))
    return unsupported(fmt::format(
        "{}: it was built for {} ({}), and the target is {} here ({}), whose layouts are others; give both "
        "machines the same --target, as cpu:mcpu={}",
        kOrigin, cpu, vectors, machine.cpu, vectors_of(machine), machine.cpu));
  TAMIS_ASSIGN(const uint64_t threads, reader.number("its threads"));
  if (threads != static_cast<uint64_t>(frame.threads))
    return unsupported(
        fmt::format("{}: it was built for {}, and runs here on {}; give both machines the same "
                    "--threads",
                    kOrigin, counted(threads, "thread"), frame.threads));
  TAMIS_ASSIGN(frame.object, read_object(reader));
  TAMIS_ASSIGN(const uint64_t prepares, reader.number("whether it packs weights", 1));
  if ((prepares == 1) != has_prepare)
    return corrupt(fmt::format("{}: its config packs {}weights, and it does {}", kOrigin,
                               has_prepare ? "" : "no ", has_prepare ? "not" : "so"));
  if (has_prepare) {
    TAMIS_ASSIGN(CompiledObject prepare, read_object(reader));
    frame.prepare = std::make_shared<const CompiledObject>(std::move(prepare));
  }
  TAMIS_TRY(reader.end());
  return std::shared_ptr<const CpuArtifact>(std::make_shared<const CpuArtifact>(std::move(frame)));
}

}  // namespace tamis::cpu
