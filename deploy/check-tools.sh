#!/bin/sh
# Says in one line which tools are missing or too old. Usage: check-tools.sh [--rust]
# Rust and a C compiler count where the search module has to be built, or with --rust.
cd "$(dirname "$0")/.." || exit 1
missing=
need() { missing="${missing:+$missing; }$1"; }
have() { command -v "$1" >/dev/null 2>&1; }
# at_least VERSION MAJOR MINOR
at_least() {
  major=${1%%.*} rest=${1#*.}
  [ "$major" -gt "$2" ] || { [ "$major" -eq "$2" ] && [ "${rest%%.*}" -ge "$3" ]; }
}

if ! have node; then need 'node (install Node.js 20.19 or newer: https://nodejs.org)'
else
  version=$(node -p process.versions.node)
  at_least "$version" 20 19 || need "node is $version (install Node.js 20.19 or newer: https://nodejs.org)"
fi
have npm || need 'npm (comes with Node.js)'

must_build() {
  ls native/*.node >/dev/null 2>&1 && [ -f native/target/module.json ] || return 0
  [ -n "$(find native -path native/target -prune -o \( -name '*.rs' -o -name '*.toml' -o -name '*.lock' -o -name '*.mjs' \) -newer native/target/module.json -print)" ]
}

if [ "$1" = --rust ] || must_build; then
  if ! have cargo || ! have rustc; then need 'cargo (install Rust 1.88 or newer: https://rustup.rs)'
  else
    version=$(rustc --version | cut -d ' ' -f 2)
    at_least "$version" 1 88 || need "rustc is $version (install Rust 1.88 or newer: https://rustup.rs)"
  fi
  have cc || have gcc || have clang || need 'cc (install a C compiler: it links the search module)'
fi

[ -z "$missing" ] && exit 0
echo "missing: $missing" >&2
exit 1
