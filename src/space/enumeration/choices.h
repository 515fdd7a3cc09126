#pragma once

#include "space/enumeration/requirement.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tamis::enumeration {

/// Finds the choices of one knob whose values meet requirements, without looking at all of them: the values
/// of its columns are kept sorted. Not thread safe.
class Choices {
 public:
  /// `count` is the number of values that the knob has.
  explicit Choices(size_t count) : count_(count) {}

  /// The choices that every requirement admits, ascending. `work` is raised by about how much had to be
  /// looked at.
  std::vector<uint32_t> admitted(const std::vector<ColumnRequirement>& requirements, uint64_t& work);

 private:
  struct Entry {
    expression::Number number;
    uint32_t choice;
  };
  struct Sorted {
    std::vector<Entry> entries;  ///< ascending
    bool whole = true;           ///< all are exact as doubles too
  };
  using Part = std::pair<size_t, size_t>;  ///< of a sorted column, the end excluded

  const Sorted& sorted(const expression::Column& column);
  static Part within(const Sorted& sorted, const Requirement& requirement);
  static void look_up(const Sorted& sorted, Part part, const Requirement& requirement,
                      std::vector<uint32_t>& choices, uint64_t& work);
  static void add_value(const Sorted& sorted, int64_t value, std::vector<uint32_t>& choices);

  size_t count_;
  std::map<const expression::Column*, Sorted> sorted_;
};

}  // namespace tamis::enumeration
