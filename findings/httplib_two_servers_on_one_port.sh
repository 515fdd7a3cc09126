#!/bin/sh
# cpp-httplib 0.11.4 (Debian 12: 0.11.4+ds-1+deb12u1): two servers listen on one port.
# Expected: the second one's bind_to_port fails, as the address is in use. Seen: it succeeds, because the library sets
# SO_REUSEPORT on every listening socket, and the kernel deals connections out to both: a client may reach a server that was
# started by mistake, or the one that it replaced. Server::set_socket_options with SO_REUSEADDR alone gives the error.
# Succeeds as long as that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && apt-get download --quiet libcpp-httplib-dev=0.11.4+ds-1+deb12u1 libcpp-httplib0.11=0.11.4+ds-1+deb12u1 >"$folder/apt.log" 2>&1 &&
  for package in ./*.deb; do dpkg-deb -x "$package" "$folder/root"; done)
cat >"$folder/ports.cpp" <<'END'
#define CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_ZLIB_SUPPORT
#define CPPHTTPLIB_BROTLI_SUPPORT
#include <cstdio>
#include <httplib.h>

static bool second_binds(bool reuse_address_alone) {
  httplib::Server first, second;
  if (reuse_address_alone)
    for (httplib::Server* server : {&first, &second})
      server->set_socket_options([](socket_t socket) {
        const int yes = 1;
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      });
  const int port = first.bind_to_any_port("127.0.0.1");
  return second.bind_to_port("127.0.0.1", port);
}

int main() {
  const bool usual = second_binds(false), alone = second_binds(true);
  std::printf("the second server binds: %s; with SO_REUSEADDR alone: %s\n", usual ? "yes" : "no", alone ? "yes" : "no");
  return usual && !alone ? 0 : 1;
}
END
library=$(dirname "$(find "$folder/root" -name 'libcpp-httplib.so*' | head -n 1)")
g++ -std=c++17 -isystem "$folder/root/usr/include" "$folder/ports.cpp" -o "$folder/ports" -L"$library" -lcpp-httplib -lpthread -Wl,-rpath,"$library"
"$folder/ports" || { echo "cpp-httplib behaves otherwise now"; exit 1; }
