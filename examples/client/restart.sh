#!/bin/sh
# Restarts a job, and prints its states until it runs again; then what it uses.
#
#     sh examples/client/restart.sh JOB
set -eu

if [ $# -ne 1 ]; then
  echo "usage: restart.sh JOB" >&2
  exit 2
fi

ask() { # METHOD PATH
  curl --silent --show-error --fail-with-body --unix-socket "${FOSTER_SOCKET:-/run/foster/foster.sock}" --request "$1" "http://foster$2"
}

ask GET "/v1/jobs/$1"
echo
since=$(date --utc +%Y-%m-%dT%H:%M:%S.%3NZ)
ask POST "/v1/jobs/$1/restart"
echo
ask GET "/v1/events?job=$1&type=state&since=$since&follow=false"
ask GET "/v1/usage?match=$1"
echo
