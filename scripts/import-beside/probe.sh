#!/bin/sh
# A service that writes down how it was started and which signals it gets: probe.sh FILE MODE [ARGUMENT]...
file=$1 mode=$2
shift 2
starts=$(grep -c '^start' "$file" 2>/dev/null)
note() { echo "$*" >>"$file"; }
for signal in HUP INT QUIT TERM USR1; do
  case $signal in
    INT | QUIT | TERM) trap "note signal $signal; exit 0" $signal ;;
    *) trap "note signal $signal" $signal ;;
  esac
done
note "start args[$*] X[${X-}] Y[${Y-}] pwd[$(pwd)] umask[$(umask)] user[$(id -un)] nofile[$(ulimit -n)] instance[${NODE_APP_INSTANCE-}]"
note "pid $$"
case $mode in
  # ends once, and stays when it is started again
  once-*) [ "$starts" -gt 0 ] || { sleep 1.5; exit "${mode#once-}"; } ;;
esac
while :; do
  sleep 1 &
  wait $!
done
