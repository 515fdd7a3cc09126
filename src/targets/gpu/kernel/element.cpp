#include "targets/gpu/kernel/element.h"

#include "base/half.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

struct TypeRow {
  ElementType type;
  std::string_view name;
  std::string_view numpy;
};

constexpr std::array kTypeRows{
    TypeRow{ElementType::int8, "int8", "i1"},       TypeRow{ElementType::uint8, "uint8", "u1"},
    TypeRow{ElementType::int16, "int16", "i2"},     TypeRow{ElementType::uint16, "uint16", "u2"},
    TypeRow{ElementType::int32, "int32", "i4"},     TypeRow{ElementType::uint32, "uint32", "u4"},
    TypeRow{ElementType::int64, "int64", "i8"},     TypeRow{ElementType::uint64, "uint64", "u8"},
    TypeRow{ElementType::float16, "float16", "f2"}, TypeRow{ElementType::float32, "float32", "f4"},
    TypeRow{ElementType::float64, "float64", "f8"},
};

/// What OpenCL C, and CUDA's vectors, call them.
constexpr std::array kWords{
    TypeRow{ElementType::int8, "char", ""},      TypeRow{ElementType::uint8, "uchar", ""},
    TypeRow{ElementType::int16, "short", ""},    TypeRow{ElementType::uint16, "ushort", ""},
    TypeRow{ElementType::int32, "int", ""},      TypeRow{ElementType::uint32, "uint", ""},
    TypeRow{ElementType::int64, "long", ""},     TypeRow{ElementType::uint64, "ulong", ""},
    TypeRow{ElementType::float16, "half", ""},   TypeRow{ElementType::float32, "float", ""},
    TypeRow{ElementType::float64, "double", ""},
};

const TypeRow& row_of(ElementType type) {
  for (const TypeRow& row : kTypeRows)
    if (row.type == type) return row;
  return kTypeRows.front();
}

bool is_lanes(int64_t lanes) { return lanes == 2 || lanes == 3 || lanes == 4 || lanes == 8 || lanes == 16; }

/// A name and what follows it: `float32`, or `float` and `4`.
std::optional<ArgumentType> vector_type(std::string_view text) {
  const auto with_lanes = [&](const TypeRow& row, std::string_view rest) -> std::optional<ArgumentType> {
    const std::optional<int64_t> lanes = rest.empty() ? std::optional<int64_t>(1) : parse_integer(rest);
    if (!lanes || (!rest.empty() && !is_lanes(*lanes))) return std::nullopt;
    return ArgumentType{row.type, static_cast<int>(*lanes)};
  };
  for (const TypeRow& row : kTypeRows) {
    if (text == row.name) return ArgumentType{row.type, 1};
    if (text.starts_with(row.name) && text.substr(row.name.size()).starts_with('x'))
      return with_lanes(row, text.substr(row.name.size() + 1));
  }
  for (const TypeRow& row : kWords) {
    if (!text.starts_with(row.name)) continue;
    if (std::optional<ArgumentType> found = with_lanes(row, text.substr(row.name.size()))) return found;
  }
  return std::nullopt;
}

/// Calls `visit` with a value of the C++ type that holds an element; float16 has none.
template <class Visit>
auto visit_element(ElementType type, Visit&& visit) {
  switch (type) {
    case ElementType::int8:
      return visit(int8_t{});
    case ElementType::uint8:
      return visit(uint8_t{});
    case ElementType::int16:
      return visit(int16_t{});
    case ElementType::float16:
    case ElementType::uint16:
      return visit(uint16_t{});
    case ElementType::int32:
      return visit(int32_t{});
    case ElementType::uint32:
      return visit(uint32_t{});
    case ElementType::int64:
      return visit(int64_t{});
    case ElementType::uint64:
      return visit(uint64_t{});
    case ElementType::float32:
      break;
    case ElementType::float64:
      return visit(double{});
  }
  return visit(float{});
}

/// A real number that is whole and fits an integer type.
template <class T>
std::optional<T> whole_number(double number) {
  // The bounds are powers of two, which a double holds; the upper one is the first that does not fit.
  const double low = static_cast<double>(std::numeric_limits<T>::min());
  const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (!(number >= low && number < above) || number != std::floor(number)) return std::nullopt;
  return static_cast<T>(number);
}

bool store_real(double number, ElementType type, std::byte* to) {
  if (type == ElementType::float64) {
    std::memcpy(to, &number, sizeof number);
    return true;
  }
  const auto single = static_cast<float>(number);
  if (type == ElementType::float32) {
    std::memcpy(to, &single, sizeof single);
    return std::isfinite(single) || !std::isfinite(number);
  }
  const uint16_t half = float16_bits(single);
  std::memcpy(to, &half, sizeof half);
  return std::isfinite(float16_value(half)) || !std::isfinite(number);
}

