# shellcheck shell=bash
# Sourced by test.sh: installs the real daemons that test/daemons/ starts. Nothing here starts a system service.

# What each of test/daemons/*.test.ts needs, and the tools that make a private place for it; what runs the containers of
# test/container/*.test.ts, with the filter of system calls that Docker has; the other inits that foster is compared with; shells
# with completion, and Alpine's C library.
DAEMON_PACKAGES=(
  apache2 cron dovecot-imapd gpg-agent gunicorn haproxy mariadb-server nginx-light openbsd-inetd openssh-client openssh-server
  nghttp2-proxy php-fpm postfix postgresql redis-server sudo unicorn iproute2 util-linux
  golang-github-containers-common runc bubblewrap libnss-extrausers prometheus
  dumb-init tini debootstrap chromium podman podman-compose catatonit
  zsh fish musl-tools
)

POLICY=/usr/sbin/policy-rc.d

# Prints the packages of the list that are not installed.
missing_packages() {
  local package
  for package in "${DAEMON_PACKAGES[@]}"; do
    dpkg-query --show --showformat='${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' || echo "$package"
  done
}

# Installs what is missing, as root on Debian; says aloud why not elsewhere. Never fails: a test whose daemon is not there
# skips itself, and says so.
install_daemons() {
  if [ "${FOSTER_TEST_PACKAGES:-yes}" = no ]; then
    say "Tests of real daemons: FOSTER_TEST_PACKAGES=no, so only daemons that are installed are tested"
    return 0
  fi
  if ! command -v apt-get >/dev/null || ! grep -qx 'ID=debian' /etc/os-release; then
    say "Tests of real daemons: this is not Debian, so those that are not installed are skipped"
    return 0
  fi
  if [ "$(id -u)" != 0 ]; then
    say "Tests of real daemons: skipped, since they need root (they run in private namespaces)"
    return 0
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  if [ "${#missing[@]}" = 0 ]; then return 0; fi
  say "Installing the daemons of test/daemons/ without starting them: ${missing[*]}"
  # a subshell, so that the policy is taken back on every way out of it, signals included
  (
    forbid_services
    apt-get update -qq || true # the lists that are there may do
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  ) || say "Some packages could not be installed: the tests that need them are skipped"
}

# Debian asks this program before a package starts its service; 101 forbids it. One that is there already is left alone.
forbid_services() {
  if [ -e "$POLICY" ]; then return; fi
  trap 'rm -f "$POLICY"' EXIT
  trap 'exit 129' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
}
