/** What a job costs in memory: the difference between some jobs and twice as many, of what is live in the heap after a collection. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { plainEnvironment } from '../helpers/child.js';
import { scratchDirectory } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

const root = new URL('../../../', import.meta.url);
const pathOf = (relative: string): string => fileURLToPath(new URL(relative, root));

const KiB = 1024;

/** Starts foster with these jobs. @returns the live bytes in its heap, and outside for it, once they are up */
async function useWith(t: Test, count: number, text: string, running: number): Promise<number> {
  const directory = scratchDirectory(t);
  const at = (name: string): string => join(directory, name);
  mkdirSync(at('conf'));
  for (let number = 0; number < count; number++) writeFileSync(at(`conf/job${number}.conf`), text);
  const { nodeFlags } = (await import(new URL('scripts/lib/node-flags.js', root).href)) as {
    readonly nodeFlags: () => readonly string[];
  };
  const places = ['conf', 'log', 'run'].flatMap((name) => [`--${name}dir`, at(name)]);
  const probe = ['--expose-gc', '--import', pathOf('scripts/lib/soak-probe.js')];
  const supervisor = spawn(
    process.execPath,
    [...nodeFlags(), ...probe, pathOf('bin/foster'), 'init', ...places],
    {
      stdio: 'ignore',
      env: { ...plainEnvironment(), FOSTER_SOAK_PROBE: at('probe') },
    },
  );
  const ended = once(supervisor, 'exit');
  t.teardown(async () => {
    supervisor.kill();
    await ended;
  });
  const { pid } = supervisor;
  const children = (): number =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).length;
  await until('the control socket', () => existsSync(at('run/foster.sock')));
  await until('all jobs', () => children() === running);
  const began = Date.now();
  const report = (): { readonly at: number; readonly heap: number } | undefined =>
    existsSync(at('probe')) ? (JSON.parse(readFileSync(at('probe'), 'utf8')) as never) : undefined;
  // the second one: what is reported after a start has been reported by then
  await until('a measurement', () => (report()?.at ?? 0) > began + 2000);
  return report()!.heap;
}

async function costOf(t: Test, jobs: number, text: string, isRunning: boolean): Promise<number> {
  const some = await useWith(t, jobs, text, isRunning ? jobs : 0);
  const twice = await useWith(t, 2 * jobs, text, isRunning ? 2 * jobs : 0);
  return Math.round((twice - some) / jobs);
}

t.test('a job that waits', async (t) => {
  const each = await costOf(t, 500, 'start on never\nexec sleep 1000\n', false);
  t.ok(each < 3 * KiB, `${each} bytes`);
});

t.test('a job that runs, with its log and what is kept of its events', async (t) => {
  const each = await costOf(t, 60, 'start on startup\nexec sleep 1000\n', true);
  t.ok(each < 18 * KiB, `${each} bytes`);
});
