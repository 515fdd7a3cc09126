#include "targets/gpu/runtime/cubin.h"

#include "tamis/random.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

namespace tamis::gpu {
namespace {

// ELF, as the System V ABI has it.
constexpr size_t kHeaderBytes = 64;
constexpr size_t kSectionBytes = 64;
constexpr size_t kSymbolBytes = 24;
constexpr uint32_t kSymbolTable = 2;
constexpr uint32_t kNoBits = 8;
constexpr uint32_t kNote = 7;
constexpr uint16_t kMachineCuda = 190;

// How an attribute of `.nv.info` has its value, and which are read.
constexpr uint8_t kSizedValue = 4;
constexpr uint8_t kMaxThreads = 0x05;
constexpr uint8_t kFrameSize = 0x11;
constexpr uint8_t kParameter = 0x17;
constexpr uint8_t kRegisterCount = 0x2f;
constexpr uint8_t kLargeParameter = 0x45;  // of kernels with one that kParameter's 14 bits cannot hold
constexpr uint8_t kBarrierCount = 0x4c;

/// What shared memory of a block the system takes itself from sm_90 on, which its section contains.
constexpr uint64_t kReservedShared = 1024;
/// The size of a parameter stands in the upper bits of a word.
constexpr unsigned kParameterSizeShift = 18;

struct Section {
  std::string_view name;
  uint32_t type = 0;
  uint64_t flags = 0;
  std::string_view content;  ///< empty where the file holds none of it
  uint64_t bytes = 0;        ///< in memory
  uint32_t link = 0;
  uint32_t info = 0;
};

/// Little-endian numbers out of bytes.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size(); }
  /// Nothing where they do not lie inside.
  std::optional<std::string_view> part(uint64_t begin, uint64_t count) const {
    if (begin > bytes_.size() || count > bytes_.size() - begin) return std::nullopt;
    return bytes_.substr(begin, count);
  }
  /// 0 where the number does not lie inside.
  template <class Number>
  Number at(uint64_t begin) const {
    Number number = 0;
    const auto found = part(begin, sizeof(Number));
    if (!found) return number;
    for (size_t i = sizeof(Number); i-- > 0;)
      number = static_cast<Number>((static_cast<uint64_t>(number) << 8U) |
                                   static_cast<unsigned char>((*found)[i]));
    return number;
  }
  /// The text that begins there and ends with a zero; nothing where it does not end.
  std::optional<std::string_view> text_at(uint64_t begin) const {
    if (begin >= bytes_.size()) return std::nullopt;
    const size_t end = bytes_.find('\0', begin);
    if (end == std::string_view::npos) return std::nullopt;
    return bytes_.substr(begin, end - begin);
  }

 private:
  std::string_view bytes_;
};

Error not_a_cubin(const std::string& why) { return corrupt("this is no cubin that can be read: " + why); }

Status check_header(const Bytes& file) {
  const auto magic = file.part(0, 6);
  if (file.size() < kHeaderBytes || !magic ||
      *magic != std::string_view("\x7f"
                                 "ELF\x02\x01",
                                 6))
    return not_a_cubin("it does not begin as a 64-bit ELF file does");
  if (file.at<uint16_t>(18) != kMachineCuda)
    return not_a_cubin(fmt::format("its machine is {}, not CUDA's {}", file.at<uint16_t>(18), kMachineCuda));
  if (file.at<uint16_t>(58) != kSectionBytes)
    return not_a_cubin(fmt::format("its sections have headers of {} bytes", file.at<uint16_t>(58)));
  return {};
}

/// The header of a section; `name_at` is where its name begins in the table of names.
Result<Section> read_section(const Bytes& file, uint64_t at, uint64_t number, uint32_t& name_at) {
  if (!file.part(at, kSectionBytes))
    return not_a_cubin(fmt::format("the header of section {} lies outside", number));
  name_at = file.at<uint32_t>(at);
  Section section;
  section.type = file.at<uint32_t>(at + 4);
  section.flags = file.at<uint64_t>(at + 8);
  section.bytes = file.at<uint64_t>(at + 32);
  section.link = file.at<uint32_t>(at + 40);
  section.info = file.at<uint32_t>(at + 44);
  if (section.type == 0 || section.type == kNoBits) return section;
  const auto content = file.part(file.at<uint64_t>(at + 24), section.bytes);
  if (!content) return not_a_cubin(fmt::format("section {} lies outside", number));
  section.content = *content;
  return section;
}

Result<std::vector<Section>> read_sections(const Bytes& file) {
  const auto begin = file.at<uint64_t>(40);
  const auto count = file.at<uint16_t>(60);
  const auto names = file.at<uint16_t>(62);
  std::vector<Section> sections;
  std::vector<uint32_t> name_at(count);
  for (uint64_t i = 0; i < count; ++i) {
    if (begin > file.size()) return not_a_cubin("the table of sections lies outside");
    TAMIS_ASSIGN(Section section, read_section(file, begin + i * kSectionBytes, i, name_at[i]));
    sections.push_back(section);
  }
  if (names >= sections.size()) return not_a_cubin("its sections have no names");
  const Bytes table(sections[names].content);
  for (size_t i = 0; i < sections.size(); ++i) {
    const auto name = table.text_at(name_at[i]);
    if (!name) return not_a_cubin(fmt::format("section {} has no name", i));
    sections[i].name = *name;
  }
  return sections;
}

/// The names of symbols by their numbers.
Result<std::vector<std::string_view>> read_symbols(const std::vector<Section>& sections) {
  std::vector<std::string_view> symbols;
  for (const Section& section : sections) {
    if (section.type != kSymbolTable) continue;
    if (section.link >= sections.size()) return not_a_cubin("its symbols have no names");
    const Bytes names(sections[section.link].content);
    const Bytes table(section.content);
    for (uint64_t at = 0; at + kSymbolBytes <= table.size(); at += kSymbolBytes)
      symbols.push_back(names.text_at(table.at<uint32_t>(at)).value_or(""));
  }
  return symbols;
}

/// An attribute of `.nv.info`: a number of 16 bits, or sized bytes.
struct Attribute {
  uint8_t number = 0;
  uint16_t value = 0;
  std::string_view content;
};

template <class Visit>
Status visit_attributes(const Section& section, const Visit& visit) {
  const Bytes bytes(section.content);
  for (uint64_t at = 0; at + 4 <= bytes.size();) {
    Attribute attribute;
    const auto format = bytes.at<uint8_t>(at);
    attribute.number = bytes.at<uint8_t>(at + 1);
    attribute.value = bytes.at<uint16_t>(at + 2);
    at += 4;
    if (format == kSizedValue) {
      const auto content = bytes.part(at, attribute.value);
      if (!content) return not_a_cubin(fmt::format("an attribute of {} lies outside", section.name));
      attribute.content = *content;
      at += attribute.value;
    }
    visit(attribute);
  }
  return {};
}

/// What follows a prefix; nothing where the text does not begin with it.
std::optional<std::string> behind(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix) || text.size() == prefix.size()) return std::nullopt;
  return std::string(text.substr(prefix.size()));
}

