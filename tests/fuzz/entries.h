#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tamis::fuzz {

/// A parser of text that users, their programs or other tools hand to tamis.
struct Entry {
  const char* name;
  /// Parses anything; ends the process when what was read contradicts itself.
  void (*run)(std::string_view input);
  /// Inputs to begin with, from the data of the tests.
  std::vector<std::string> (*seeds)();
};

/// Every parser there is. Those who run them (fuzz_test, the libFuzzer targets, fuzz_seeds) iterate over this
/// table, so that a new one cannot be forgotten.
std::span<const Entry> entries();
/// The entry of this name; nullptr for an unknown one.
const Entry* find_entry(std::string_view name);

}  // namespace tamis::fuzz
