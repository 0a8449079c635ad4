/** Somebody takes every free descriptor from foster: what runs is ended all the same, and nothing is an internal error. */
import { mkdirSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { mayMakeNamespaces, PidOne, scratchDirectory, Visitor } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

/** It has to be killed, and leaves a process in a session of its own. */
const STUBBORN =
  'start on startup\nkill timeout 1\nscript\n  trap "" TERM\n  setsid sleep 888 &\n  touch "$UP/stubborn"\n  while :; do sleep 999; done\nend script\n';
const QUIET =
  'start on startup\nrespawn\nscript\n  touch "$UP/$UPSTART_JOB"\n  exec sleep 1000\nend script\n';

/** A shell that is PID 1, and waits for foster. */
const ORDINARY =
  '"$@" & echo "foster is $!"; wait $!; echo "foster ended with $?"; pgrep -a sleep || echo "nothing is left"';

for (const isPidOne of [true, false]) {
  t.test(`with foster as ${isPidOne ? 'PID 1' : 'an ordinary process'}`, async (t) => {
    const directory = scratchDirectory(t);
    const up = join(directory, 'up');
    mkdirSync(up);
    // none of them writes anything: what looks at output has not been needed yet
    const jobs = { stubborn: STUBBORN, a: QUIET, b: QUIET, c: QUIET, d: QUIET, e: QUIET, f: QUIET };
    const init = new PidOne(t, directory, {
      jobs: Object.fromEntries(
        Object.entries(jobs).map(([name, text]) => [`${name}.conf`, `env UP=${up}\n${text}`]),
      ),
      ...(!isPidOne && { wrapper: ['sh', '-c', ORDINARY, 'sh'] }),
    });
    await until('all jobs', () => readdirSync(up).length === Object.keys(jobs).length);
    const number = isPidOne ? 1 : Number(/foster is (\d+)/.exec(init.out)?.[1]);
    const foster = isPidOne ? init.pid : init.children.find((pid) => init.numberInside(pid) === number)!;
    const limit = lowestFree(foster);
    const visitor = new Visitor(init.pid);
    await visitor.run(`prlimit --pid ${number} --nofile=${limit}:${limit} && echo limited`);
    t.match(visitor.out, /limited/);
    // it asks for a re-exec, which would not come up again, and for a respawn, which has to wait
    process.kill(foster, constants.signals.SIGUSR2);
    await until('the refusal', () => init.err.includes('Unable to re-execute, nothing was changed'));
    process.kill(foster, constants.signals.SIGTERM);
    if (isPidOne) t.match(await init.ended, { status: 0 });
    else {
      await init.untilOut(/foster ended with/);
      t.match(init.out, /foster ended with 0/);
      t.match((await init.ended).out, /nothing is left/);
    }
    t.notMatch(init.err, /Internal error/);
  });
}

/** As a limit, it leaves nothing to be opened. */
function lowestFree(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let number = 0;
  while (open.has(number)) number += 1;
  return number;
}
