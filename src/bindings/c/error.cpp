#include "bindings/c/handles.h"
#include "tamis/version.h"

#include <fmt/format.h>

namespace tamis::c {

void store(tamis_error** place, const Error& error) noexcept {
  if (place == nullptr || *place != nullptr) return;
  // Where even this has no memory, the caller still sees that the call failed.
  try {
    *place = new tamis_error{error};
  } catch (const std::exception&) {
    *place = nullptr;
  }
}

Status check_given(const void* pointer, const char* what) {
  if (pointer != nullptr) return {};
  return invalid_input(fmt::format("{} is NULL", what));
}

}  // namespace tamis::c

extern "C" {

const char* tamis_version(void) { return tamis::kVersion; }

const char* tamis_error_message(const tamis_error* error) {
  return error == nullptr ? "" : error->error.message.c_str();
}

tamis_error_kind tamis_error_kind_of(const tamis_error* error) {
  if (error == nullptr) return TAMIS_INTERNAL;
  switch (error->error.kind) {
    case tamis::ErrorKind::invalid_input:
      return TAMIS_INVALID_INPUT;
    case tamis::ErrorKind::not_found:
      return TAMIS_NOT_FOUND;
    case tamis::ErrorKind::unsupported:
      return TAMIS_UNSUPPORTED;
    case tamis::ErrorKind::io:
      return TAMIS_IO;
    case tamis::ErrorKind::corrupt:
      return TAMIS_CORRUPT;
    case tamis::ErrorKind::interrupted:
    case tamis::ErrorKind::internal:
      break;
  }
  return TAMIS_INTERNAL;
}

void tamis_error_free(tamis_error* error) { delete error; }

}  // extern "C"
