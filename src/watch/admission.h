#pragma once

#include "tamis/result.h"

#include <string>
#include <string_view>

namespace tamis::watch {

/// An address to listen at.
struct ListenAddress {
  std::string numeric;    ///< `127.0.0.1`, `::1`: without brackets
  bool loopback = false;  ///< only programs of this machine reach it
  bool any = false;       ///< all addresses of this machine: `0.0.0.0`, `::`
};

/// The address of a name or of an address as text. Of a name with several, the first of IPv4 counts. Errors:
/// invalid_input for a name that nobody knows.
Result<ListenAddress> resolve(const std::string& host);

/// Who may read what a server serves. A plain value.
class Admission {
 public:
  /// Without a token: whoever asks for this machine by a name or address of its own. A page of another site
  /// can have a browser ask a name that it makes lead here, and is refused by that name.
  static Admission of_this_machine(std::string host) { return {std::move(host), {}}; }
  /// With a token: whoever has it, by whatever name.
  static Admission with_token(std::string token) { return {{}, std::move(token)}; }

  /// What is wrong with a request, or nothing. `host`: its header, empty for none; `token`: that of its
  /// query.
  const char* refuse(std::string_view host, std::string_view token) const;
  const std::string& token() const { return token_; }

 private:
  Admission(std::string host, std::string token) : host_(std::move(host)), token_(std::move(token)) {}

  std::string host_;  ///< as the user named it
  std::string token_;
};

/// 128 random bits of the operating system, as 32 hexadecimal digits. Errors: io.
Result<std::string> random_token();

/// Whether two texts are the same, in a time that tells nothing but the length of the first.
bool same_secret(std::string_view known, std::string_view given);

}  // namespace tamis::watch
