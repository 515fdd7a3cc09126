#!/bin/sh
# cpp-httplib 0.11.4 (Debian 12: 0.11.4+ds-1+deb12u1), built with Brotli as Debian builds it: a client that accepts br asks for
# 4 MB of JSON.
# Expected: an answer about as soon as for a client that accepts gzip. Seen: the library compresses with Brotli's highest
# quality, at each request anew, which takes some twenty times as long, and no option of the server turns it off. Succeeds as
# long as br takes more than five times as long as gzip.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && apt-get download --quiet libcpp-httplib-dev=0.11.4+ds-1+deb12u1 libcpp-httplib0.11=0.11.4+ds-1+deb12u1 >"$folder/apt.log" 2>&1 &&
  for package in ./*.deb; do dpkg-deb -x "$package" "$folder/root"; done)
cat >"$folder/answers.cpp" <<'END'
#define CPPHTTPLIB_OPENSSL_SUPPORT
#define CPPHTTPLIB_ZLIB_SUPPORT
#define CPPHTTPLIB_BROTLI_SUPPORT
#include <chrono>
#include <cstdio>
#include <httplib.h>
#include <random>
#include <string>
#include <thread>

static double seconds(int port, const char* encoding, size_t size) {
  httplib::Client client("127.0.0.1", port);
  client.set_read_timeout(120);
  client.set_decompress(false);
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = client.Get("/", {{"Accept-Encoding", encoding}});
  const double taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%s: %.2f s, %zu of %zu bytes\n", encoding, taken, answer ? answer->body.size() : 0, size);
  return taken;
}

int main() {
  std::mt19937 random(1);
  std::string json = "[0";
  while (json.size() < 4'000'000) json += "," + std::to_string(random() % 100000);
  json += "]";
  httplib::Server server;
  server.Get("/", [&](const httplib::Request&, httplib::Response& answer) { answer.set_content(json, "application/json"); });
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread listener([&] { server.listen_after_bind(); });
  const double gzip = seconds(port, "gzip", json.size()), brotli = seconds(port, "br", json.size());
  server.stop();
  listener.join();
  return brotli > 5 * gzip ? 0 : 1;
}
END
library=$(dirname "$(find "$folder/root" -name 'libcpp-httplib.so*' | head -n 1)")
g++ -std=c++17 -O1 -isystem "$folder/root/usr/include" "$folder/answers.cpp" -o "$folder/answers" -L"$library" -lcpp-httplib -lpthread -Wl,-rpath,"$library"
"$folder/answers" || { echo "cpp-httplib behaves otherwise now"; exit 1; }
