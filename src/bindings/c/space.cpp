#include "bindings/c/handles.h"
#include "bindings/common/spaces.h"
#include "space/file/space_file.h"

#include <optional>

using tamis::Result;
using tamis::c::check_given;
using tamis::c::guarded;

namespace {

Result<tamis_space*> handle_of(Result<tamis::SpaceFile> read) {
  TAMIS_ASSIGN(tamis::SpaceFile file, std::move(read));
  return new tamis_space{std::make_shared<const tamis::Space>(std::move(file.space))};
}

}  // namespace

extern "C" {

tamis_space* tamis_space_parse(const char* text, tamis_error** error) {
  return guarded<tamis_space*>(error, nullptr, [&]() -> Result<tamis_space*> {
    TAMIS_TRY(check_given(text, "the text of a space"));
    return handle_of(tamis::parse_space(text, "the space"));
  });
}

tamis_space* tamis_space_read(const char* path, tamis_error** error) {
  return guarded<tamis_space*>(error, nullptr, [&]() -> Result<tamis_space*> {
    TAMIS_TRY(check_given(path, "the path of a space file"));
    return handle_of(tamis::read_space_file(path));
  });
}

void tamis_space_free(tamis_space* space) { delete space; }

uint64_t tamis_space_size(const tamis_space* space) { return space == nullptr ? 0 : space->space->size(); }

bool tamis_space_allowed(const tamis_space* space, uint64_t* allowed) {
  return guarded<bool>(nullptr, false, [&]() -> Result<bool> {
    TAMIS_TRY(check_given(space, "the space"));
    const std::optional<uint64_t> count = tamis::count_allowed(*space->space);
    if (count && allowed != nullptr) *allowed = *count;
    return count.has_value();
  });
}

size_t tamis_space_knob_count(const tamis_space* space) {
  return space == nullptr ? 0 : space->space->knobs().size();
}

const char* tamis_space_knob(const tamis_space* space, size_t position) {
  if (position >= tamis_space_knob_count(space)) return nullptr;
  return space->space->knobs()[position].name.c_str();
}

}  // extern "C"