/// Registers and stack stand in one section for all kernels, by their symbols.
Status read_common(const Section& section, const std::vector<std::string_view>& symbols,
                   std::map<std::string, KernelFacts>& kernels) {
  return visit_attributes(section, [&](const Attribute& attribute) {
    const Bytes content(attribute.content);
    if (content.size() < 8) return;
    const auto symbol = content.at<uint32_t>(0);
    const auto value = content.at<uint32_t>(4);
    if (symbol >= symbols.size()) return;
    const auto kernel = kernels.find(std::string(symbols[symbol]));
    if (kernel == kernels.end()) return;
    if (attribute.number == kRegisterCount) kernel->second.registers = static_cast<int>(value & 0xffffU);
    if (attribute.number == kFrameSize) kernel->second.frame_bytes = value;
  });
}

void read_parameter(const Bytes& content, unsigned size_shift,
                    std::map<uint16_t, KernelParameter>& parameters) {
  if (content.size() < 12) return;
  parameters[content.at<uint16_t>(4)] = {content.at<uint16_t>(6), content.at<uint32_t>(8) >> size_shift};
}

Status read_own(const Section& section, KernelFacts& kernel) {
  std::map<uint16_t, KernelParameter> parameters;
  TAMIS_TRY(visit_attributes(section, [&](const Attribute& attribute) {
    const Bytes content(attribute.content);
    if (attribute.number == kParameter) read_parameter(content, kParameterSizeShift, parameters);
    if (attribute.number == kLargeParameter) read_parameter(content, 0, parameters);
    if (attribute.number == kBarrierCount && attribute.content.empty())
      kernel.barriers = attribute.value & 0xff;
    if (attribute.number == kMaxThreads && content.size() >= 12)
      kernel.most_threads = uint64_t{content.at<uint32_t>(0)} * std::max(content.at<uint32_t>(4), 1U) *
                            std::max(content.at<uint32_t>(8), 1U);
  }));
  for (const auto& [ordinal, parameter] : parameters) kernel.parameters.push_back(parameter);
  return {};
}

/// The architecture stands in the header's flags, in other bits before CUDA 13.
int architecture_of(const Bytes& file) {
  const auto flags = file.at<uint32_t>(48);
  constexpr uint8_t kOlderAbi = 7;
  const uint32_t number = file.at<uint8_t>(8) <= kOlderAbi ? flags & 0xffU : (flags >> 8U) & 0xffU;
  return static_cast<int>(number);
}

std::string digest_of(const std::vector<Section>& sections, int architecture) {
  std::string all = fmt::format("sm_{}\n", architecture);
  for (const Section& section : sections) {
    if (section.type == kNote || section.name.find("debug") != std::string_view::npos) continue;
    all += fmt::format("{} {} {} {}\n", section.name, section.type, section.flags, section.bytes);
    all += section.content;
  }
  return digest(all);
}

}  // namespace

Result<CubinFacts> read_cubin(std::string_view bytes) {
  const Bytes file(bytes);
  TAMIS_TRY(check_header(file));
  TAMIS_ASSIGN(const std::vector<Section> sections, read_sections(file));
  TAMIS_ASSIGN(const std::vector<std::string_view> symbols, read_symbols(sections));
  CubinFacts facts;
  facts.architecture = architecture_of(file);
  facts.code = digest_of(sections, facts.architecture);
  // A kernel is what has attributes of its own: a function that others call has only code.
  for (const Section& section : sections) {
    const auto name = behind(section.name, ".nv.info.");
    if (name) TAMIS_TRY(read_own(section, facts.kernels[*name]));
  }
  const uint64_t reserved = facts.architecture >= 90 ? kReservedShared : 0;
  for (const Section& section : sections) {
    if (section.name == ".nv.info") TAMIS_TRY(read_common(section, symbols, facts.kernels));
    if (const auto name = behind(section.name, ".text."); name && facts.kernels.contains(*name))
      facts.kernels[*name].code_bytes = section.bytes;
    if (const auto name = behind(section.name, ".nv.shared."); name && facts.kernels.contains(*name))
      facts.kernels[*name].shared_bytes = section.bytes - std::min(section.bytes, reserved);
  }
  return facts;
}

}  // namespace tamis::gpu
