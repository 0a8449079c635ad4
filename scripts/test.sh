#!/usr/bin/env bash
# npm test: from a clean clone to the last line `N passed, N failed`. Options are handed to tap, for instance the name of a
# compiled test file: npm test -- build/test/tracker/follower/follower.test.js
#
# FOSTER_TEST_PACKAGES=no keeps it from installing packages, which it does as root on Debian only.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/prepare.sh
. scripts/lib/daemon-packages.sh

require_node
install_dependencies
build

say "Linting (eslint, prettier)"
failed=()
npm run --silent lint || failed+=(--failed-before=lint)

install_daemons

say "Testing (tap)"
npx --no-install tap --reporter=tap "$@" | node scripts/report.js "${failed[@]}"
