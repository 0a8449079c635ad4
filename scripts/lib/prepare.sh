# shellcheck shell=bash
# Sourced by the other scripts: what a clone needs before anything in it can run.

# Says what happens next, apart from what the tools themselves print.
say() {
  printf '\n==> %s\n' "$*"
}

# Fails early and in one sentence where the machine lacks what no script can bring.
require_node() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "foster needs Node.js 20 or later with npm: neither was found in PATH" >&2
    return 1
  fi
  if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'; then
    echo "foster needs Node.js 20 or later: this is $(node --version)" >&2
    return 1
  fi
}

# Installs the dependencies when they are missing or older than the lock file. npm leaves a lock file of its own inside
# node_modules when an installation is complete, so an interrupted one is done again.
install_dependencies() {
  if [ node_modules/.package-lock.json -nt package-lock.json ]; then return; fi
  say "Installing the dependencies (npm ci)"
  # npm ci empties the folder that a link points at: other work trees may use it
  if [ -L node_modules ]; then rm node_modules; fi
  # koffi, the foreign function interface, brings its compiled code as a package for each platform: its install script
  # would only build it once more, so nothing is lost where npm does not run it
  npm ci --no-audit --no-fund --ignore-scripts
  # npm keeps the times of the archive: make the stamp as new as the installation
  touch node_modules/.package-lock.json
}

# Compiles; the compiler itself finds out what is up to date.
build() {
  say "Building (tsc)"
  npm run --silent build
}
