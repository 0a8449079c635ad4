#!/usr/bin/env node
/**
 * How the rules engine and the supervisor begin on a machine that is full of processes: how long until every process is where
 * a rule wants it, how long the event loop stands still at most, and how much memory that takes.
 *
 *      node scripts/many-processes.js [PROCESSES]     after `npm run build`; as root; needs perl and groups of version 1
 *
 * All processes are children of one, which takes them with it when it ends. kernel.pid_max has to leave room for them: this
 * script takes fewer when it does not, and never sets it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BUILD = process.env.FOSTER_BUILD ?? fileURLToPath(new URL('../build', import.meta.url));
const FOSTER = process.env.FOSTER ?? fileURLToPath(new URL('../bin/foster', import.meta.url));
const load = (path) => import(join(BUILD, 'src', path));
const { createKernel } = await load('kernel/linux.js');
const { cgroupSetup } = await load('kernel/cgroup-layout.js');
const { RulesService } = await load('rules/service.js');
const { ControlClient } = await load('control/client.js');

const SCOPE = `many-processes-${process.pid}`;
const CONTROLLERS = ['cpu', 'memory', 'pids'];
/** pids that others of this machine may need meanwhile */
const ROOM = 7_000;

/** Ends with its parent, whatever becomes of that. */
const FORKS = `use POSIX; $| = 1;
for my $n (1 .. $ARGV[0]) {
  my $pid = fork // do { print "$!\\n"; last };
  if (!$pid) { syscall(157, 1, 9); POSIX::pause() while 1 }
}
print "made\\n"; <STDIN>;`;

const say = (text) => process.stdout.write(`${text}\n`);
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`;

/** What `work` takes: seconds, the longest standstill of the event loop, and memory afterwards. */
async function measured(name, work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  delay.enable();
  // the first tick only begins the measurement
  await pause(5);
  await work();
  await pause(5);
  delay.disable();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  say(
    `${name}: ${seconds.toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} s of processor, longest standstill ${(delay.max / 1e6).toFixed(1)} ms, memory ${megabytes(process.memoryUsage().rss)}`,
  );
}

const directory = mkdtempSync(join(tmpdir(), 'many-processes-'));
const points = cgroupSetup()
  .hierarchies.filter(({ controllers }) => controllers.some((one) => CONTROLLERS.includes(one)))
  .map(({ point }) => point);
const program = join(directory, 'many-perl');
cpSync('/usr/bin/perl', program);
const limit = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) - ROOM;
const count = Math.min(Number(process.argv[2] ?? 100_000), limit);
const parent = spawn(program, ['-e', FORKS, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
const [first] = await once(parent.stdout, 'data');
if (!String(first).startsWith('made')) throw new Error(`not all processes could be made: ${first}`);
say(`${count} processes were made`);

const config = join(directory, 'cgrules.conf');
const kernel = createKernel();
const inGroup = () =>
  readFileSync(join(points[0], SCOPE, 'cgroup.procs'), 'utf8')
    .trim()
    .split('\n').length;

async function rules(name, text) {
  writeFileSync(config, text);
  let moves = 0;
  const service = new RulesService({
    kernel,
    sources: { rules: { paths: [config], optional: false }, templates: { paths: [], optional: true } },
    getent: undefined,
    dryRun: false,
    stickySocket: undefined,
    moved: () => (moves += 1),
    made: () => undefined,
    say: (line) => line.includes('in force') || say(`    ${line}`),
  });
  await measured(name, () => service.start());
  say(`    ${moves} moved, ${existsSync(join(points[0], SCOPE)) ? inGroup() : 0} are in the group`);
  service.close();
}

/** How long a supervisor takes to answer at most, from its beginning on and while somebody begins to listen to everything. */
async function supervisor() {
  const [conf, log, run] = ['conf', 'log', 'run'].map((name) => join(directory, name));
  mkdirSync(conf);
  const words = ['init', '--confdir', conf, '--logdir', log, '--rundir', run, '--no-startup-event'];
  const begun = performance.now();
  const init = spawn(FOSTER, words, { stdio: 'ignore' });
  const client = new ControlClient(join(run, 'foster.sock'));
  while (!(await client.request('/v1/health').catch(() => undefined))) await pause(10);
  say(`a supervisor answers after ${((performance.now() - begun) / 1000).toFixed(2)} s`);
  for (const types of ['', '&type=exit&type=adopted', '&type=namespace']) {
    const stop = new AbortController();
    const over = client.follow(`/v1/events?all=true${types}`, () => undefined, stop.signal);
    let longest = 0;
    for (const end = performance.now() + 3000; performance.now() < end;) {
      const asked = performance.now();
      await client.request('/v1/health');
      longest = Math.max(longest, performance.now() - asked);
    }
    stop.abort();
    await over;
    say(`    longest answer in the 3 s after /v1/events?all=true${types}: ${longest.toFixed(1)} ms`);
  }
  const status = readFileSync(`/proc/${init.pid}/status`, 'utf8');
  say(`    its memory: ${megabytes(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024)}`);
  init.kill('SIGTERM');
  await once(init, 'close');
}

try {
  await rules('rules that are about others', `*:nobody-is-called-so ${CONTROLLERS.join(',')} ${SCOPE}\n`);
  await rules('rules that move them all', `*:many-perl ${CONTROLLERS.join(',')} ${SCOPE}\n`);
  await rules('rules by which they are right', `*:many-perl ${CONTROLLERS.join(',')} ${SCOPE}\n`);
  await supervisor();
} finally {
  parent.kill('SIGKILL');
  for (const point of points) {
    const group = join(point, SCOPE);
    while (existsSync(group)) {
      try {
        rmdirSync(group);
      } catch (error) {
        if (error.code !== 'EBUSY') throw error;
        await pause(50);
      }
    }
  }
  rmSync(directory, { recursive: true, force: true });
}
