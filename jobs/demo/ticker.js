#!/usr/bin/env node
/**
 * A classic daemon: it puts itself in the background by forking twice, with setsid(2) in between, and writes no PID file. It
 * prints a line every second.
 *
 *   launcher   started by foster; exits at once
 *     leader   calls setsid(2), so that no terminal can signal the daemon; exits, too
 *       daemon keeps running
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
