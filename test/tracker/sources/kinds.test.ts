/**
 * Kinds of daemons about which foster was wrong, three programs of each, on every source: slow steps, an upgrade that
 * daemonises again, and a wrapper whose session is a part of the job.
 */
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { test } from 'tap';

import type { SourceName } from '../../../src/tracker/sources/source.js';
import { DEFAULT_TIMING } from '../../../src/tracker/follower/timing.js';
import { kernel, Lines, temporaryDirectory } from '../../kernel/support.js';
import { findsMain, keyOf, LiveJobs, skipped } from './live-jobs.js';
import { until } from '../../helpers/until.js';
import { DETACHES, needsPerl, PERL, SERVES, SLOW_DAEMONS, UPGRADES, WRAPPERS } from './programs.js';

const { SIGUSR1, SIGUSR2 } = constants.signals;
const NAMES: readonly SourceName[] = ['connector', 'perf', 'ptrace', 'procfs'];

/** The follower counts this time itself. */
const settled = (): Promise<void> => pause(DEFAULT_TIMING.settle / 1e6 + 200);

for (const name of NAMES) {
  const skip = skipped(name) || needsPerl;

  for (const [way, argv] of Object.entries(SLOW_DAEMONS)) {
    test(`${name}: main is found of a program that ${way}`, { skip }, (t) => findsMain(t, name, argv));
  }

  for (const [way, script] of Object.entries(UPGRADES)) {
    test(`${name}: main is found after an upgrade that ${way}`, { skip }, async (t) => {
      const lines = new Lines(t);
      const jobs = new LiveJobs(t, name);
      const directory = temporaryDirectory(t);
      const program = join(directory, 'program');
      writeFileSync(program, script);
      jobs.launch('daemon', [PERL, program, join(directory, 'pid')], { descriptors: [lines.writer] });
      const truth = Number(await lines.next());
      await jobs.until(() => jobs.mainOf('daemon') === truth);
      await settled();
      kernel.processes.kill(truth, SIGUSR2);
      const successor = Number(await lines.next());
      await jobs.until(() => jobs.mainOf('daemon') === successor);
      t.notOk(jobs.tracking.tracker.follower(keyOf('daemon'))?.over);
      t.same(jobs.living('daemon'), [successor]);
    });
  }

  for (const [way, argv] of Object.entries(WRAPPERS)) {
    test(`${name}: what is in the session is a member of a job that ${way}`, { skip }, async (t) => {
      const lines = new Lines(t);
      const jobs = new LiveJobs(t, name);
      const wrapper = jobs.launch('daemon', argv, { descriptors: [lines.writer] });
      const inside = Number(await lines.next());
      await settled();
      t.ok(jobs.living('daemon').includes(inside));
      t.equal(jobs.mainOf('daemon'), wrapper);
      t.notOk(isDetached(jobs, inside));
    });
  }

  test(`${name}: what a shell has become before foster first sees it`, { skip }, (t) => {
    const jobs = new LiveJobs(t, name);
    const launcher = jobs.launch('daemon', ['/bin/sh', '-c', 'exec sleep 1000'], {
      started: (pid) => untilItRuns(pid, 'sleep'),
    });
    t.ok(jobs.living('daemon').includes(launcher));
    t.match(jobs.tracking.tracker.lineage.get(launcher)?.image, { argv: ['sleep', '1000'] });
    t.end();
  });

  for (const [way, argv] of Object.entries(DETACHES)) {
    test(
      `${name}: what a script puts into a session of its own is detached, though it ${way}`,
      { skip },
      async (t) => {
        const lines = new Lines(t);
        const jobs = new LiveJobs(t, name);
        const apart: number[] = [];
        // how an exec and a session are read in turn is a race
        for (let run = 0; run < 8; run++) {
          jobs.launch(`script${run}`, argv, { descriptors: [lines.writer] });
          const inside = Number(await lines.next());
          apart.push(inside);
          t.ok(jobs.living(`script${run}`).includes(inside));
          // until it has settled, a script that runs something else may be about to leave its daemon
          if (way.startsWith('waits')) await until('it is detached', () => isDetached(jobs, inside));
          else t.notOk(isDetached(jobs, inside), `run ${run}`);
        }
        await settled();
        for (const [run, inside] of apart.entries()) t.ok(isDetached(jobs, inside), `run ${run}, settled`);
      },
    );
  }

  test(`${name}: a login of a server is none`, { skip }, async (t) => {
    const lines = new Lines(t);
    const jobs = new LiveJobs(t, name);
    const server = jobs.launch('daemon', SERVES, { descriptors: [lines.writer] });
    t.equal(Number(await lines.next()), server);
    kernel.processes.kill(server, SIGUSR1);
    const login = Number(await lines.next());
    await settled();
    t.ok(jobs.living('daemon').includes(login));
    t.ok(isDetached(jobs, login));
  });
}

/** Waits without the event loop: nothing else of foster's may run meanwhile. */
function untilItRuns(pid: number, program: string): void {
  const end = kernel.now() + 10e9;
  // an exec changes the name before the arguments
  while (kernel.proc.arguments(pid)?.[0] !== program)
    if (kernel.now() > end) throw new Error(`${pid} did not become ${program}`);
}

function isDetached({ tracking }: LiveJobs, pid: number): boolean | undefined {
  const process = tracking.tracker.lineage.get(pid);
  return process && tracking.tracker.isDetached(process, kernel.now());
}
