#pragma once

#include "network/deploy/loaded_library.h"
#include "tamis/json_fwd.h"
#include "tamis/result.h"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tamis::cli {

/// How a library is compared with onnxruntime.
struct CheckOptions {
  std::string model;               ///< the ONNX file that it was made from
  std::string python = "python3";  ///< a Python that has onnxruntime and numpy
  network::NamedArrays inputs;     ///< those that are not given are filled with sample numbers
  double tolerance = 1e-4;         ///< of the largest number of an output
  std::stop_token stop = {};       ///< ends the process of Python's, and so the check with an error
};

/// What is allowed by default of a model of float16 or bfloat16: dozens of roundings, each of up to 2^-11.
inline constexpr double kToleranceOfHalves = 1e-2;

/// How far two arrays are apart: the largest difference in units of the largest number of the second, of
/// whole numbers and booleans whether any differs (1) or none (0). A number that is none in one only counts
/// as infinity.
double difference_of(const network::Array& given, const network::Array& expected);

/// What came of one output.
struct CheckedOutput {
  std::string name;
  double from_plain = 0;      ///< from onnxruntime without its optimisations
  double from_optimised = 0;  ///< from onnxruntime with all of them
  double peer = 0;            ///< onnxruntime with them from itself without
  bool fractions = true;      ///< whole numbers and booleans have no distances
  /// How far it may be from onnxruntime without its optimisations: `tolerance`, or where onnxruntime differs
  /// from itself by more, which rounding that the network amplifies does, that much. Nothing where that has
  /// no measure: it is infinite, or of whole numbers.
  [[nodiscard]] std::optional<double> bound(double tolerance) const;
  /// Whether it is within the bound; without one, within `tolerance` of either level of onnxruntime.
  [[nodiscard]] bool holds(double tolerance) const;
};

struct CheckReport {
  std::string onnxruntime;  ///< its version
  std::vector<CheckedOutput> outputs;
  double tolerance = 0;
  /// Whether every output holds. What differs from the optimised one only is onnxruntime's doing.
  [[nodiscard]] bool passed() const;
};

/// Runs a library and onnxruntime on the same inputs, in a process of Python's. Errors: invalid_input where
/// Python or onnxruntime is not there or does not load the model, with what it says; io; as LoadedLibrary.
Result<CheckReport> check_library(network::LoadedLibrary& library, const CheckOptions& options);

/// The differences and the bound of each output, and a last line that says which bounds were taken.
std::string draw_check(const CheckReport& report);
Json check_json(const CheckReport& report);

}  // namespace tamis::cli
