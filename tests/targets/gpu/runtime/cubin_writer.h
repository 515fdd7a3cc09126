#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tamis::gpu::testing {

/// A kernel of a cubin that a test writes.
struct WrittenKernel {
  std::string name = "scale";
  uint32_t registers = 32;
  uint32_t frame_bytes = 0;
  uint32_t most_threads = 0;                     ///< 0: no launch bounds
  uint32_t shared_bytes = 0;                     ///< its own
  uint16_t barriers = 0;                         ///< 0: not said
  std::vector<uint32_t> parameters = {8, 8, 4};  ///< bytes of each
  std::string code = std::string(64, '\x11');
};

/// A cubin of the tests' own making: the sections that NVRTC 12.9 and 13.5 write and that tamis reads, with
/// code that no GPU could run.
class CubinWriter {
 public:
  int architecture = 90;
  bool older_abi = false;  ///< as before CUDA 13
  std::string note = {};   ///< what a note holds: the compiler's options
  std::vector<WrittenKernel> kernels = {WrittenKernel{}};

  std::string write() const {
    std::vector<Part> parts = {{}};
    std::string symbol_names(1, '\0');
    std::string symbols(24, '\0');
    for (const WrittenKernel& kernel : kernels) {
      std::string symbol;
      put(symbol, static_cast<uint32_t>(symbol_names.size()), 4);
      symbol.resize(24);
      symbols += symbol;
      symbol_names += kernel.name + '\0';
    }
    parts.push_back({".strtab", 3, symbol_names});
    parts.push_back({".symtab", 2, symbols, 1});
    if (!note.empty()) parts.push_back({".note.nv.tkinfo", 7, note});
    parts.push_back({".debug_frame", 1, "frame" + note});
    parts.push_back({".nv.info", 0x70000000, common_attributes()});
    for (const WrittenKernel& kernel : kernels) {
      parts.push_back({".nv.info." + kernel.name, 0x70000000, own_attributes(kernel)});
      parts.push_back({".text." + kernel.name, 1, kernel.code});
      const uint64_t reserved = architecture >= 90 ? 1024 : 0;
      parts.push_back({".nv.shared." + kernel.name, 8, {}, 0, kernel.shared_bytes + reserved});
    }
    return file_of(std::move(parts));
  }

 private:
  struct Part {
    std::string name = {};
    uint32_t type = 0;
    std::string content = {};
    uint32_t link = 0;
    uint64_t bytes = 0;  ///< where there is no content
  };

  static void put(std::string& to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) to += static_cast<char>(i < 8 ? value >> (8 * i) & 0xff : 0);
  }
  static void put_sized(std::string& to, int attribute, const std::vector<std::pair<uint64_t, int>>& values) {
    std::string content;
    for (const auto& [value, bytes] : values) put(content, value, bytes);
    put(to, 4, 1);
    put(to, static_cast<uint64_t>(attribute), 1);
    put(to, content.size(), 2);
    to += content;
  }

  std::string common_attributes() const {
    std::string all;
    for (uint32_t i = 0; i < kernels.size(); ++i) {
      put_sized(all, 0x2f, {{i + 1, 4}, {kernels[i].registers, 4}});
      put_sized(all, 0x11, {{i + 1, 4}, {kernels[i].frame_bytes, 4}});
    }
    return all;
  }

  static std::string own_attributes(const WrittenKernel& kernel) {
    std::string all;
    uint32_t end = 0;
    for (const uint32_t bytes : kernel.parameters) end += bytes;
    // The last parameter comes first, as NVRTC has them.
    for (size_t i = kernel.parameters.size(); i-- > 0;) {
      const uint32_t bytes = kernel.parameters[i];
      end -= bytes;
      const bool large = bytes >= 1U << 14U;
      put_sized(all, large ? 0x45 : 0x17,
                {{0, 4}, {i, 2}, {end, 2}, {large ? bytes : bytes << 18U | 0x1f000U, 4}});
    }
    if (kernel.barriers > 0) all += {'\x02', '\x4c', static_cast<char>(kernel.barriers), '\0'};
    if (kernel.most_threads > 0) put_sized(all, 0x05, {{kernel.most_threads, 4}, {1, 4}, {1, 4}});
    return all;
  }

  std::string file_of(std::vector<Part> parts) const {
    parts.push_back({".shstrtab", 3, {}});
    std::string names;
    std::vector<uint64_t> name_at;
    for (const Part& part : parts) {
      name_at.push_back(names.size());
      names += part.name + '\0';
    }
    parts.back().content = names;
    std::string body;
    std::string headers;
    for (size_t i = 0; i < parts.size(); ++i) {
      const Part& part = parts[i];
      put(headers, name_at[i], 4);
      put(headers, part.type, 4);
      put(headers, 0, 16);  // flags, address
      put(headers, 64 + body.size(), 8);
      put(headers, part.content.empty() ? part.bytes : part.content.size(), 8);
      put(headers, part.link, 4);
      put(headers, 0, 4 + 16);  // info, alignment, size of entries
      body += part.content;
    }
    std::string file(
        "\x7f"
        "ELF\x02\x01\x01",
        7);
    file += older_abi ? '\x33' : '\x41';
    file += older_abi ? '\x07' : '\x08';
    file.resize(16);
    put(file, 2, 2);
    put(file, 190, 2);
    put(file, 1, 4 + 8 + 8);  // version, entry, program headers
    put(file, 64 + body.size(), 8);
    put(file, older_abi ? architecture : architecture << 8, 4);
    put(file, 64, 2);
    put(file, 0, 4);
    put(file, 64, 2);
    put(file, parts.size(), 2);
    put(file, parts.size() - 1, 2);
    return file + body + headers;
  }
};

}  // namespace tamis::gpu::testing
