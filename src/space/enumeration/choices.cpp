#include "space/enumeration/choices.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tamis::enumeration {
namespace {

/// Whether looking up so many numbers is less work than looking at every value.
bool pays(double numbers, size_t values) { return numbers * 8 < static_cast<double>(values); }

}  // namespace

std::vector<uint32_t> Choices::admitted(const std::vector<ColumnRequirement>& requirements, uint64_t& work) {
  std::vector<uint32_t> choices;
  const ColumnRequirement* narrowest = nullptr;
  Part part{0, count_};
  for (const ColumnRequirement& one : requirements) {
    const Part own = within(sorted(*one.column), one.requirement);
    if (narrowest != nullptr && own.second - own.first >= part.second - part.first) continue;
    narrowest = &one;
    part = own;
  }
  if (narrowest == nullptr) {
    choices.resize(count_);
    std::iota(choices.begin(), choices.end(), 0U);
    return choices;
  }
  // What several formulas want of one column is looked up together.
  Requirement together = narrowest->requirement;
  for (const ColumnRequirement& one : requirements)
    if (one.column == narrowest->column) together.join(one.requirement);
  look_up(sorted(*narrowest->column), part, together, choices, work);
  std::erase_if(choices, [&](uint32_t choice) {
    return !std::all_of(requirements.begin(), requirements.end(), [&](const ColumnRequirement& one) {
      return one.requirement.admits(one.column->values[choice]);
    });
  });
  if (!std::is_sorted(choices.begin(), choices.end())) std::sort(choices.begin(), choices.end());
  return choices;
}

const Choices::Sorted& Choices::sorted(const expression::Column& column) {
  const auto [found, added] = sorted_.try_emplace(&column);
  Sorted& all = found->second;
  if (!added) return all;
  for (uint32_t choice = 0; choice < column.values.size(); ++choice) {
    const expression::Number& number = column.values[choice];
    all.entries.push_back({number, choice});
    all.whole = all.whole && !number.is_real && std::fabs(number.as_real()) < kExact;
  }
  std::stable_sort(all.entries.begin(), all.entries.end(), [](const Entry& a, const Entry& b) {
    return expression::compare(a.number, b.number) < 0;
  });
  return all;
}

Choices::Part Choices::within(const Sorted& sorted, const Requirement& requirement) {
  const auto begin =
      std::lower_bound(sorted.entries.begin(), sorted.entries.end(), requirement.low,
                       [](const Entry& entry, double low) { return entry.number.as_real() < low; });
  const auto end =
      std::upper_bound(begin, sorted.entries.end(), requirement.high,
                       [](double high, const Entry& entry) { return high < entry.number.as_real(); });
  return {static_cast<size_t>(begin - sorted.entries.begin()),
          static_cast<size_t>(end - sorted.entries.begin())};
}

void Choices::add_value(const Sorted& sorted, int64_t value, std::vector<uint32_t>& choices) {
  auto at = std::lower_bound(sorted.entries.begin(), sorted.entries.end(), value,
                             [](const Entry& entry, int64_t one) { return entry.number.whole < one; });
  for (; at != sorted.entries.end() && at->number.whole == value; ++at) choices.push_back(at->choice);
}

void Choices::look_up(const Sorted& sorted, Part part, const Requirement& requirement,
                      std::vector<uint32_t>& choices, uint64_t& work) {
  const auto [begin, end] = part;
  if (begin == end) return;
  const double low = sorted.entries[begin].number.as_real();
  const double high = sorted.entries[end - 1].number.as_real();
  const int64_t step = requirement.multiple_of;
  const int64_t divided = requirement.divisor_of;
  if (sorted.whole && pays((high - low) / static_cast<double>(step), end - begin)) {
    const auto first = static_cast<int64_t>(std::ceil(low / static_cast<double>(step)));
    const auto last = static_cast<int64_t>(std::floor(high / static_cast<double>(step)));
    for (int64_t i = first; i <= last; ++i) add_value(sorted, i * step, choices);
    work += static_cast<uint64_t>(std::max<int64_t>(last - first, 0)) + 1;
  } else if (sorted.whole && low > 0 && divided != 0 &&
             pays(std::sqrt(static_cast<double>(divided)), end - begin)) {
    for (int64_t i = 1; i * i <= divided; ++i) {
      ++work;
      if (divided % i != 0) continue;
      add_value(sorted, i, choices);
      if (i * i != divided) add_value(sorted, divided / i, choices);
    }
  } else {
    for (size_t i = begin; i < end; ++i) choices.push_back(sorted.entries[i].choice);
    work += end - begin;
  }
}

}  // namespace tamis::enumeration
