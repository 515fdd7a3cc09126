#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamis {

/// Writes `[1.5,null,3]` into `text`, replacing what it held: the shortest digits that read back to the same
/// number, null for what is not finite. JSON, but much faster than a general writer, which matters for a
/// million trials.
void write_numbers(const std::vector<double>& numbers, std::string& text);
void write_numbers(const std::vector<uint32_t>& numbers, std::string& text);

/// Reads what write_numbers wrote, null as NaN. False when the text is anything else.
bool read_numbers(std::string_view text, std::vector<double>& numbers);
bool read_numbers(std::string_view text, std::vector<uint32_t>& numbers);

}  // namespace tamis
