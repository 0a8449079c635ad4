#!/usr/bin/env node
/**
 * A daemon of the classic kind: it puts itself in the background by forking twice, with a session of its own in between,
 * and leaves nothing behind that would tell its process id. It says every second that it is there.
 *
 *   launcher   what the supervisor started; it is gone at once
 *     leader   has called setsid(2), so that no terminal can reach the daemon; it goes, too
 *       daemon what remains, and what the job is about
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ONE_SECOND = 1000;

/** Starts this file again as the next step. `detached` is setsid(2) in the child, before it runs. */
function fork(step, detached) {
  spawn(process.execPath, [fileURLToPath(import.meta.url), step], { detached, stdio: 'inherit' }).unref();
}

switch (process.argv[2] ?? 'launcher') {
  case 'launcher':
    fork('leader', true);
    break;
  case 'leader':
    fork('daemon', false);
    break;
  default: {
    let ticks = 0;
    console.log(`process ${process.pid} is the daemon`);
    setInterval(() => console.log(`tick ${++ticks}`), ONE_SECOND);
  }
}
