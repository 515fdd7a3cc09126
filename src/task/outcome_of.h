#pragma once

#include "tamis/trial.h"

#include <exception>
#include <new>

#include <fmt/format.h>

namespace tamis {

/// What a call into a target gives, which may be the user's own: an exception is an outcome of the verdict
/// `failure` with what it says, because one config that fails must not end the search of the others. Not
/// std::bad_alloc: a process whose memory is used up is better ended, as workers are, and is said to be.
template <class Call>
auto outcome_of(Verdict failure, const Call& call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    decltype(call()) outcome;
    outcome.verdict = failure;
    outcome.message = fmt::format("the target threw an exception: {}", error.what());
    return outcome;
  }
}

}  // namespace tamis
