/**
 * A machine that boots all at once: many daemons of all shapes, started by the events of a boot as fast as they can be emitted,
 * with foster as PID 1. Afterwards each runs once, foster has answered all the while, and the shutdown leaves nothing.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { ControlClient } from '../../src/control/client/client.js';
import type { JobStatus } from '../../src/supervisor/api/job-status.js';
import { BOOT_EVENTS, bootJobs, workerScript } from '../helpers/boot-jobs.js';
import { overlayRoot, withoutReach } from '../helpers/overlay-root.js';
import { mayMakeNamespaces, PidOne, scratchDirectory } from '../helpers/pid-one.js';
import { until } from '../helpers/until.js';

if (!mayMakeNamespaces) {
  t.comment('skipped: only root may make the namespaces that these tests run in');
  process.exit();
}

/** Real job files of public repositories, which are no part of the project. */
const CORPUS = fileURLToPath(new URL('../../../../shared/upstart-corpus/', import.meta.url));

/** It removes /var/run/*, which is another test's (run-directory.test.ts). */
const NOT_BOOTED = 'cleanup.conf';

/** What an answer may take where a processor is free: on a busy machine, as many times longer as there are processes for each. */
const ANSWER_MS = 1000;
const crowd = (): number => Math.max(1, loadavg()[0]! / availableParallelism());

/** A machine's run directory is in memory, and thousands of files are saved in it while it boots. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : undefined;

/** Of 660 files at once: more than the second that it should be, since they start each other without end. */
const CORPUS_ANSWER_MS = 10_000;

interface Answer {
  /** milliseconds */
  readonly took: number;
  /** how many of them foster was ready to run and had no processor, because the boot and the machine's other work wanted all */
  readonly waited: number;
}

class Boot {
  readonly init: PidOne;
  readonly client: ControlClient;
  readonly answers: Answer[] = [];
  #asking = true;
  #asked: Promise<void> | undefined;

