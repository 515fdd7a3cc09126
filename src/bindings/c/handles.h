#pragma once

#include "bindings/c/tamis.h"
#include "tamis/result.h"
#include "tamis/space.h"
#include "tamis/study.h"

#include <exception>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <utility>

struct tamis_error {
  tamis::Error error;
};

struct tamis_space {
  std::shared_ptr<const tamis::Space> space;
};

struct tamis_config {
  std::shared_ptr<const tamis::Space> space;
  tamis::Config config;
  std::string description = {};
  std::map<std::string, std::string> texts = {};  // of the knobs, so that they can be lent out
};

struct tamis_study {
  tamis::Study study;
  std::shared_ptr<const tamis::Space> space;
};

namespace tamis::c {

/// Stores an error where the caller wants one and has none yet. Never throws.
void store(tamis_error** place, const Error& error) noexcept;

/// What `body`, which returns a Result<T>, gives; on an error or an exception, which must not reach C,
/// `fallback`.
template <class T, class Body>
T guarded(tamis_error** place, T fallback, const Body& body) noexcept {
  try {
    Result<T> made = body();
    if (made.ok()) return std::move(made).value();
    store(place, made.error());
  } catch (const std::bad_alloc&) {
    store(place, {ErrorKind::internal, "out of memory"});
  } catch (const std::exception& fault) {
    store(place, {ErrorKind::internal, fault.what()});
  }
  return fallback;
}

/// A handle of a config, its texts made.
std::unique_ptr<tamis_config> make_config(std::shared_ptr<const Space> space, Config config);

/// Text from C, where NULL is none.
inline std::string text_of(const char* text, const char* fallback = "") {
  return text == nullptr ? fallback : text;
}

/// Errors: invalid_input, saying what is NULL.
Status check_given(const void* pointer, const char* what);

}  // namespace tamis::c
