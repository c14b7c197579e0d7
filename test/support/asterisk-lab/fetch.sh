#!/usr/bin/env bash
# Fetches a real Asterisk and the SIP tester sipp from Debian's own packages into a folder outside the checkout: no
# root, nothing installed on the machine, signatures checked by apt. The last line it prints is the folder.
#
#   ASTERISK_LAB_DIR  where to keep it (default: ${XDG_CACHE_HOME:-~/.cache}/dialer-engine/asterisk, some 170 MB)
#   DEBIAN_MIRROR     a Debian archive (default: the one that this machine's apt uses; needed on Ubuntu)
#
# Safe to run twice at a time (the second waits), fast when there is nothing to do, starts over when the folder is
# broken. Asterisk is in forky and sid only; both roll, so the version is whatever they have and is printed.
set -euo pipefail

recipe=1 # raise it when what is unpacked changes: folders of an older recipe are fetched again
packages=(asterisk sip-tester)

fail() {
  printf '\nNO ASTERISK FOR THE TESTS: %s\n' "$1" >&2
  printf 'The tests against a real PBX cannot run without it, and they are not skipped.\n' >&2
  exit 1
}

for tool in apt-get dpkg-deb dpkg tar flock awk setpriv; do
  command -v "$tool" >/dev/null || fail "this machine has no '$tool'; Debian or Ubuntu with apt is needed"
done

if [ -n "${ASTERISK_LAB_DIR:-}" ]; then
  dir=$ASTERISK_LAB_DIR
else
  [ -n "${HOME:-}" ] || unset HOME
  home=~ # bash looks it up when HOME is not set
  dir=${XDG_CACHE_HOME:-$home/.cache}/dialer-engine/asterisk
  # An account without a home of its own
  mkdir -p "$dir" 2>/dev/null || dir=${TMPDIR:-/tmp}/dialer-engine-asterisk-$(id -u)
fi
mkdir -p "$dir" || fail "cannot make the folder $dir; name another in ASTERISK_LAB_DIR"
[ -O "$dir" ] || fail "the folder $dir belongs to somebody else; name another in ASTERISK_LAB_DIR"
dir=$(cd "$dir" && pwd)

case $(dpkg --print-architecture) in
  amd64) triplet=x86_64-linux-gnu ;;
  arm64) triplet=aarch64-linux-gnu ;;
  *) fail "no recipe for the architecture $(dpkg --print-architecture), only amd64 and arm64" ;;
esac

# Debian's programs with Debian's libraries and loader: the machine's own libc may be older.
run() { # folder program arguments
  local root=$1 program=$2
  shift 2
  "$root/lib/$triplet-loader" --library-path "$root/usr/lib/$triplet" "$root/usr/$program" "$@"
}

inventory() { # folder: changes when any file is missing or cut short
  (cd "$1" && find . -mindepth 2 -type f -printf '%s %p\n' | LC_ALL=C sort | cksum)
}

works() { # folder
  [ -e "$1/.complete" ] && [ "$(cat "$1/.complete")" = "$recipe $(inventory "$1")" ] &&
    run "$1" sbin/asterisk -V >/dev/null 2>&1 && { run "$1" bin/sipp -v 2>/dev/null || true; } | grep -q SIPp
}

apt_options=()
prepare_apt() { # folder suite: an apt of its own, for which nothing is installed yet
  local apt=$1/apt mirror=${DEBIAN_MIRROR:-} keyring
  if [ -z "$mirror" ]; then
    # shellcheck disable=SC2016 # the names are apt's
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
      awk '$1 == "Debian" && $2 !~ /security/ && !found { print $2; found = 1 }')
  fi
  [ -n "$mirror" ] || fail "apt knows no Debian archive; run 'apt-get update', or set DEBIAN_MIRROR"
  keyring=$(dpkg -L debian-archive-keyring 2>/dev/null | awk '/archive-keyring\.(gpg|pgp)$/ && !found { print; found = 1 }')
  [ -n "$keyring" ] || fail "the package debian-archive-keyring is missing; install it"
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,state,debs}
  : >"$apt/status"
  echo "deb [signed-by=$keyring] $mirror $2 main" >"$apt/sources.list"
  apt_options=(-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o Dir::State="$apt/state" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status"
    -o Dir::Cache="$apt/cache" -o APT::Install-Recommends=0 -o APT::Sandbox::User= -o Debug::NoLocking=1
    -o Acquire::Languages=none -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -qq)
}

download() { # folder
  local names
  apt-get "${apt_options[@]}" -o APT::Update::Error-Mode=any update || return 1
  # Of the closure only shared libraries, Asterisk and sipp are needed to run them from a folder.
  names=$(apt-get "${apt_options[@]}" -s install "${packages[@]}" | awk '/^Inst / { print $2 }' |
    grep -E '^(lib|asterisk|sip-tester)' | grep -vE '^(libperl|libc-bin|libc-gconv|libcodec2|libdb5|libpam|libsnmp-base)') || return 1
  # shellcheck disable=SC2086 # one name a word
  (cd "$1/apt/debs" && apt-get "${apt_options[@]}" download $names)
}

unpack() { # folder
  local deb loader
  for deb in "$1"/apt/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1" --no-same-owner --exclude='./usr/share/doc' \
      --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='./usr/lib/*/gconv' --exclude='./usr/share/icu' || return 1
  done
  loader=$(find "$1/usr/lib/$triplet" -maxdepth 1 -name 'ld-linux-*.so.*' | head -1)
  mkdir -p "$1/lib"
  ln -sfn "$(realpath --relative-to="$1/lib" "$loader")" "$1/lib/$triplet-loader"
  ln -sfn en_US_f_Allison "$1/usr/share/asterisk/sounds/en" # the package's postinst does this
  rm -rf "$1/apt"
  echo "$recipe $(inventory "$1")" >"$1/.complete"
}

fetch() {
  local suite try
  for try in 1 2 3; do
    # Asterisk drops out of forky at times; sid has it then.
    for suite in forky sid; do
      rm -rf "$dir/new"
      mkdir -p "$dir/new"
      prepare_apt "$dir/new" "$suite"
      if download "$dir/new" && unpack "$dir/new" && works "$dir/new"; then
        rm -rf "$dir/root"
        mv "$dir/new" "$dir/root"
        return
      fi
    done
    echo "Try $try of 3 to fetch Asterisk failed." >&2
    [ "$try" = 3 ] || sleep $((try * 5))
  done
  rm -rf "$dir/new"
  fail "it could not be fetched from Debian's archive (messages above). Is the network there?"
}

exec 9>"$dir/lock"
flock 9
if ! works "$dir/root"; then
  echo "Fetching Asterisk and sipp into $dir: once, half a minute." >&2
  fetch >&2
  run "$dir/root" sbin/asterisk -V >&2
fi
echo "$dir/root"
