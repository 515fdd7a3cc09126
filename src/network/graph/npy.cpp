#include "network/graph/npy.h"

#include "base/npy.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace tamis::network {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

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

}  // namespace

Result<Array> read_npy(std::string_view bytes, const std::string& origin) {
  TAMIS_ASSIGN(NpyFile file, read_npy_file(bytes, origin));
  const auto* described = std::find_if(kDescribed.begin(), kDescribed.end(),
                                       [&](const Described& one) { return one.word == file.type; });
  const std::shared_ptr<std::byte[]> owner(new std::byte[std::max<size_t>(file.elements.size(), 1)]);
  copy_row_major(file, owner.get());
  if (described->type == ElementType::boolean)
    for (size_t i = 0; i < file.elements.size(); ++i)
      owner[i] = owner[i] == std::byte{0} ? std::byte{0} : std::byte{1};
  return Array(described->type, std::move(file.shape), owner.get(), owner);
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
