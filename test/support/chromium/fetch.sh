#!/usr/bin/env bash
# Finds a Chromium for the tests of the wallboard, or fetches Debian's own into a folder outside the checkout: no root,
# nothing installed on the machine, signatures checked by apt. The last line it prints is the program.
#
#   CHROMIUM_PATH     a Chromium or Chrome to use instead
#   CHROMIUM_LAB_DIR  where to keep it (default: ${XDG_CACHE_HOME:-~/.cache}/dialer-engine/chromium, some 600 MB)
#   DEBIAN_MIRROR     a Debian archive (default: the one that this machine's apt uses)
#
# Safe to run twice at a time (the second waits), fast when there is nothing to do, starts over when the folder is broken.
set -euo pipefail

recipe=2 # raise it when what is unpacked changes: folders of an older recipe are fetched again
packages=(chromium fonts-dejavu-core)

fail() {
  printf '\nNO CHROMIUM FOR THE TESTS: %s\n' "$1" >&2
  printf 'Install it (Debian: apt-get install chromium) or name one in CHROMIUM_PATH.\n' >&2
  printf 'The tests of the wallboard cannot run without it, and they are not skipped.\n' >&2
  exit 1
}

# Not only --version: a program that lacks a library prints that, too.
works() { # program
  local profile dom
  profile=$(mktemp -d)
  dom=$(timeout 60 "$1" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --user-data-dir="$profile" \
    --dump-dom 'data:text/html,<p>it%20works' 2>/dev/null) || dom=
  rm -rf "$profile"
  grep -q 'it works' <<<"$dom"
}

if [ -n "${CHROMIUM_PATH:-}" ]; then
  works "$CHROMIUM_PATH" || fail "CHROMIUM_PATH names '$CHROMIUM_PATH', which shows no page"
  echo "$CHROMIUM_PATH"
  exit
fi

if [ -n "${CHROMIUM_LAB_DIR:-}" ]; then
  dir=$CHROMIUM_LAB_DIR
else
  for name in chromium google-chrome chromium-browser; do
    program=$(command -v "$name") || continue
    if works "$program"; then
      echo "$program"
      exit
    fi
  done
  [ -n "${HOME:-}" ] || unset HOME
  home=~ # bash looks it up when HOME is not set
  dir=${XDG_CACHE_HOME:-$home/.cache}/dialer-engine/chromium
  # An account without a home of its own
  mkdir -p "$dir" 2>/dev/null || dir=${TMPDIR:-/tmp}/dialer-engine-chromium-$(id -u)
fi
mkdir -p "$dir" || fail "cannot make the folder $dir; name another in CHROMIUM_LAB_DIR"
[ -O "$dir" ] || fail "the folder $dir belongs to somebody else; name another in CHROMIUM_LAB_DIR"
dir=$(cd "$dir" && pwd)

for tool in apt-get dpkg-deb dpkg tar flock awk; do
  command -v "$tool" >/dev/null || fail "this machine has no '$tool' to fetch it with"
done
case $(dpkg --print-architecture) in
  amd64) triplet=x86_64-linux-gnu ;;
  arm64) triplet=aarch64-linux-gnu ;;
  *) fail "no recipe for the architecture $(dpkg --print-architecture), only amd64 and arm64" ;;
esac

apt_options=()
prepare_apt() { # folder: an apt of its own, for which nothing is installed yet
  local apt=$1/apt mirror=${DEBIAN_MIRROR:-} keyring suite
  if [ -z "$mirror" ]; then
    # shellcheck disable=SC2016 # the names are apt's
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
      awk '$1 == "Debian" && $2 !~ /security/ && !found { print $2; found = 1 }')
  fi
  [ -n "$mirror" ] || fail "apt knows no Debian archive; run 'apt-get update', or set DEBIAN_MIRROR"
  keyring=$(dpkg -L debian-archive-keyring 2>/dev/null | awk '/archive-keyring\.(gpg|pgp)$/ && !found { print; found = 1 }')
  [ -n "$keyring" ] || fail "the package debian-archive-keyring is missing; install it"
  # The machine's own release: its libraries run on its own libc.
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME:-sid}" || echo bookworm)
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,state,debs}
  : >"$apt/status"
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
  apt_options=(-o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o Dir::State="$apt/state" -o Dir::State::lists="$apt/lists" -o Dir::State::status="$apt/status"
    -o Dir::Cache="$apt/cache" -o APT::Install-Recommends=0 -o APT::Sandbox::User= -o Debug::NoLocking=1
    -o Acquire::Languages=none -o Acquire::Retries=3 -o Acquire::http::Timeout=30 -qq)
}

download() { # folder
  local names
  apt-get "${apt_options[@]}" -o APT::Update::Error-Mode=any update || return 1
  # Of the closure only libraries, fonts and Chromium itself; libc is the machine's own, as the loader is.
  names=$(apt-get "${apt_options[@]}" -s install "${packages[@]}" | awk '/^Inst / { print $2 }' |
    grep -E '^(lib|chromium|fonts-)' | grep -vE '^(libc6|libc-bin|libpam|libperl)') || return 1
  # shellcheck disable=SC2086 # one name a word
  (cd "$1/apt/debs" && apt-get "${apt_options[@]}" download $names)
}

# Folders of libraries below a folder, as they will be named; libpulse, for one, finds a part of itself in a folder of its
# own by a path that holds on an installed system only.
library_path() { # folder final-folder
  (cd "$1" && find "usr/lib/$triplet" "lib/$triplet" -name 'lib*.so*' -printf '%h\n' 2>/dev/null) |
    sort -u | awk -v root="$2" '{ printf "%s%s/%s", (NR > 1 ? ":" : ""), root, $0 }'
}

unpack() { # folder final-folder
  local deb
  for deb in "$1"/apt/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$1" --no-same-owner --exclude='./usr/share/doc' \
      --exclude='./usr/share/man' --exclude='./usr/share/locale' || return 1
  done
  cat >"$1/fonts.conf" <<EOF
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$2/usr/share/fonts</dir><cachedir>$2/font-cache</cachedir></fontconfig>
EOF
  cat >"$1/chromium" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH="$(library_path "$1" "$2")" FONTCONFIG_FILE="$2/fonts.conf"
exec "$2/usr/lib/chromium/chromium" "\$@"
EOF
  chmod +x "$1/chromium"
  rm -rf "$1/apt"
  echo "$recipe" >"$1/.complete"
}

fetch() {
  local try
  for try in 1 2 3; do
    rm -rf "$dir/new"
    mkdir -p "$dir/new"
    prepare_apt "$dir/new"
    if download "$dir/new" && unpack "$dir/new" "$dir/root"; then
      rm -rf "$dir/root"
      mv "$dir/new" "$dir/root"
      works "$dir/root/chromium" && return
      "$dir/root/chromium" --version >/dev/null || true # its own words, to standard error
      fail "it was fetched from Debian's archive, and shows no page (messages above); a library may be missing from the list in this script"
    fi
    echo "Try $try of 3 to fetch Chromium failed." >&2
    [ "$try" = 3 ] || sleep $((try * 5))
  done
  rm -rf "$dir/new"
  fail "it could not be fetched from Debian's archive (messages above). Is the network there?"
}

exec 9>"$dir/lock"
flock 9
if ! { [ "$(cat "$dir/root/.complete" 2>/dev/null)" = "$recipe" ] && works "$dir/root/chromium"; }; then
  echo "Fetching Chromium into $dir: once, a minute." >&2
  fetch >&2
fi
echo "$dir/root/chromium"
