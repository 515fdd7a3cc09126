// Programs as bytes: what all of them begin with (Task::save, Task::load).

#include "base/bytes.h"
#include "tamis/random.h"
#include "tamis/space.h"
#include "tamis/task.h"

#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tamis {
namespace {

constexpr std::string_view kMagic = "tamis program\n";
/// Raised whenever the same bytes would mean something else.
constexpr uint64_t kFormat = 1;
const char* const kOrigin = "a program as bytes";

/// What its programs are for, and by which of several generations of its programs.
std::string target_of(const Task& task) {
  const std::optional<std::string> generation = task.identity().property("generation");
  return generation ? fmt::format("{} generation={}", task.identity().kind, *generation)
                    : task.identity().kind;
}

/// What two machines agree on: neither a name nor where a file lies.
std::string work_of(const Workload& workload) {
  return workload.op == Operator::external ? "external" : to_spec(workload);
}

Status check_config(const Task& task, const Config& config) {
  if (belongs(task.space(), config)) return {};
  return invalid_input(
      fmt::format("{}: its config does not belong to the space of {}", kOrigin, task.workload().name));
}

/// Errors: corrupt where the bytes say something else, which they are then of.
Status expect(ByteReader& reader, std::string_view what, const std::string& expected) {
  TAMIS_ASSIGN(const std::string_view found, reader.text(what));
  if (found == expected) return {};
  constexpr size_t kShown = 200;
  return corrupt(
      fmt::format("{}: {} is \"{}\", and here \"{}\"; send the program of this config of this task", kOrigin,
                  what, found.substr(0, kShown), expected));
}

/// What the target wrote.
Result<std::string_view> payload_of(const Task& task, const Config& config, std::string_view bytes) {
  if (bytes.size() > kMostProgramBytes)
    return corrupt(
        fmt::format("{}: it has {} bytes, and may have {}", kOrigin, bytes.size(), kMostProgramBytes));
  if (!bytes.starts_with(kMagic))
    return corrupt(fmt::format("{}: it does not begin as programs of tamis do", kOrigin));
  ByteReader reader(bytes.substr(kMagic.size()), kOrigin);
  TAMIS_ASSIGN(const uint64_t format, reader.number("the version of its format"));
  if (format != kFormat)
    return unsupported(fmt::format(
        "{}: its format has version {}, and this release reads {}; use one release on all machines", kOrigin,
        format, kFormat));
  TAMIS_TRY(expect(reader, "its target", target_of(task)));
  TAMIS_TRY(expect(reader, "its workload", work_of(task.workload())));
  TAMIS_TRY(expect(reader, "its config", task.space().describe(config)));
  TAMIS_ASSIGN(const uint64_t hash, reader.number("its hash"));
  TAMIS_ASSIGN(const std::string_view payload, reader.text("the program"));
  TAMIS_TRY(reader.end());
  if (hash != stable_hash(payload))
    return corrupt(fmt::format("{}: it was damaged on its way; send it again", kOrigin));
  return payload;
}

Error cannot_travel(const Task& task) {
  return unsupported(
      fmt::format("programs of the target {} cannot be written as bytes, so they run only where they are "
                  "built; build and run each config on one machine",
                  task.identity().kind));
}

/// What a call into a target gives, which may be the user's own.
template <class Call>
auto without_exceptions(const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw;  // as of build(): a process whose memory is used up is better ended
  } catch (const std::exception& error) {
    return Error{ErrorKind::internal,
                 fmt::format("{}: the target threw an exception: {}", kOrigin, error.what())};
  }
}

}  // namespace

Result<std::string> Task::save(const Config& config, const Artifact& artifact) const {
  TAMIS_TRY(check_config(*this, config));
  TAMIS_ASSIGN(const std::string payload, without_exceptions([&] { return pack(config, artifact); }));
  ByteWriter writer;
  writer.number(kFormat);
  writer.text(target_of(*this));
  writer.text(work_of(workload()));
  writer.text(space().describe(config));
  writer.number(stable_hash(payload));
  writer.text(payload);
  return std::string(kMagic) + writer.take();
}

Result<BuildOutcome> Task::load(const Config& config, std::string_view bytes) const {
  TAMIS_TRY(check_config(*this, config));
  TAMIS_ASSIGN(const std::string_view payload, payload_of(*this, config, bytes));
  return without_exceptions([&] { return unpack(config, payload); });
}

Result<std::string> Task::pack(const Config&, const Artifact&) const { return cannot_travel(*this); }

Result<BuildOutcome> Task::unpack(const Config&, std::string_view) const { return cannot_travel(*this); }

}  // namespace tamis
