#include "log/numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace tamis {
namespace {

template <class Number>
void write(const std::vector<Number>& numbers, std::string& text) {
  text = "[";
  std::array<char, 32> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by to_chars
  for (const Number number : numbers) {
    if (text.size() > 1) text += ',';
    if (!std::isfinite(static_cast<double>(number))) {
      text += "null";
      continue;
    }
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    text.append(digits.data(), written.ptr);
  }
  text += ']';
}

const char* read_one(const char* begin, const char* end, double& number) {
  if (std::string_view(begin, static_cast<size_t>(end - begin)).starts_with("null")) {
    number = std::numeric_limits<double>::quiet_NaN();
    return begin + 4;
  }
  const auto [rest, code] = std::from_chars(begin, end, number);
  return code == std::errc() ? rest : nullptr;
}

const char* read_one(const char* begin, const char* end, uint32_t& number) {
  const auto [rest, code] = std::from_chars(begin, end, number);
  return code == std::errc() ? rest : nullptr;
}

template <class Number>
bool read(std::string_view text, std::vector<Number>& numbers) {
  numbers.clear();
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  const char* at = text.data() + 1;
  const char* end = text.data() + text.size() - 1;
  while (at != end) {
    Number number{};
    at = read_one(at, end, number);
    if (at == nullptr) return false;
    numbers.push_back(number);
    if (at == end) return true;
    if (*at++ != ',' || at == end) return false;
  }
  return true;
}

}  // namespace

void write_numbers(const std::vector<double>& numbers, std::string& text) { write(numbers, text); }
void write_numbers(const std::vector<uint32_t>& numbers, std::string& text) { write(numbers, text); }
bool read_numbers(std::string_view text, std::vector<double>& numbers) { return read(text, numbers); }
bool read_numbers(std::string_view text, std::vector<uint32_t>& numbers) { return read(text, numbers); }

}  // namespace tamis
