#include "network/graph/npy.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace tamis::network {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
/// NumPy itself refuses longer headers.
constexpr size_t kMostHeader = 65536;

struct Described {
  std::string_view word;  ///< of NumPy, without the order of bytes
  ElementType type;
};

constexpr std::array kDescribed{
    Described{"f4", ElementType::float32}, Described{"f8", ElementType::float64},
    Described{"f2", ElementType::float16}, Described{"i1", ElementType::int8},
    Described{"u1", ElementType::uint8},   Described{"i2", ElementType::int16},
    Described{"u2", ElementType::uint16},  Described{"i4", ElementType::int32},
    Described{"u4", ElementType::uint32},  Described{"i8", ElementType::int64},
    Described{"u8", ElementType::uint64},  Described{"b1", ElementType::boolean},
};

struct Header {
  ElementType type = ElementType::float32;
  bool fortran = false;
  Shape shape;
};

/// What stands between `'name':` and the end of the value: a text in quotes, a word, or what is in brackets.
std::optional<std::string_view> member(std::string_view header, std::string_view name) {
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

Result<ElementType> described(std::string_view word, const std::string& origin) {
  if (!word.empty() && (word[0] == '<' || word[0] == '|'))
    for (const Described& one : kDescribed)
      if (one.word == word.substr(1)) return one.type;
  return unsupported(origin + ": elements of NumPy's type \"" + std::string(word) +
                     "\" are not read; store numbers of up to 64 bits, little-endian");
}

std::optional<Shape> sizes(std::string_view text) {
  Shape shape;
  for (const std::string& part : split_text(text, ',')) {
    const size_t begin = part.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    const auto size = parse_integer(part.substr(begin, part.find_last_not_of(' ') - begin + 1));
    if (!size || *size < 0) return std::nullopt;
    shape.push_back(*size);
  }
  return shape;
}

Result<Header> read_header(std::string_view text, const std::string& origin) {
  const auto type = member(text, "descr");
  const auto fortran = member(text, "fortran_order");
  const auto shape = member(text, "shape");
  const auto read = shape ? sizes(*shape) : std::nullopt;
  if (!type || !fortran || !read || !element_count(*read))
    return corrupt(origin + ": the header of this .npy file is damaged");
  Header header{.type = ElementType::float32, .fortran = *fortran == "True", .shape = *read};
  TAMIS_ASSIGN(header.type, described(*type, origin));
  return header;
}

/// Elements of `size` bytes from Fortran's order, the first index fastest, to C's.
void reorder(std::string_view from, const Shape& shape, size_t size, std::byte* to) {
  std::vector<int64_t> index(shape.size(), 0);
  const std::vector<int64_t> steps = row_major_steps(shape);
  for (size_t element = 0; element * size < from.size(); ++element) {
    size_t place = 0;
    for (size_t i = 0; i < shape.size(); ++i) place += static_cast<size_t>(index[i] * steps[i]);
    std::memcpy(to + place * size, from.data() + element * size, size);
    for (size_t i = 0; i < shape.size() && ++index[i] == shape[i]; ++i) index[i] = 0;
  }
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

Result<Array> read_npy(std::string_view bytes, const std::string& origin) {
  const auto place = header_place(bytes);
  if (!place) return corrupt(origin + ": this is no .npy file of NumPy, or it is cut off");
  TAMIS_ASSIGN(Header header, read_header(bytes.substr(place->first, place->second), origin));
  const std::string_view elements = bytes.substr(place->first + place->second);
  const size_t size = element_size(header.type);
  const auto count = static_cast<size_t>(*element_count(header.shape));
  if (elements.size() != count * size)
    return corrupt(origin + ": " + to_string(header.shape) + " elements of " +
                   std::string(to_string(header.type)) + " take " + counted(count * size, "byte") +
                   ", and the file holds " + std::to_string(elements.size()));
  const std::shared_ptr<std::byte[]> owner(new std::byte[std::max<size_t>(elements.size(), 1)]);
  if (header.fortran)
    reorder(elements, header.shape, size, owner.get());
  else
    std::memcpy(owner.get(), elements.data(), elements.size());
  if (header.type == ElementType::boolean)
    for (size_t i = 0; i < count; ++i) owner[i] = owner[i] == std::byte{0} ? std::byte{0} : std::byte{1};
  return Array(header.type, std::move(header.shape), owner.get(), owner);
}

Result<std::string> to_npy(const Array& array) {
  const auto* described = std::find_if(kDescribed.begin(), kDescribed.end(),
                                       [&](const Described& one) { return one.type == array.type(); });
  if (described == kDescribed.end())
    return unsupported("NumPy has no " + std::string(to_string(array.type())) +
                       ", so there is no .npy file of it");
  std::string header = "{'descr': '";
  header += (element_size(array.type()) == 1 ? "|" : "<") + std::string(described->word);
  header += "', 'fortran_order': False, 'shape': (";
  for (const int64_t size : array.shape()) header += std::to_string(size) + ", ";
  if (array.shape().size() > 1)
    header.resize(header.size() - 2);
  else if (array.shape().size() == 1)
    header.resize(header.size() - 1);
  header += "), }";
  // The elements begin at a multiple of 64 bytes.
  header.append(63 - (kMagic.size() + 4 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xFFU), static_cast<char>(header.size() >> 8U)};
  bytes += header;
  const auto elements = array.bytes();
  bytes.append(reinterpret_cast<const char*>(elements.data()), elements.size());
  return bytes;
}

}  // namespace tamis::network
