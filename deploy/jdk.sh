# shellcheck shell=bash
# Sourced: finds a JDK 25 with find_jdk, and works on jars with the one in `jdk`.
# shellcheck disable=SC2154

# A JDK keeps a file that says what it is; reading it is faster than asking it.
is_jdk_25() {
  [[ -x "$1/bin/java" && -x "$1/bin/javac" ]] || return 1
  if [[ -r "$1/release" ]]; then
    grep -q '^JAVA_VERSION="25[."]' "$1/release"
  else
    "$1/bin/java" -version 2>&1 | head -n 1 | grep -q '"25[."]'
  fi
}

# The folder of the java on the PATH, through its links.
home_of_path() {
  local java
  java="$(command -v java)" || return 1
  while [[ -L "$java" ]]; do
    local link
    link="$(readlink "$java")"
    case "$link" in
      /*) java="$link" ;;
      *) java="$(dirname "$java")/$link" ;;
    esac
  done
  dirname "$(dirname "$java")"
}

# JAVA_HOME, then the PATH, then where packages and tools put JDKs.
find_jdk() {
  local candidate
  for candidate in \
    "${JAVA_HOME:-/none}" "$(home_of_path || echo /none)" \
    /usr/lib/jvm/* /usr/java/* /opt/jdk* /opt/java/* /opt/*jdk* \
    "${HOME:-/none}"/.sdkman/candidates/java/* "${HOME:-/none}"/.jdks/* \
    "${HOME:-/none}"/.asdf/installs/java/* "${HOME:-/none}"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home; do
    if is_jdk_25 "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

# unsign LIB: takes the signatures out of the jars there; why, it says itself.
unsign() {
  "$jdk/bin/java" "$(dirname "${BASH_SOURCE[0]}")/Unsign.java" "$1"
}
