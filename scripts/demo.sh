#!/usr/bin/env bash
# npm run demo: runs foster with a daemon that forks twice, and kills the daemon. Any user may run it. It needs only Node.js,
# listens on no port, and takes a few seconds. Options are passed to foster init: npm run demo -- --tracker procfs
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib/prepare.sh

require_node
install_dependencies
if [ ! -e build/src/cli/main.js ]; then build; fi

# Where the supervisor keeps its socket, its state and its logs.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/foster-demo.XXXXXX")
export FOSTER_SOCKET="$scratch/run/foster.sock" FOSTER_DEMO="$PWD/jobs/demo"
supervisor=

clean_up() {
  if [ -n "$supervisor" ] && kill -0 "$supervisor" 2>/dev/null; then
    kill -TERM "$supervisor"
    wait "$supervisor" || true
  fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

foster() {
  node bin/foster "$@"
}

# Shows a command as it would be typed, and what it prints.
show() {
  printf '\n$ %s\n' "$*"
  "$@"
}

explain() {
  printf '\n'
  printf '# %s\n' "$@"
}

# Marks the supervisor's own messages, line by line as they come.
mark_messages() {
  while IFS= read -r line; do printf '[foster] %s\n' "$line"; done
}

main_pid() {
  foster status ticker --json | node -pe 'JSON.parse(require("fs").readFileSync(0, "utf8")).main'
}

# The process that says of itself that it is the daemon, from the job's log.
daemon_pid() {
  foster log ticker | sed -n 's/^process \([0-9]*\) is the daemon$/\1/p' | tail -n 1
}

# Milliseconds; the decimal separator of EPOCHREALTIME depends on the locale.
now() {
  echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# Prints what foster reports until nothing more happens, main is the daemon, and not process $1 any more, and foster has
# reported that. Leaves the times at which there was a new main in `mains`: first the launcher, last the daemon.
follow_until_settled() {
  local deadline=$((SECONDS + 15)) reported=
  mains=()
  while [ "$SECONDS" -lt "$deadline" ]; do
    if IFS= read -r -t 0.3 -u "$events"; then
      if [[ $REPLY =~ " main: pid="([0-9]+) ]]; then
        mains+=("$(now)")
        reported=${BASH_REMATCH[1]}
      fi
      printf '    %s\n' "$REPLY"
    else
      pid=$(main_pid)
      if [ "$pid" != "${1:-}" ] && [ "$pid" = "$reported" ] && [ "$pid" = "$(daemon_pid)" ]; then return 0; fi
    fi
  done
  echo "the daemon did not come up within 15 s: this is a mistake in foster" >&2
  return 1
}

printf '%s\n' \
  "foster supervises daemons that put themselves in the background. This is the whole job file:" ""
sed -n '/^exec/p; /^respawn/p' jobs/demo/ticker.ini | sed 's/^/    /'

explain "Start the supervisor. Its messages begin with [foster]."
printf '$ foster init --confdir jobs/demo --no-startup-event\n'
node bin/foster init --confdir jobs/demo --logdir "$scratch/log" --rundir "$scratch/run" --no-startup-event "$@" \
  > >(mark_messages) 2>&1 &
supervisor=$!
until [ -S "$FOSTER_SOCKET" ]; do
  kill -0 "$supervisor" # it has ended: its last message says why
  sleep 0.02
done

explain "Follow what foster sees (foster events). These lines are indented from now on."
exec {events}< <(node bin/foster events --type event --type process --type verdict)
listener=$!
# the listener is there once it has heard of something: any event will do
until IFS= read -r -t 0.3 -u "$events"; do foster emit --no-wait demo; done

explain \
  "Start the job. ticker.js forks, its child calls setsid and forks again, and both exit. The last process is the daemon." \
  "Each exit is a hand-off: foster looks for a living process that the exited one created, and makes it main."
foster start ticker
follow_until_settled
show foster status ticker || true
show foster tree ticker

old=$pid
explain "Kill the daemon. There is no PID file: only foster knows that process $old is main."
printf '$ kill -9 %s\n' "$old"
killed=$(now)
kill -9 "$old"
follow_until_settled "$old"
explain \
  "Process $old was killed, and foster respawned the job: process $pid is the daemon now." \
  "The new launcher ran $((mains[0] - killed)) ms after the kill. After $((mains[-1] - killed)) ms the program was in the background again (it starts Node.js three times)."
show foster status ticker || true
show foster log ticker

explain "Stop the daemon, and shut the supervisor down."
show foster stop ticker
kill "$listener"
show foster shutdown
wait "$supervisor"
supervisor=
printf '\nThat was the demo. Continue with docs/tutorial.md and the job files in jobs/.\n'
