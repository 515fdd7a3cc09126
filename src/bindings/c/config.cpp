#include "base/text.h"
#include "bindings/c/handles.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

using tamis::KnobValue;
using tamis::Result;
using tamis::c::check_given;
using tamis::c::guarded;

namespace tamis::c {

std::unique_ptr<tamis_config> make_config(std::shared_ptr<const Space> space, Config config) {
  auto handle = std::make_unique<tamis_config>(tamis_config{std::move(space), std::move(config)});
  handle->description = handle->space->describe(handle->config);
  for (size_t i = 0; i < handle->space->knobs().size(); ++i)
    handle->texts[handle->space->knobs()[i].name] = to_string(handle->space->value(handle->config, i));
  return handle;
}

}  // namespace tamis::c

namespace {

Result<const KnobValue*> value_of(const tamis_config* config, const char* knob) {
  TAMIS_TRY(check_given(config, "the config"));
  TAMIS_TRY(check_given(knob, "the name of a knob"));
  const std::optional<size_t> position = config->space->find(knob);
  if (position) return &config->space->value(config->config, *position);
  std::vector<std::string_view> known;
  for (const tamis::Knob& one : config->space->knobs()) known.emplace_back(one.name);
  return tamis::not_found(fmt::format("there is no knob \"{}\"{}", knob, tamis::did_you_mean(knob, known)));
}

/// The value where it is of type T, or an error that says what it is instead.
template <class T>
Result<const T*> value_as(const tamis_config* config, const char* knob, const char* wanted) {
  TAMIS_ASSIGN(const KnobValue* value, value_of(config, knob));
  if (const T* held = std::get_if<T>(value)) return held;
  return tamis::invalid_input(
      fmt::format("the value {} of the knob {} is not {}", tamis::to_string(*value), knob, wanted));
}

}  // namespace

extern "C" {

tamis_config* tamis_config_parse(const tamis_space* space, const char* const* assignments, size_t count,
                                 tamis_error** error) {
  return guarded<tamis_config*>(error, nullptr, [&]() -> Result<tamis_config*> {
    TAMIS_TRY(check_given(space, "the space"));
    std::vector<std::string> texts;
    for (size_t i = 0; i < count; ++i) {
      TAMIS_TRY(check_given(assignments == nullptr ? nullptr : assignments[i], "an assignment"));
      texts.emplace_back(assignments[i]);
    }
    TAMIS_ASSIGN(tamis::Config config, space->space->parse(texts));
    return tamis::c::make_config(space->space, std::move(config)).release();
  });
}

void tamis_config_free(tamis_config* config) { delete config; }

int64_t tamis_config_integer(const tamis_config* config, const char* knob, tamis_error** error) {
  return guarded<int64_t>(error, 0, [&]() -> Result<int64_t> {
    TAMIS_ASSIGN(const int64_t* value, value_as<int64_t>(config, knob, "an integer"));
    return *value;
  });
}

double tamis_config_number(const tamis_config* config, const char* knob, tamis_error** error) {
  return guarded<double>(error, 0, [&]() -> Result<double> {
    TAMIS_ASSIGN(const KnobValue* any, value_of(config, knob));
    if (const auto* whole = std::get_if<int64_t>(any)) return static_cast<double>(*whole);
    TAMIS_ASSIGN(const double* value, value_as<double>(config, knob, "a number"));
    return *value;
  });
}

const char* tamis_config_text(const tamis_config* config, const char* knob, tamis_error** error) {
  return guarded<const char*>(error, nullptr, [&]() -> Result<const char*> {
    TAMIS_TRY(value_of(config, knob));
    return config->texts.at(knob).c_str();
  });
}

size_t tamis_config_factors(const tamis_config* config, const char* knob, int64_t* factors, size_t room,
                            tamis_error** error) {
  return guarded<size_t>(error, 0, [&]() -> Result<size_t> {
    TAMIS_ASSIGN(const std::vector<int64_t>* all,
                 value_as<std::vector<int64_t>>(config, knob, "a split into factors"));
    if (factors != nullptr) std::copy_n(all->begin(), std::min(room, all->size()), factors);
    return all->size();
  });
}

const char* tamis_config_describe(const tamis_config* config) {
  return config == nullptr ? "" : config->description.c_str();
}

}  // extern "C"
