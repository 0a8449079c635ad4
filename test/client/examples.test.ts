/** The programs of examples/client/ against a real supervisor. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';
import { outcomeOf, plainEnvironment, spawnChild } from '../helpers/child.js';
import { Supervisor } from '../helpers/supervisor.js';

const PROJECT = dirname(fileURLToPath(new URL('../../../package.json', import.meta.url)));

const there = (program: string): false | string =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined ? false : `needs ${program}`;

for (const [program, file] of [
  [process.execPath, 'restart.js'],
  ['python3', 'restart.py'],
  ['curl', 'restart.sh'],
] as const) {
  test(file, { skip: there(program) }, async (t) => {
    const supervisor = await Supervisor.start(t, { 'nap.ini': 'exec = sleep 1000\n' });
    await supervisor.cli('start', 'nap');
    const { main: first } = await supervisor.status('nap');
    const run = (job: string) => {
      const interpreter = program === 'curl' ? 'sh' : program;
      const env = { ...plainEnvironment(), FOSTER_SOCKET: supervisor.socket };
      return outcomeOf(
        spawnChild(interpreter, [join(PROJECT, 'examples/client', file), job], {
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
    };
    const { status, out, err } = await run('nap');
    t.equal(status, 0, err);
    const { main: second } = await supervisor.status('nap');
    t.not(second, first);
    t.match(out, new RegExp(`\\b${first}\\b[^]*\\b${second}\\b`), 'the process before and after');
    t.match(out, /starting[^]*running/);

    const refused = await run('nobody');
    t.not(refused.status, 0);
    t.match(`${refused.out}${refused.err}`, /Unknown job: nobody/);
  });
}