/// What says nothing of an element's type.
constexpr std::array<std::string_view, 16> kQualifiers = {
    "const",      "volatile",  "restrict",   "__restrict", "__restrict__", "global",
    "__global",   "constant",  "__constant", "local",      "__local",      "signed",
    "__shared__", "__const__", "read_only",  "__read_only"};

/// C's words of a type as one: `unsigned char` is `uchar`.
std::string one_word_type(const std::vector<std::string>& words) {
  std::string type;
  bool without_sign = false;
  for (const std::string& word : words) {
    if (std::find(kQualifiers.begin(), kQualifiers.end(), word) != kQualifiers.end()) continue;
    if (word == "unsigned")
      without_sign = true;
    else if (word != "int" || type.empty())
      type += type == "long" && word == "long" ? "" : word;
  }
  if (type.empty() && without_sign) type = "int";
  return (without_sign ? "u" : "") + type;
}

}  // namespace

std::optional<ParameterType> type_of_parameter(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : std::string(text) + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')
      word += c;
    else if (!word.empty())
      words.push_back(std::exchange(word, {}));
  }
  const bool pointer = text.find_first_of("*[") != std::string_view::npos;
  if (words.size() < 2 || text.find_first_of("<&") != std::string_view::npos) return std::nullopt;
  words.pop_back();  // the name
  const std::optional<ArgumentType> type = vector_type(one_word_type(words));
  if (!type) return std::nullopt;
  return ParameterType{*type, pointer};
}

Result<ArgumentType> parse_type(std::string_view text, const std::string& place) {
  if (std::optional<ArgumentType> found = vector_type(text)) return *found;
  std::vector<std::string_view> known;
  known.reserve(std::size(kTypeRows) + std::size(kWords));
  for (const TypeRow& row : kTypeRows) known.push_back(row.name);
  for (const TypeRow& row : kWords) known.push_back(row.name);
  return invalid_input(
      fmt::format("{}: there is no type \"{}\"{}; vectors have 2, 3, 4, 8 or 16 lanes, as in "
                  "float32x4 or float4",
                  place, text, did_you_mean(text, known)));
}

std::string_view to_string(ElementType type) { return row_of(type).name; }

size_t element_size(ElementType type) {
  return visit_element(type, [](auto one) { return sizeof one; });
}

bool is_real(ElementType type) {
  return type == ElementType::float16 || type == ElementType::float32 || type == ElementType::float64;
}

std::string range_text(ElementType type) {
  if (type == ElementType::float16) return "up to 65504";
  return visit_element(type, [](auto one) {
    using Limits = std::numeric_limits<decltype(one)>;
    // A byte is a number here, not a letter.
    if constexpr (std::is_integral_v<decltype(one)>)
      return fmt::format("whole numbers from {} to {}", +Limits::min(), +Limits::max());
    else
      return fmt::format("up to {:.4g}", Limits::max());
  });
}

std::string_view npy_type(ElementType type) { return row_of(type).numpy; }

bool store(const KnobValue& value, ElementType type, std::byte* to) {
  const auto* integer = std::get_if<int64_t>(&value);
  const auto* real = std::get_if<double>(&value);
  if (integer == nullptr && real == nullptr) return false;
  if (is_real(type)) return store_real(real != nullptr ? *real : static_cast<double>(*integer), type, to);
  return visit_element(type, [&](auto one) {
    using T = decltype(one);
    if constexpr (std::is_integral_v<T>) {
      std::optional<T> whole;
      if (real != nullptr)
        whole = whole_number<T>(*real);
      else if (std::in_range<T>(*integer))
        whole = static_cast<T>(*integer);
      if (!whole) return false;
      std::memcpy(to, &*whole, sizeof(T));
      return true;
    } else {
      return false;
    }
  });
}

double load(ElementType type, const std::byte* from) {
  return visit_element(type, [&](auto one) {
    std::memcpy(&one, from, sizeof one);
    if (type == ElementType::float16) return static_cast<double>(float16_value(static_cast<uint16_t>(one)));
    return static_cast<double>(one);
  });
}

std::string element_text(ElementType type, const std::byte* from) {
  return visit_element(type, [&](auto one) {
    std::memcpy(&one, from, sizeof one);
    if (type == ElementType::float16) return fmt::format("{}", float16_value(static_cast<uint16_t>(one)));
    if constexpr (sizeof one == 1)
      return fmt::format("{}", static_cast<int>(one));
    else
      return fmt::format("{}", one);
  });
}

}  // namespace tamis::gpu
