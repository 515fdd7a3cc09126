#include "workload/one_row.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tamis {
namespace {

struct OneRowWord {
  std::string_view word;
  Operator op;
};

constexpr std::array kOneRowWords = {
    OneRowWord{"conv1d", Operator::conv2d},
    OneRowWord{"grouped_conv1d", Operator::grouped_conv2d},
    OneRowWord{"depthwise_conv1d", Operator::depthwise_conv2d},
    OneRowWord{"conv1d_transpose", Operator::conv2d_transpose},
};

/// Keys whose two axes are one, and what they are called of that one in two.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOneRowKeys = {{
    {"k", "kw"},
    {"stride", "stride_w"},
    {"pad", "pad_w"},
    {"dilation", "dilation_w"},
    {"output_pad", "output_pad_w"},
}};

constexpr std::array<std::string_view, 13> kKeysOfTwoAxes = {
    "h",       "kh",         "kw",         "stride_h",   "stride_w",     "pad_h",       "pad_w",
    "pad_top", "pad_bottom", "dilation_h", "dilation_w", "output_pad_h", "output_pad_w"};

}  // namespace

std::optional<OneRow> OneRow::find(std::string_view word) {
  for (const OneRowWord& known : kOneRowWords)
    if (known.word == word) return OneRow(known.word, known.op);
  return std::nullopt;
}

Result<std::string> OneRow::key(std::string_view key, bool same_padding) const {
  if (std::find(kKeysOfTwoAxes.begin(), kKeysOfTwoAxes.end(), key) != kKeysOfTwoAxes.end())
    return invalid_input(fmt::format(
        "{} has no key \"{}\"; its one axis has w, k, stride, pad (or pad_left and pad_right), {}", word_,
        key, op_ == Operator::conv2d_transpose ? "output_pad" : "dilation"));
  if (key == "pad" && same_padding) return std::string(key);
  for (const auto& [one, two] : kOneRowKeys)
    if (one == key) return std::string(two);
  return std::string(key);
}

Status OneRow::check_given(const std::vector<std::string>& keys) const {
  for (const std::string_view needed : {"ci", "w", "k"})
    if (std::find(keys.begin(), keys.end(), needed) == keys.end())
      return invalid_input(fmt::format("{} needs \"{}\"", word_, needed));
  return {};
}

}  // namespace tamis
