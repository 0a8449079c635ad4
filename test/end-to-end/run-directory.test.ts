/** What becomes of a supervisor whose run directory is removed, hidden by a mount, becomes read-only or full while jobs run. */
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { mayMakeNamespaces, PidOne, scratchDirectory, Visitor } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

const CLI = `'${process.execPath}' '${fileURLToPath(new URL('../helpers/foster.js', import.meta.url))}'`;

const JOB =
  'start on startup\nrespawn\nconsole output\nscript\n  echo job $$ is up\n  exec sleep 1000\nend script\n';

/** Small, so that it is full in no time. */
const IN_MEMORY = 'mkdir -p "$RUN" && mount -t tmpfs -o size=300k foster-test "$RUN"';

/** Boot scripts mount a tmpfs on /run after PID 1 has put its socket there. */
const HIDE = 'mount -t tmpfs -o mode=0755 foster-test "$RUN"';

const DAMAGES = {
  removed: { prepare: 'true', harm: 'rm -rf "$RUN"' },
  hidden: { prepare: 'mkdir -p "$RUN"', harm: HIDE },
  'hidden twice': { prepare: 'mkdir -p "$RUN"', harm: `${HIDE} && sleep 0.3 && ${HIDE}` },
  emptied: { prepare: 'true', harm: 'rm -rf "$RUN"/*' },
  'read-only': { prepare: IN_MEMORY, harm: 'mount -o remount,ro "$RUN"' },
  full: { prepare: IN_MEMORY, harm: 'cat /dev/zero >"$RUN/filler" 2>/dev/null; true' },
} as const;
type Damage = keyof typeof DAMAGES;

/** Here an ordinary process cannot save, and starts no other job. */
const LACKS_SPACE: readonly Damage[] = ['read-only', 'full'];

/** A shell that is PID 1, and starts foster again whenever that has ended. */
const STARTED_AGAIN = 'while true; do "$@"; echo "foster ended with $?"; done';

/** A shell that is PID 1, and has a stranger and foster among its children. */
const BESIDE_STRANGER = [
  'sleep 2000 & stranger=$!',
  '"$@" & foster=$!; echo "foster is $foster"; wait $foster; echo "foster ended with $?"',
  'kill -0 $stranger && echo "the stranger lives"',
].join('\n');

class Rig {
  readonly init: PidOne;
  readonly #run: string;

