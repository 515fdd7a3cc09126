#pragma once

#include "network/graph/array.h"
#include "tamis/result.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

namespace tamis::cli {

/// `--input NAME=x.npy` and `--output NAME=y.npy`, for commands that compute what a network gives.
struct NamedFileArguments {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  void add_to(CLI::App& app);
};

/// Arrays by the name of their input.
using NamedArrays = std::map<std::string, network::Array, std::less<>>;

/// The arrays of `--input`. `known` has the names of all inputs; where there is only one, it may be left out.
/// Errors: invalid_input for a name of no input, and one that is given twice; as read_file and read_npy.
Result<NamedArrays> read_inputs(const std::vector<std::string>& texts,
                                const std::vector<std::string_view>& known);

/// Writes the files of `--output`. `values` has one array for each of the outputs in `known`. Errors:
/// invalid_input likewise, and for a file that is named twice; as to_npy and write_file.
Status write_outputs(const std::vector<std::string>& texts, const std::vector<std::string_view>& known,
                     const std::vector<network::Array>& values);

}  // namespace tamis::cli
