#include "base/json.h"
#include "tamis/space.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis {
namespace {

/// Appends every way to write `extent` as `parts` factors with the last factor ascending slowest-last, as
/// AutoTVM does.
void append_splits(int64_t extent, int parts, std::vector<int64_t>& inner, std::vector<KnobValue>& out) {
  if (parts == 1) {
    std::vector<int64_t> factors = {extent};
    factors.insert(factors.end(), inner.rbegin(), inner.rend());
    out.emplace_back(std::move(factors));
    return;
  }
  for (int64_t factor = 1; factor <= extent; ++factor) {
    if (extent % factor != 0) continue;
    inner.push_back(factor);
    append_splits(extent / factor, parts - 1, inner, out);
    inner.pop_back();
  }
}

}  // namespace

Knob number_knob(std::string name, std::vector<int64_t> values) {
  return {std::move(name), KnobKind::number, {values.begin(), values.end()}};
}

Knob name_knob(std::string name, std::vector<std::string> values) {
  return {std::move(name), KnobKind::name, {values.begin(), values.end()}};
}

Knob split_knob(std::string name, int64_t extent, int parts) {
  Knob knob{std::move(name), KnobKind::split, {}};
  std::vector<int64_t> inner;
  append_splits(extent, parts, inner, knob.values);
  return knob;
}

std::string to_string(const KnobValue& value) {
  struct Writer {
    std::string operator()(int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(const std::string& name) const { return name; }
    std::string operator()(const std::vector<int64_t>& factors) const {
      return fmt::format("[{}]", fmt::join(factors, ", "));
    }
  };
  return std::visit(Writer{}, value);
}

std::string to_short_string(const KnobValue& value) {
  const auto* factors = std::get_if<std::vector<int64_t>>(&value);
  if (factors == nullptr) return to_string(value);
  return fmt::format("{}", fmt::join(factors->begin() + (factors->empty() ? 0 : 1), factors->end(), "x"));
}

Json to_json(const KnobValue& value) {
  return std::visit([](const auto& plain) { return Json(plain); }, value);
}

double scalar(const KnobValue& value) {
  struct Reader {
    double operator()(int64_t number) const { return static_cast<double>(number); }
    double operator()(double number) const { return number; }
    double operator()(const std::string&) const { return 0.0; }
    double operator()(const std::vector<int64_t>& factors) const {
      return factors.empty() ? 0.0 : static_cast<double>(factors.back());
    }
  };
  return std::visit(Reader{}, value);
}

}  // namespace tamis
