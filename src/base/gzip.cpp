#include "base/gzip.h"

#include <limits>

#include <fmt/format.h>
#include <zlib.h>

namespace tamis {

bool is_gzip(std::string_view bytes) { return bytes.size() > 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b'; }

Result<std::string> gunzip(std::string_view packed, const std::string& origin, uint64_t most) {
  if (packed.size() > std::numeric_limits<uInt>::max())
    return corrupt(origin + ": more than 4 GiB of gzip data, refused");
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return io_error(origin + ": cannot start gzip decompression");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::string chunk(1 << 18, '\0');
  int code = Z_OK;
  while (code == Z_OK && out.size() <= most) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
    if (code == Z_STREAM_END && stream.avail_in > 0) code = inflateReset(&stream);  // concatenated members
  }
  inflateEnd(&stream);
  if (out.size() > most)
    return corrupt(fmt::format("{}: unpacks to more than {} MiB, refused", origin, most >> 20));
  if (code == Z_STREAM_END) return out;
  return corrupt(fmt::format("{}: the gzip data is damaged or truncated", origin));
}

Result<std::string> gzip(std::string_view content, const std::string& origin) {
  if (content.size() > std::numeric_limits<uInt>::max())
    return unsupported(origin + ": cannot gzip more than 4 GiB");
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return io_error(origin + ": cannot start gzip compression");
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return io_error(origin + ": gzip compression failed");
  return out;
}

}  // namespace tamis
