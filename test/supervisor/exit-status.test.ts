import { join } from 'node:path';
import t from 'tap';
import { runInit } from '../../src/supervisor/init.js';
import type { InitOptions } from '../../src/supervisor/init-options.js';

/** A whole supervisor in this process, from the first signal handler to the last file closed. */
function options(directory: string, command: readonly string[]): InitOptions {
  return {
    mode: 'command',
    command,
    confdirs: [],
    isConfdirNamed: true,
    logdir: join(directory, 'log'),
    logIndex: join(directory, 'run/log-index'),
    rundir: join(directory, 'run'),
    statedir: '/nonexistent',
    // a test directory's path is too long for the address of a socket
    socket: `/tmp/foster-exit-status-${process.pid}.sock`,
    startupEvent: undefined,
    tracker: 'procfs',
    stopBudget: 8,
    inheritEnv: false,
    logFormat: 'text',
    logPriority: 'error',
    defaultConsole: 'none',
  };
}

t.test('every exit status of COMMAND is passed on', async (t) => {
  const directory = t.testdir();
  const statuses: number[] = [];
  for (let status = 0; status < 256; status++) {
    statuses.push(await runInit(options(directory, ['/bin/sh', '-c', `exit ${status}`])));
  }
  t.strictSame(statuses, [...Array(256).keys()]);
});

t.test('every signal that can end COMMAND gives 128 + n', async (t) => {
  const directory = t.testdir();
  // those that end a program by default (signal(7)), without STKFLT, which no architecture of ours has use for
  const ending = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 29, 30, 31, 34, 64];
  const statuses: number[] = [];
  for (const signal of ending) {
    const script = `ulimit -c 0; kill -${signal} $$`;
    statuses.push(await runInit(options(directory, ['/bin/sh', '-c', script])));
  }
  t.strictSame(
    statuses,
    ending.map((signal) => 128 + signal),
  );
});
