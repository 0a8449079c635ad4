#!/usr/bin/env bash
# What supervisord, runit, s6, pm2 and foster answer in the situations of docs/comparison.md: a program that puts itself in the
# background, one that fails at once, a stop that hangs, a broken edit, a missing program, a full disk, and `kill -9` of the
# supervisor.
#
#   scripts/daily-life-beside-peers.sh [foster|supervisord|runit|s6|pm2]...     root; programs are taken from PATH
#
# Each supervisor has a pid namespace of its own, which ends whatever it leaves. One that is not installed is skipped.
set -u
self=$(realpath "$0")
root=$(dirname "$(dirname "$self")")

if [ "${1-}" != --inside ]; then
  [ $# -gt 0 ] || set -- foster supervisord runit s6 pm2
  for peer; do
    place=$(mktemp -d)
    chmod 755 "$place"
    echo "== $peer"
    timeout 120 unshare --pid --fork --mount-proc --kill-child bash "$self" --inside "$peer" "$place" 2>&1
    rm -rf "$place"
  done
  exit
fi

peer=$2
cd "$3" || exit
export PATH="$root/bin:$PATH"

# the same programs for all
printf '#!/bin/sh\nexec sleep 1000\n' >app
printf '#!/bin/sh\necho "fatal: no database" >&2\nexit 3\n' >bad
printf '#!/bin/sh\ntrap "" TERM INT\nwhile :; do sleep 1; done\n' >hang
printf '#!/bin/sh\nexec setsid -f sleep 1001\n' >daemon
printf '#!/bin/sh\nexec no-such-program\n' >missing
chmod +x app bad hang daemon missing
names='app bad hang daemon missing'

need() { command -v "$1" >/dev/null || { echo "skipped: there is no $1 here"; exit; }; }
# a command, what it prints, its status and how long it took
show() {
  local began=$EPOCHREALTIME status
  echo "\$ $*"
  "$@" | sed 's/^/    /'
  status=${PIPESTATUS[0]}
  echo "    status $status after $(echo "$EPOCHREALTIME - $began" | bc | xargs printf %.1f) s"
}
copies() { echo "copies of the daemon after 5 s: $(pgrep -fc '^sleep 1001')"; }
break_app() { printf '#!/bin/sh\nexce sleep 1000\n' >"$1"; }
crash() {
  echo "kill -9 of $1; then: app $(pgrep -fc '^sleep 1000') time(s)"
}

case $peer in
foster)
  for name in $names; do printf 'exec = %s\nrespawn = true\nkill timeout = 3\n' "$PWD/$name" >"$name.ini"; done
  sed -i 's/^exec.*/exec = no-such-program/' missing.ini
  export FOSTER_SOCKET=$PWD/run/foster.sock
  init() { foster init --confdir "$PWD" --rundir "$PWD/run" --logdir "$PWD/log" 2>>log.txt & supervisor=$!; foster health --wait 30 >/dev/null; }
  init
  for name in app bad hang daemon missing; do show foster start "$name"; done
  sleep 5; copies
  show foster list
  show foster why bad
  show foster stop hang
  sed -i 's/^exec/exce/' app.ini; show foster restart app; show foster status app -n 0
  sed -i 's/^exce/exec/' app.ini
  show sh -c 'foster list >/dev/full'
  kill -9 "$supervisor"; sleep 1; crash foster
  init; sleep 2; echo "and when it is back: app $(pgrep -fc '^sleep 1000') time(s)"
  ;;
supervisord)
  need supervisord
  { printf '[unix_http_server]\nfile=%s/s.sock\n[supervisord]\nlogfile=%s/s.log\npidfile=%s/s.pid\n' "$PWD" "$PWD" "$PWD"
    printf '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n'
    printf '[supervisorctl]\nserverurl=unix://%s/s.sock\n' "$PWD"
    for name in $names; do printf '[program:%s]\ncommand=%s\nstopwaitsecs=3\n' "$name" "$PWD/$name"; done; } >s.conf
  sed -i "s#^command=$PWD/missing#command=no-such-program#" s.conf
  ctl() { supervisorctl -c s.conf "$@"; }
  supervisord -c s.conf; sleep 5; copies
  show ctl status
  show ctl start missing
  show ctl stop hang
  sed -i "s#^command=$PWD/app#comand=$PWD/app#" s.conf; show ctl restart app; show ctl reread
  sed -i "s#^comand#command#" s.conf
  show sh -c 'supervisorctl -c s.conf status 2>&1 >/dev/full | tail -1'
  kill -9 "$(cat s.pid)"; sleep 1; crash supervisord; rm -f s.sock
  supervisord -c s.conf; sleep 3; echo "and when it is back: app $(pgrep -fc '^sleep 1000') time(s)"
  ;;
runit | s6)
  mkdir services
  for name in $names; do mkdir "services/$name"; cp "$name" "services/$name/run"; done
  if [ "$peer" = runit ]; then
    need runsvdir
    runsvdir -P services >log.txt 2>&1 &
    sleep 5; copies
    show sv status "$PWD"/services/*
    show sv start "$PWD/services/bad"
    show sv stop "$PWD/services/hang"
    show sh -c 'sv status $PWD/services/app >/dev/full'
    kill -9 "$(pgrep -f 'runsv app')"
  else
    need s6-svscan
    s6-svscan services >log.txt 2>&1 &
    sleep 5; copies
    for name in $names; do show s6-svstat "services/$name"; done
    show s6-svc -wd -T3000 -d services/hang
    show sh -c 's6-svstat services/app >/dev/full'
    kill -9 "$(pgrep -f 's6-supervise app')"
  fi
  sleep 3; crash "the supervisor of app"
  pkill -f '^sleep 1000'; break_app services/app/run; sleep 2
  if [ "$peer" = runit ]; then show sv restart "$PWD/services/app"; else show s6-svc -r services/app; show s6-svstat services/app; fi
  ;;
pm2)
  need pm2
  export PM2_HOME=$PWD/home
  for name in app bad hang daemon; do show sh -c "pm2 start ./$name --interpreter sh | grep -v '│'"; done
  sleep 5; copies
  show pm2 list
  show pm2 stop hang
  show pm2 start ./nosuch
  break_app app; show sh -c 'pm2 restart app | grep app'; printf '#!/bin/sh\nexec sleep 1000\n' >app; pm2 restart app >/dev/null
  show sh -c 'pm2 list >/dev/full'
  pm2 save >/dev/null; kill -9 "$(cat home/pm2.pid)"; sleep 1; crash pm2
  pm2 resurrect >/dev/null; sleep 3; echo "and after pm2 resurrect: app $(pgrep -fc '^sleep 1000') time(s)"
  pm2 kill >/dev/null
  ;;
esac
