#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tamis {

/// What kind of thing went wrong. The command line maps every kind but `interrupted` and `internal` to exit
/// code 2.
enum class ErrorKind {
  invalid_input,  ///< the caller or a file said something that cannot be meant
  not_found,      ///< a named file, suite, knob, strategy, ... does not exist
  unsupported,    ///< well formed, but this target or version cannot do it
  io,             ///< reading or writing failed (disk full, permission, ...)
  corrupt,        ///< a file or message is damaged, truncated or foreign
  interrupted,    ///< the user asked to stop
  internal,       ///< a defect of tamis itself
};

/// `invalid_input`, `not_found`, ...
std::string_view to_string(ErrorKind kind);

/// An error as a value: its kind and a sentence that names the thing, what was wrong and what to do.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;

  /// The same error with `context: ` before its message.
  [[nodiscard]] Error within(const std::string& context) const { return {kind, context + ": " + message}; }
};

/// An error of the kind invalid_input: what the caller or a file said cannot be meant.
inline Error invalid_input(std::string message) { return {ErrorKind::invalid_input, std::move(message)}; }
/// An error of the kind not_found: a named thing does not exist.
inline Error not_found(std::string message) { return {ErrorKind::not_found, std::move(message)}; }
/// An error of the kind unsupported: well formed, but this target, version or build cannot do it.
inline Error unsupported(std::string message) { return {ErrorKind::unsupported, std::move(message)}; }
/// An error of the kind io: reading or writing failed.
inline Error io_error(std::string message) { return {ErrorKind::io, std::move(message)}; }
/// An error of the kind corrupt: a file or message is damaged, truncated or foreign.
inline Error corrupt(std::string message) { return {ErrorKind::corrupt, std::move(message)}; }

/// Ends the program with a sentence on standard error. Results call them where a program reads what is not
/// there: that is a defect of the program, of which no error value could tell, and the one case in which the
/// library aborts.
[[noreturn]] void abort_without_value(const Error& error) noexcept;
[[noreturn]] void abort_without_error() noexcept;

/// A value of type T or the error that kept it from being made. Never both, never neither.
/// Reading the value of a failed result, or the error of one that succeeded, is a programming error: it ends
/// the program, in every build, and says on standard error what was read; of a failed result also its error.
/// Ask `ok()` first. A temporary result gives its value away (`f().value()`, `*f()`), so that a loop over
/// `*f()` keeps what it loops over alive. `f()->member` of a temporary does not compile, since a loop over it
/// would not; write `f().value().member`.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& value() const& {
    if (!ok()) abort_without_value(*std::get_if<1>(&state_));
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T& value() & {
    if (!ok()) abort_without_value(*std::get_if<1>(&state_));
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T value() && { return std::move(value()); }
  T value() const&& = delete;
  [[nodiscard]] const Error& error() const {
    if (ok()) abort_without_error();
    return *std::get_if<1>(&state_);
  }

  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T operator*() && { return std::move(value()); }
  T operator*() const&& = delete;
  const T* operator->() const& { return &value(); }
  T* operator->() & { return &value(); }
  T* operator->() && = delete;
  const T* operator->() const&& = delete;

 private:
  std::variant<T, Error> state_;
};

/// Success, or the error that prevented it. Reading the error of a success ends the program, as above.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  [[nodiscard]] const Error& error() const {
    if (ok()) abort_without_error();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

/// What a function returns that has no value to give: success or the error.
using Status = Result<void>;

}  // namespace tamis

#define TAMIS_CONCAT_INNER(a, b) a##b
#define TAMIS_CONCAT(a, b) TAMIS_CONCAT_INNER(a, b)

/// `TAMIS_ASSIGN(auto x, f());` declares or assigns x from a Result, or returns its error from this function.
#define TAMIS_ASSIGN(target, expression)                                                                 \
  auto TAMIS_CONCAT(tamis_result_, __LINE__) = (expression);                                             \
  if (!TAMIS_CONCAT(tamis_result_, __LINE__).ok()) return TAMIS_CONCAT(tamis_result_, __LINE__).error(); \
  target = std::move(TAMIS_CONCAT(tamis_result_, __LINE__)).value()

/// `TAMIS_TRY(f());` returns the error of a Status (or any Result) from this function, if it has one.
#define TAMIS_TRY(expression)                                                              \
  do {                                                                                     \
    if (auto tamis_status = (expression); !tamis_status.ok()) return tamis_status.error(); \
  } while (false)
