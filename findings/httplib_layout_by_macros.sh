#!/bin/sh
# cpp-httplib 0.11.4 (Debian 12: 0.11.4+ds-1+deb12u1), whose package has a library beside the header.
# Expected: a program that includes the header and links the library has the same classes as the library. Seen: the library is
# built with TLS, and a program that does not define CPPHTTPLIB_OPENSSL_SUPPORT gets httplib::Request and Server of other
# sizes; it links without a word. Only the package's pkg-config file names the macros. Succeeds as long as that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && apt-get download --quiet libcpp-httplib-dev=0.11.4+ds-1+deb12u1 >"$folder/apt.log" 2>&1 && dpkg-deb -x ./*.deb "$folder/root")
# A template that is declared only has the compiler say the size.
printf '#include <httplib.h>\ntemplate <int Size> struct Shown;\nShown<sizeof(httplib::Request)> shown;\n' >"$folder/shown.cpp"
size_with() {
  g++ -std=c++17 -fsyntax-only -isystem "$folder/root/usr/include" "$@" "$folder/shown.cpp" 2>&1 |
    sed -n 's/.*Shown<\([0-9]*\)>.*/\1/p' | head -n 1
}
file=$(find "$folder/root" -name cpp-httplib.pc)
grep -q CPPHTTPLIB_OPENSSL_SUPPORT "$file" || { echo "the pkg-config file names no macro now"; exit 1; }
plain=$(size_with)
as_built=$(size_with -DCPPHTTPLIB_OPENSSL_SUPPORT)
echo "a Request has $plain bytes by the header alone, and $as_built as the library is built"
[ "$plain" != "$as_built" ] || { echo "cpp-httplib behaves otherwise now"; exit 1; }
