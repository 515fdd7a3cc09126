#include "fleet/signing.h"

#include "base/file.h"

#include <array>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace tamis::fleet {
namespace {

constexpr size_t kLeastKeyBytes = 32;

std::string in_hexadecimal(const unsigned char* bytes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<Key> Key::load(const std::string& path) {
  Key key;
  if (path.empty()) return key;
  TAMIS_ASSIGN(key.bytes_, read_file(path));
  while (!key.bytes_.empty() && std::string_view(" \t\r\n").find(key.bytes_.back()) != std::string_view::npos)
    key.bytes_.pop_back();
  if (key.bytes_.size() < kLeastKeyBytes)
    return invalid_input(fmt::format(
        "the fleet's key in {} has {} bytes; it needs at least {}: make one with `openssl rand -hex 32`",
        path, key.bytes_.size(), kLeastKeyBytes));
  return key;
}

std::string Key::sign(std::string_view text) const {
  if (!present()) return {};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()), bytes_of(text), text.size(),
       digest.data(), &size);
  return in_hexadecimal(digest.data(), size);
}

bool Key::is_signature(std::string_view text, std::string_view signature) const {
  if (!present()) return true;
  const std::string expected = sign(text);
  return expected.size() == signature.size() &&
         CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

std::string digest_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return in_hexadecimal(digest.data(), size);
}

}  // namespace tamis::fleet