  constructor(
    t: Test,
    damage: Damage,
    readonly isPidOne: boolean,
  ) {
    const directory = scratchDirectory(t);
    this.#run = join(directory, 'run');
    this.init = new PidOne(t, directory, {
      jobs: { 'a.conf': JOB, 'b.conf': 'exec sleep 1000\n' },
      args: ['--stop-budget', '5'],
      env: { RUN: this.#run },
      before: DAMAGES[damage].prepare,
      ...(!isPidOne && { wrapper: ['sh', '-c', BESIDE_STRANGER, 'sh'] }),
    });
  }

  /** foster, as it is seen from outside. */
  get foster(): number {
    const { init } = this;
    if (this.isPidOne) return init.pid;
    const [, number] = /foster is (\d+)/.exec(init.out) ?? [];
    return init.children.find((pid) => init.numberInside(pid) === Number(number))!;
  }

  /** How often the job has begun. */
  get starts(): number {
    return this.init.out.match(/job \d+ is up/g)?.length ?? 0;
  }

  signal(name: 'SIGHUP' | 'SIGUSR2' | 'SIGTERM'): void {
    process.kill(this.foster, constants.signals[name]);
  }

  /** Runs a line of shell where foster runs. */
  async shell(line: string): Promise<string> {
    const visitor = new Visitor(this.init.pid);
    await visitor.run(`RUN='${this.#run}'; ${line}`);
    return visitor.out;
  }

  cli(words: string): Promise<string> {
    return this.shell(`${CLI} ${words} --socket "$RUN/foster.sock" 2>&1`);
  }

  async untilAnswered(): Promise<string> {
    return until('an answer', async () => {
      const answer = await this.cli('status a');
      return answer.startsWith('a start/running') && answer;
    });
  }

  async killMain(): Promise<void> {
    const { starts } = this;
    await this.shell("kill -KILL $(pgrep -f '^sleep 1000$' | head -n 1)");
    await until('the respawn', () => this.starts > starts);
  }
}

for (const damage of Object.keys(DAMAGES) as Damage[]) {
  for (const isPidOne of [true, false]) {
    const who = isPidOne ? 'PID 1' : 'an ordinary process';
    t.test(`a run directory that is ${damage}, with foster as ${who}`, async (t) => {
      const rig = new Rig(t, damage, isPidOne);
      const { init } = rig;
      await init.untilOut(/job \d+ is up/);
      const first = (await rig.untilAnswered()).split('\n')[0];
      await rig.shell(DAMAGES[damage].harm);
      t.equal((await rig.untilAnswered()).split('\n')[0], first, 'the job goes on, and foster answers');

      await rig.killMain();
      t.match(await rig.untilAnswered(), /respawns +1/, 'a crash is respawned');
      rig.signal('SIGHUP');
      await rig.untilAnswered();
      rig.signal('SIGUSR2');
      await until('the re-exec', () => init.err.includes('Re-executing'));
      t.match(await rig.untilAnswered(), /respawns +1/, 'a re-exec loses nothing');
      t.match(
        await rig.cli('start b'),
        isPidOne || !LACKS_SPACE.includes(damage) ? /b start\/running/ : /running|save/,
        'a job is started, or it is said why not',
      );
      t.match(await rig.cli('stop b'), /b stop\/waiting|Unknown instance|not running/i);

      const begun = performance.now();
      rig.signal('SIGTERM');
      if (!isPidOne) await init.untilOut(/the stranger lives/);
      t.match(await init.ended, { status: 0 });
      t.ok(performance.now() - begun < 7000, 'within the stop budget');
      t.notMatch(init.err, /Internal error/);
      if (!isPidOne) t.match(init.out, /foster ended with 0/);
    });
  }
}

for (const damage of ['removed', 'emptied', 'hidden'] as const) {
  t.test(
    `a run directory that is ${damage}, and then a crash: what jobs write is in their logs`,
    async (t) => {
      const directory = scratchDirectory(t);
      const run = join(directory, 'run');
      const job = 'start on startup\nscript\n  for n in 1 2; do echo up; read x <"$GO"; done\nend script\n';
      const init = new PidOne(t, directory, {
        jobs: { 'a.conf': `env GO=${join(directory, 'go')}\n${job}` },
        env: { RUN: run },
        before: `mkfifo '${join(directory, 'go')}'`,
        wrapper: ['sh', '-c', STARTED_AGAIN, 'sh'],
      });
      const shell = async (line: string): Promise<string> => {
        const visitor = new Visitor(init.pid);
        await visitor.run(`RUN='${run}'; ${line}`);
        return visitor.out;
      };
      const log = (): Promise<string> => shell(`cat '${join(directory, 'log/a.log')}' 2>&1`);
      await until('its first line', async () => (await log()) === 'up\n');
      const isThere = async (): Promise<boolean> =>
        (await shell('test -S "$RUN/foster.sock" && ls "$RUN"/output "$RUN"/jobs')).includes('a.json');
      await until('the run directory', isThere);
      await shell(DAMAGES[damage].harm);
      await until('the run directory again, without being asked', isThere);
      await shell('kill -KILL $(cat "$RUN/lock")');
      await init.untilOut(/foster ended with 137/);
      await until('the next foster', async () =>
        (await shell(`${CLI} status a --socket "$RUN/foster.sock"`)).startsWith('a start/running'),
      );
      await shell(`echo >'${join(directory, 'go')}'`);
      await until('its second line', async () => (await log()) === 'up\nup\n');
      t.pass();
    },
  );
}

t.test('a file system that was mounted over the run directory and is taken away again', async (t) => {
  const rig = new Rig(t, 'hidden', true);
  await rig.init.untilOut(/job \d+ is up/);
  const first = (await rig.untilAnswered()).split('\n')[0];
  await rig.shell(DAMAGES.hidden.harm);
  t.equal((await rig.untilAnswered()).split('\n')[0], first);
  await rig.shell('umount "$RUN"');
  t.equal(
    (await rig.untilAnswered()).split('\n')[0],
    first,
    'the sockets that nobody listens at are replaced',
  );
  t.notMatch(rig.init.err, /somebody else/);
});
