#!/usr/bin/env bash
# Makes present the linters and the Go peer that judge our certificates, and prints where they are,
# as key=value lines: pkilint (a folder for PYTHONPATH), zlint and peer (programs).
#
# What is built is kept outside the work tree, in ${MESHSEAL_CACHE:-~/.cache/meshseal}/linters, in
# folders named by the hash of what they are built from; a second call finds them there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly cache="${MESHSEAL_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or MESHSEAL_CACHE}/.cache}/meshseal}/linters"

say() { printf 'linters: %s\n' "$*" >&2; }
die() { say "$*"; exit 3; }

# build NAME KEY FUNCTION ARGS…: the folder of a component, made by FUNCTION FOLDER ARGS… if absent,
# and renamed only when it is whole. Of several calls at once one builds and the others wait.
build() {
  local name="$1" folder="$cache/$1-$2" make="$3" work
  shift 3
  if [[ ! -d "$folder" ]]; then
    mkdir -p "$cache"
    exec 9>"$folder.lock"
    flock 9
    if [[ ! -d "$folder" ]]; then
      local begun=$SECONDS
      work="$(mktemp -d "$folder.XXXXXX")"
      # shellcheck disable=SC2064 # the folder of now
      trap "rm -rf '$work'" EXIT
      "$make" "$work" "$@"
      mv -T "$work" "$folder"
      trap - EXIT
      say "$name: done in $((SECONDS - begun)) s"
    fi
    exec 9>&-
  fi
  printf '%s\n' "$folder"
}

make_pkilint() {
  say "pkilint: installing it and the 13 packages it needs, under a minute"
  python3 -m venv "$1/venv" >&2 || die "python3 -m venv failed; install it (Debian, Ubuntu: apt install python3-venv)"
  PIP_REQUIRE_VIRTUALENV=0 PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    "$1/venv/bin/python" -m pip install --quiet --require-hashes --no-deps --only-binary :all: \
    --target "$1/site" --requirement linters-requirements.txt >&2 \
    || die "pip could not install linters-requirements.txt; what it said is above"
  rm -rf "$1/venv"
}

make_go() {
  say "$(basename "$2"): building it with Go, about a minute"
  (cd "$2" && CGO_ENABLED=0 nice go build -mod=readonly -trimpath -buildvcs=false -o "$1/$3" "$4") >&2 \
    || die "go could not build $2; what it said is above"
}

command -v python3 >/dev/null || die "Python 3.10 or newer is missing; install it (Debian, Ubuntu: apt install python3 python3-venv)"
command -v go >/dev/null || die "Go 1.26 is missing; install it and put its bin folder on the PATH"
readonly python="$(python3 -c 'import sys, platform; print(sys.version, platform.machine())')"
readonly go="$(go version)"

key() { { printf '%s\n' "$1"; shift; cat -- "$@"; } | sha256sum | cut -c1-16; }

pkilint="$(build pkilint "$(key "$python" linters-requirements.txt)" make_pkilint)"
printf 'pkilint=%s/site\n' "$pkilint"
zlint="$(build zlint "$(key "$go" zlint/go.mod zlint/go.sum)" make_go zlint zlint github.com/zmap/zlint/v3/cmd/zlint)"
printf 'zlint=%s/zlint\n' "$zlint"
peer="$(build peer "$(key "$go" peer/go.mod peer/main.go)" make_go peer peer .)"
printf 'peer=%s/peer\n' "$peer"
