# Sourced by the scripts beside it: finds a JDK 25, builds what is stale, raises the limit of open
# files. Sets `java` and `class_path`.
tree="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

say() { printf 'benchmarks: %s\n' "$*" >&2; }

is_jdk_25() {
  [[ -x "$1/bin/java" && -x "$1/bin/jcmd" ]] && grep -qs '^JAVA_VERSION="25[."]' "$1/release"
}

find_jdk() {
  local candidate
  for candidate in "${JAVA_HOME:-/none}" \
    "$(dirname "$(dirname "$(readlink -f "$(command -v java || echo /none/bin/java)")")")" \
    /usr/lib/jvm/* /usr/java/* /opt/jdk* /opt/java/* /opt/*jdk* \
    "${HOME:-/none}"/.sdkman/candidates/java/* "${HOME:-/none}"/.jdks/*; do
    if is_jdk_25 "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

jdk="$(find_jdk)" || {
  say "a JDK 25 is missing: neither JAVA_HOME nor the PATH nor the usual folders have one"
  exit 1
}
java="$jdk/bin/java"
class_path="$tree/benchmarks/target/classes:$tree/benchmarks/target/lib/*"
built="$tree/benchmarks/target/built"
log="$tree/benchmarks/target/build.log"

if [[ ! -f "$built" || -n "$(find "$tree"/pom.xml "$tree"/{proto,plugin,benchmarks}/{pom.xml,src/main} \
  -newer "$built" -print -quit)" ]]; then
  say "building; the log is $log"
  mkdir -p "$tree/benchmarks/target"
  rm -rf "$tree/benchmarks/target/lib"
  (cd "$tree" && mvn -B -ntp -Pbench -pl benchmarks -am -DskipTests -Dspotless.check.skip \
    -Djacoco.skip package </dev/null) >"$log" 2>&1 || {
    grep '^\[ERROR\]' "$log" | head -n 20 >&2 || true
    say "the build has failed; the whole log is $log"
    exit 1
  }
  touch "$built"
fi

# A connection is a file; what the hard limit allows is what there is.
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