  constructor(t: Test, directory: string, source: string, jobs: Record<string, string>) {
    this.init = new PidOne(t, directory, {
      namespaces: ['--uts', '--ipc', '--net'],
      args: ['--machine', '--tracker', source, '--log-priority', 'info'],
      before: overlayRoot(directory),
      wrapper: withoutReach,
      jobs,
    });
    this.client = new ControlClient(join(directory, 'run', 'foster.sock'));
    t.teardown(() => (this.#asking = false));
  }

  jobs(): Promise<readonly JobStatus[]> {
    return this.client.request<readonly JobStatus[]>('/v1/jobs', { timeout: Infinity });
  }

  async untilUp(): Promise<void> {
    await until('foster', async () => {
      try {
        return await this.jobs();
      } catch (error) {
        if (this.init.err.includes('umount: ')) throw error;
        return false;
      }
    });
    this.#asked = this.#ask();
  }

  async emitAll(): Promise<void> {
    for (const [event, ...env] of BOOT_EVENTS)
      await this.client.request('/v1/events', {
        method: 'POST',
        body: { event, env, wait: false },
        timeout: Infinity,
      });
  }

  /** Asks without a pause for the list and for one job. */
  async #ask(): Promise<void> {
    while (this.#asking) {
      const [began, waiting] = [performance.now(), waitedFor(this.init.pid)];
      await this.jobs();
      this.answers.push({ took: performance.now() - began, waited: waitedFor(this.init.pid) - waiting });
    }
  }

  /** How long answers took, in milliseconds: half of them at most, the slowest, and the slowest but for a wait for a processor. */
  async answered(): Promise<{ readonly median: number; readonly slowest: number; readonly own: number }> {
    this.#asking = false;
    await this.#asked;
    const sorted = this.answers.map(({ took }) => took).sort((a, b) => a - b);
    const own = Math.max(0, ...this.answers.map(({ took, waited }) => took - waited));
    return { median: sorted[sorted.length >> 1] ?? 0, slowest: sorted.at(-1) ?? 0, own };
  }
}

/** How long the first thread of a process has waited for a processor so far, in milliseconds (kernel: sched-stats). */
function waitedFor(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
}

/** That clients were answered all the time, which once took two minutes. @param longest milliseconds, but for a wait for a processor */
async function checkAnswers(t: Test, boot: Boot, longest: number): Promise<void> {
  const { median, slowest, own } = await boot.answered();
  const [half, all, fosters] = [median, slowest, own].map(Math.round);
  t.comment(
    `answers: median ${half} ms, slowest ${all} ms, of which foster had a processor or slept ${fosters} ms`,
  );
  t.ok(median < ANSWER_MS * crowd(), `half of the answers came in ${half} ms`);
  // it also sleeps until the programs that it starts have had a processor
  t.ok(own < longest * crowd(), `the slowest answer came in ${fosters} ms, without the wait for a processor`);
}

/** pids by job, as the daemons themselves wrote them, without those that have ended. */
function livingMarks(path: string, pidOne: PidOne): Map<string, number[]> {
  const living = new Set(pidsInside(pidOne));
  const found = new Map<string, number[]>();
  for (const line of existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : []) {
    const [job = '', pid = ''] = line.split(' ');
    if (living.has(Number(pid))) found.set(job, [...(found.get(job) ?? []), Number(pid)]);
  }
  return found;
}

function pidsInside({ pid }: PidOne): readonly number[] {
  return readdirSync(`/proc/${pid}/root/proc`)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

for (const source of ['perf', 'ptrace', 'procfs']) {
  t.test(`a boot of many daemons, seen by ${source}`, async (t) => {
    const directory = scratchDirectory(t, MEMORY);
    const marks = join(directory, 'marks');
    writeFileSync(`${marks}.sh`, workerScript);
    const { files, daemons } = bootJobs(marks, 12);
    const boot = new Boot(t, directory, source, files);
    await boot.untilUp();
    await boot.emitAll();

    await until('all daemons', async () => {
      const jobs = await boot.jobs();
      return daemons.every((name) => jobs.find((job) => job.name === name)?.state === 'running');
    });
    const jobs = new Map((await boot.jobs()).map((job) => [job.name, job]));
    const living = livingMarks(marks, boot.init);
    t.same([...living.keys()].sort(), [...daemons].sort(), 'each daemon runs');
    for (const name of daemons) {
      t.same(living.get(name), [jobs.get(name)?.main], `${name} runs once, and is main`);
      t.same(jobs.get(name)?.detached, [], `${name} has left nothing`);
    }
    await checkAnswers(t, boot, ANSWER_MS);

    boot.init.signal('SIGTERM');
    const { signal, err } = await boot.init.ended;
    t.equal(signal, 'SIGINT', 'it was powered off');
    t.notMatch(err, /did not stop within|have not ended|Internal error/, 'nothing was left');
  });
}

t.test(
  'the job files of real machines boot',
  { skip: existsSync(CORPUS) ? false : `${CORPUS} is not there` },
  async (t) => {
    const golden = JSON.parse(readFileSync(join(CORPUS, 'golden.json'), 'utf8')) as Record<
      string,
      { class?: unknown }
    >;
    const accepted = Object.keys(golden).filter(
      (file) => golden[file]?.class !== undefined && !file.endsWith(NOT_BOOTED),
    );
    const jobs = Object.fromEntries(
      // job files wait for one another by the names that they had
      accepted.map((file) => [file.replace(/^\d+-/, ''), readFileSync(join(CORPUS, 'files', file), 'utf8')]),
    );
    const boot = new Boot(t, scratchDirectory(t, MEMORY), 'perf', jobs);
    await boot.untilUp();
    await boot.emitAll();
    // some of these files never come to rest: their programs are missing, and they start one another
    const asked = boot.answers.length;
    await until('a hundred answers', () => boot.answers.length > asked + 100);
    for (const { name, detached } of await boot.jobs())
      if (detached.length > 0) t.fail(`${name} has left ${detached.join(' ')}`);
    await checkAnswers(t, boot, CORPUS_ANSWER_MS);
    boot.init.signal('SIGTERM');
    const { signal, err } = await boot.init.ended;
    t.equal(signal, 'SIGINT', 'it was powered off');
    t.notMatch(err, /have not ended|Internal error/);
  },
);
