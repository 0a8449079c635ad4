/** Tests whether foster may trace a child. */

import { existsSync } from 'node:fs';

import { endTracee, seize } from '../../kernel/process/ptrace.js';
import { prepareProgram } from '../../kernel/process/spawn.js';
import type { SelfTest } from './source.js';
import { losesRightsUnderTracer } from './untraceable.js';

/** A program that lives until it is killed; if it is missing, Node is used. */
const SLEEP = '/bin/sleep';

/** Takes a few milliseconds and leaves nothing behind. */
export function testPtrace(): SelfTest {
  if (losesRightsUnderTracer(process.pid)) {
    return {
      works: false,
      reason:
        'jobs of an ordinary user cannot be traced without harm: setuid programs would lose their rights',
      remedy: 'nothing is needed: procfs is used; with CAP_SYS_PTRACE, tracing does no harm',
    };
  }
  const argv = existsSync(SLEEP) ? [SLEEP, '1000'] : [process.execPath, '-e', 'setInterval(() => 0, 1000)'];
  const program = prepareProgram({ path: argv[0]!, argv, env: [], newSession: true, descriptors: [] });
  try {
    const pid = program.spawn();
    try {
      return explain(seize(pid));
    } finally {
      endTracee(pid);
    }
  } finally {
    program.release();
  }
}

function explain(seizure: ReturnType<typeof seize>): SelfTest {
  if (seizure === 'seized') {
    return { works: true, detail: 'a test process was traced; jobs are traced until they have settled' };
  }
  return {
    works: false,
    reason: 'a child of ours may not be traced: a seccomp filter or kernel.yama.ptrace_scope forbids it',
    remedy:
      'Docker allows it on Linux 4.8 and later; elsewhere CAP_SYS_PTRACE; kernel.yama.ptrace_scope at most 1',
  };
}
