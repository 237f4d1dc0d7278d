#!/usr/bin/env bash
# dist.sh VERSION: makes the archive that runs on a machine without Java, from what Maven has built:
# target/meshseal-VERSION-linux-ARCH.tar.gz. The same input gives the same archive, but for the
# files in aot/, which hold what was measured in the runs they are made from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

version="${1:?the version is missing}"
built=../sds-server/target/meshseal
machine="$(uname -m)"
name="meshseal-$version-linux-$machine"
home="$PWD/target/$name"

# What jdeps says the jars use, less the desktop, of which Jackson and Logback only would use
# annotations; and zip files, elliptic curves and the peer of a unix socket, which it cannot see.
modules=java.base,java.logging,java.management,java.naming,java.net.http,java.sql,java.xml
modules+=,jdk.crypto.ec,jdk.httpserver,jdk.jfr,jdk.management,jdk.net,jdk.unsupported,jdk.zipfs

say() { printf 'dist: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

[[ -d "$built/lib" ]] || die "$built/lib is missing; run mvn verify, which makes it first"
[[ "$(uname -s)" == Linux ]] || die "the archive is made on Linux only"
# shellcheck source=deploy/jdk.sh
. ./jdk.sh
jdk="$(find_jdk)" || die "a JDK 25 is missing; set JAVA_HOME to one"
# shellcheck source=deploy/bin/meshseal
. bin/meshseal

begun=$SECONDS
rm -rf "$home" "$home.tar.gz"
mkdir -p "$home"/{bin,lib,licenses}
cp bin/meshseal "$home/bin/"
class_path_of_the_build() { home="$built" class_path; }
tr ':' '\n' <<<"$(class_path_of_the_build)" | xargs -I{} cp {} "$home/lib/"
unsign "$home/lib"
cp -r examples systemd chart crd "$home/"
cp ../LICENSE ../NOTICE "$home/"
[[ ! -f ../README.md ]] || cp ../README.md "$home/"
cp target/THIRD-PARTY.txt "$home/THIRD-PARTY"

say "the licences of the libraries"
for jar in "$home"/lib/*.jar; do
  into="$home/licenses/$(basename "$jar" .jar)"
  mkdir "$into"
  (cd "$into" && "$jdk/bin/jar" xf "$jar" META-INF/LICENSE META-INF/LICENSE.txt META-INF/LICENSE.md \
    META-INF/NOTICE META-INF/NOTICE.txt META-INF/NOTICE.md META-INF/license LICENSE NOTICE)
  rmdir --ignore-fail-on-non-empty "$into"
done

say "the Java runtime"
"$jdk/bin/jlink" --add-modules "$modules" --no-header-files --no-man-pages --output "$home/runtime"

# The archives know the jars by their times, which tar keeps.
find "$home" -exec touch --no-dereference --date=@"${SOURCE_DATE_EPOCH:-1795392000}" {} +
say "archives for a fast start"
# shellcheck disable=SC2034 # for teach
java="$home/runtime/bin/java"
teach "$home/examples" >target/aot.log 2>&1
[[ -f "$home/aot/command.aot" && -f "$home/aot/server.aot" ]] ||
  die "the archives for a fast start could not be made; see $PWD/target/aot.log"
find "$home" -exec touch --no-dereference --date=@"${SOURCE_DATE_EPOCH:-1795392000}" {} +

tar --create --directory target --sort=name --owner=0 --group=0 --numeric-owner \
  --format=gnu "$name" | gzip -n >"$home.tar.gz"
say "$(du -h "$home.tar.gz" | cut -f1) in $((SECONDS - begun)) s: $home.tar.gz"
