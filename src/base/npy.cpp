#include "base/npy.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tamis {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
/// NumPy itself refuses longer headers.
constexpr size_t kMostHeader = 65536;
constexpr int64_t kMostElements = int64_t{1} << 40;
constexpr std::array<std::string_view, 12> kTypes = {"f4", "f8", "f2", "i1", "u1", "i2",
                                                     "u2", "i4", "u4", "i8", "u8", "b1"};

/// What stands between `'name':` and the end of the value: a text in quotes, a word, or what is in brackets.
std::optional<std::string_view> header_member(std::string_view header, std::string_view name) {
  size_t at = header.find("'" + std::string(name) + "'");
  if (at == std::string_view::npos) return std::nullopt;
  at = header.find(':', at);
  if (at == std::string_view::npos) return std::nullopt;
  at = header.find_first_not_of(' ', at + 1);
  if (at == std::string_view::npos) return std::nullopt;
  const char opens = header[at];
  const size_t begin = opens == '\'' || opens == '(' ? at + 1 : at;
  const size_t end =
      opens == '\'' ? header.find('\'', begin) : header.find_first_of(opens == '(' ? ")" : ",}", begin);
  if (end == std::string_view::npos) return std::nullopt;
  return header.substr(begin, end - begin);
}

std::optional<std::vector<int64_t>> read_sizes(std::string_view text) {
  std::vector<int64_t> shape;
  for (const std::string& part : split_text(text, ',')) {
    const size_t begin = part.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    const auto size = parse_integer(part.substr(begin, part.find_last_not_of(' ') - begin + 1));
    if (!size || *size < 0) return std::nullopt;
    shape.push_back(*size);
  }
  return shape;
}

/// The product of the sizes; nothing where it is more than any file holds.
std::optional<int64_t> count_elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size > 0 && count > kMostElements / size) return std::nullopt;
    count *= size;
  }
  return count;
}

Result<NpyFile> read_npy_header(std::string_view text, const std::string& origin) {
  const auto type = header_member(text, "descr");
  const auto fortran = header_member(text, "fortran_order");
  const auto shape = header_member(text, "shape");
  auto sizes = shape ? read_sizes(*shape) : std::nullopt;
  if (!type || !fortran || !sizes || !count_elements(*sizes))
    return corrupt(origin + ": the header of this .npy file is damaged");
  const bool ordered = !type->empty() && (type->front() == '<' || type->front() == '|');
  const std::string_view word = ordered ? type->substr(1) : std::string_view();
  if (std::find(kTypes.begin(), kTypes.end(), word) == kTypes.end())
    return unsupported(origin + ": elements of NumPy's type \"" + std::string(*type) +
                       "\" are not read; store numbers of up to 64 bits, little-endian");
  return NpyFile{.type = std::string(word),
                 .element_bytes = static_cast<size_t>(word.back() - '0'),
                 .shape = std::move(*sizes),
                 .fortran = *fortran == "True",
                 .elements = {}};
}

/// The length of the header and where it begins, by the version of the format.
std::optional<std::pair<size_t, size_t>> header_place(std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3) return std::nullopt;
  const size_t begin = version == 1 ? 10 : 12;
  const size_t length =
      version == 1 ? byte(8) | byte(9) << 8U : byte(8) | byte(9) << 8U | byte(10) << 16U | byte(11) << 24U;
  if (length > kMostHeader || begin + length > bytes.size()) return std::nullopt;
  return std::pair(begin, length);
}

}  // namespace

Result<NpyFile> read_npy_file(std::string_view bytes, const std::string& origin) {
  const auto place = header_place(bytes);
  if (!place) return corrupt(origin + ": this is no .npy file of NumPy, or it is cut off");
  TAMIS_ASSIGN(NpyFile file, read_npy_header(bytes.substr(place->first, place->second), origin));
  file.elements = bytes.substr(place->first + place->second);
  const auto count = static_cast<size_t>(*count_elements(file.shape));
  if (file.elements.size() != count * file.element_bytes)
    return corrupt(fmt::format("{}: {} elements of the type {} take {}, and the file holds {}", origin,
                               file.shape.empty() ? "scalar" : fmt::format("{}", fmt::join(file.shape, "x")),
                               file.type, counted(count * file.element_bytes, "byte"), file.elements.size()));
  return file;
}

void copy_row_major(const NpyFile& file, std::byte* to) {
  const std::string_view from = file.elements;
  if (!file.fortran) {
    if (!from.empty()) std::memcpy(to, from.data(), from.size());
    return;
  }
  std::vector<size_t> steps(file.shape.size(), 1);
  for (size_t i = steps.size(); i-- > 1;) steps[i - 1] = steps[i] * static_cast<size_t>(file.shape[i]);
  std::vector<int64_t> index(file.shape.size(), 0);
  for (size_t element = 0; element * file.element_bytes < from.size(); ++element) {
    size_t place = 0;
    for (size_t i = 0; i < index.size(); ++i) place += static_cast<size_t>(index[i]) * steps[i];
    std::memcpy(to + place * file.element_bytes, from.data() + element * file.element_bytes,
                file.element_bytes);
    for (size_t i = 0; i < index.size() && ++index[i] == file.shape[i]; ++i) index[i] = 0;
  }
}

}  // namespace tamis
