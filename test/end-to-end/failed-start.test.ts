/**
 * What a start that fails has left is ended before the next one begins, in every form of job file and on every source, though foster
 * has looked at it meanwhile, was stopped, or has replaced itself.
 */
import { test } from 'tap';
import { createKernel } from '../../src/kernel/linux.js';
import { testSources } from '../../src/tracker/sources/select.js';
import { allProcesses, commandLine, isAlive, killIfThere } from '../helpers/processes.js';
import { Supervisor } from '../helpers/supervisor.js';
import { until } from '../helpers/until.js';

function sleepers(seconds: number): readonly number[] {
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => isAlive(pid) && commandLine(pid) === `sleep ${seconds}`);
}

/** A launcher that has made its daemon, and works on for a while before it ends. */
const launcher = (seconds: number): string =>
  `exec /bin/sh -c 'setsid sleep ${seconds} & sleep 1000; exit 0'\nrespawn\nrespawn limit unlimited\n`;

type Act = (supervisor: Supervisor, daemon: number) => Promise<unknown>;

const isAsked: Act = (supervisor, daemon) =>
  supervisor.untilStatus('twice', ({ members, detached }) => [...members, ...detached].includes(daemon));
const isReplaced: Act = (supervisor) => supervisor.reexec();

/** Forms of the job file, and what happens to foster between the daemon's start and the launcher's end. */
const CASES: readonly (readonly [what: string, stanza: string, act: Act])[] = [
  ['a .conf job without expect, and foster is asked for its status', '', isAsked],
  ['a .conf job without expect, and foster is replaced', '', isReplaced],
  ['a job behind a gate, and foster is replaced', 'nice 5\n', isReplaced],
  ['a job that promises a daemon, and foster is replaced', 'ready daemonised\n', isReplaced],
];

/** Why the others are not tested is what their self-tests say. */
const SOURCES = testSources(createKernel());

for (const { name: source, test: found } of SOURCES)
  for (const [index, [what, stanza, act]] of CASES.entries())
    test(
      `${source}: a launcher is killed when its daemon lives: ${what}`,
      { skip: !found.works && found.reason },
      async (t) => {
        const seconds = 12_000 + index;
        const supervisor = Supervisor.prepare(t, {}, { args: ['--tracker', source] });
        supervisor.write('twice.conf', launcher(seconds) + stanza);
        await supervisor.begin();
        await supervisor.cli('start', '--no-wait', 'twice');
        const daemon = await until('the daemon', () => sleepers(seconds)[0]);
        await act(supervisor, daemon);
        const { main } = await supervisor.status('twice');
        killIfThere(main!, 'SIGKILL');
        await supervisor.untilStatus('twice', (now) => now.main !== null && now.main !== main);
        const next = await until('the next daemon', () => sleepers(seconds).find((pid) => pid !== daemon));
        t.same(sleepers(seconds), [next], 'the first one has been ended');
      },
    );

test('a server that fails at once does not leave what was put apart before it began: there is one of it, not one a respawn', async (t) => {
  const supervisor = Supervisor.prepare(t, {});
  supervisor.write(
    'fails.conf',
    "exec /bin/sh -c 'setsid sleep 12010 & exec false'\nrespawn\nrespawn limit 4 100\n",
  );
  await supervisor.begin();
  await supervisor.cli('start', '--no-wait', 'fails');
  await supervisor.untilMessage(/fails respawning too fast/);
  await until('the end of what the starts have left', () => sleepers(12010).length === 0);
  t.pass('nothing is left');
});
