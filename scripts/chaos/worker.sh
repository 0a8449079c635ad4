#!/bin/sh
# worker.sh ROLE NAME FIFO: a process of a chaos job. Its command line says what it is: the checker believes that and /proc alone.
role=$1 name=$2 fifo=$3
become() { exec /bin/sh "$0" "$1" "$name" "$fifo"; }
case $role in
  main | helper) # waits for ever without a child of its own
    exec 3<>"$fifo"
    read -r _ <&3
    ;;
  with-helper)
    /bin/sh "$0" helper "$name" "$fifo" &
    become main
    ;;
  quick) # daemonises at once, by two forks
    (setsid /bin/sh "$0" main "$name" "$fifo" &)
    ;;
  launcher) # works for a while before it daemonises
    sleep 0.2
    setsid /bin/sh "$0" main "$name" "$fifo" &
    sleep 0.05
    ;;
esac
