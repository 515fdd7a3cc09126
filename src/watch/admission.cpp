#include "watch/admission.h"

#include "base/text.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/random.h>

namespace tamis::watch {
namespace {

using Addresses = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

bool is_loopback(const in_addr& address) { return ntohl(address.s_addr) >> 24 == 127; }

ListenAddress describe(const addrinfo& found) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ListenAddress address;
  if (found.ai_family == AF_INET) {
    const in_addr& ip = reinterpret_cast<const sockaddr_in*>(found.ai_addr)->sin_addr;
    address.loopback = is_loopback(ip);
    address.any = ip.s_addr == htonl(INADDR_ANY);
    ::inet_ntop(AF_INET, &ip, text.data(), text.size());
  } else {
    const in6_addr& ip = reinterpret_cast<const sockaddr_in6*>(found.ai_addr)->sin6_addr;
    address.loopback = IN6_IS_ADDR_LOOPBACK(&ip) != 0;
    address.any = IN6_IS_ADDR_UNSPECIFIED(&ip) != 0;
    ::inet_ntop(AF_INET6, &ip, text.data(), text.size());
  }
  address.numeric = text.data();
  return address;
}

/// `localhost:8000` without its port, `[::1]:8000` without that and the brackets.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(1, end - 1);
  }
  return host.substr(0, host.rfind(':'));
}

bool names_this_machine(const std::string& name) {
  if (name == "localhost" || name == "::1") return true;
  in_addr ip{};
  return ::inet_pton(AF_INET, name.c_str(), &ip) == 1 && is_loopback(ip);
}

}  // namespace

Result<ListenAddress> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  const Addresses found(list, &::freeaddrinfo);
  const addrinfo* chosen = nullptr;
  for (const addrinfo* one = found.get(); code == 0 && one != nullptr; one = one->ai_next) {
    if (one->ai_family != AF_INET && one->ai_family != AF_INET6) continue;
    if (chosen == nullptr || (chosen->ai_family == AF_INET6 && one->ai_family == AF_INET)) chosen = one;
  }
  if (chosen == nullptr)
    return invalid_input(
        fmt::format("there is no address \"{}\" to listen at ({}); give one of this machine, "
                    "or leave it out for 127.0.0.1",
                    host, code == 0 ? "not an internet address" : ::gai_strerror(code)));
  return describe(*chosen);
}

const char* Admission::refuse(std::string_view host, std::string_view token) const {
  if (!token_.empty())
    return same_secret(token_, token)
               ? nullptr
               : "the address lacks the right token; use the one that tamis watch printed";
  const std::string name = in_small_letters(without_port(host));
  if (names_this_machine(name) || (!name.empty() && name == in_small_letters(host_))) return nullptr;
  return "tamis watch answers only to localhost and the address that it listens at";
}

Result<std::string> random_token() {
  std::array<uint8_t, 16> bytes{};
  if (::getentropy(bytes.data(), bytes.size()) != 0)
    return io_error(
        fmt::format("the operating system gave no random bits for a token: {}", std::strerror(errno)));
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

bool same_secret(std::string_view known, std::string_view given) {
  // Volatile, so that no compiler ends the loop where the outcome is known.
  volatile uint8_t different = known.size() == given.size() ? 0 : 1;
  for (size_t i = 0; i < known.size(); ++i) {
    const auto other = static_cast<uint8_t>(given.empty() ? 0 : given[i % given.size()]);
    different = different | (static_cast<uint8_t>(known[i]) ^ other);
  }
  return different == 0;
}

}  // namespace tamis::watch
