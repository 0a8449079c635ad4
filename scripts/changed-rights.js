#!/usr/bin/env node
/**
 * Daemons whose rights an exec changes: setuid, setgid and file-capability programs that daemonise at once, or late, on every
 * source of process events, beside a busy loop on each processor. perf's events of a process end at such an exec, a tracer keeps
 * it from happening, and /proc hides what belongs to another user. Ends with status 1 if foster was wrong once: about main,
 * about the start, or by leaving a process behind.
 *
 *     node scripts/changed-rights.js [--runs 200] [--at-once 20] [--trackers connector,perf,ptrace,procfs]
 *                                   [--kinds setuid,setgid,capability] [--ways 'at once,late'] [--log FILE]
 *
 * After `npm run build`; needs root, perl, setcap (libcap2-bin) and unshare (util-linux). foster runs in a pid namespace of its own,
 * except with the connector, which is on the host alone.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    'at-once': { type: 'string', default: '20' },
    trackers: { type: 'string', default: 'connector,perf,ptrace,procfs' },
    kinds: { type: 'string', default: 'setuid,setgid,capability' },
    ways: { type: 'string', default: 'at once,late' },
    log: { type: 'string' },
  },
});
const RUNS = Number(values.runs);
const AT_ONCE = Math.min(RUNS, Number(values['at-once']));
const FOSTER = fileURLToPath(new URL('../bin/foster', import.meta.url));
const PERL = '/usr/bin/perl';
/** a busy machine takes its time, and a wrong verdict is none that comes late */
const DEADLINE = 60_000;
/** a group that every Linux has, of whatever name */
const GROUP = 5;
/** longer than foster waits before it answers that a launcher stays in the foreground */
const LATE = 1.5;

/** What each kind of program shows that its rights have changed, as `euid egid CapEff`. */
const KINDS = {
  setuid: {
    prepare: (path) => fs.chmodSync(path, 0o4755),
    shows: ([uid]) => uid === '0',
  },
  setgid: {
    prepare: (path) => {
      fs.chownSync(path, 0, GROUP);
      fs.chmodSync(path, 0o2755);
    },
    shows: ([, gid]) => gid === `${GROUP}`,
  },
  capability: {
    prepare: (path) => run('setcap', ['cap_net_raw+ep', path]),
    shows: ([, , capabilities]) => /[1-9a-f]/.test(capabilities),
  },
};
const WAYS = { 'at once': 0, late: LATE };

/** Forks twice, and its last process writes its pid and its rights. Perl takes arguments for tainted in such a program. */
const DAEMON = `use strict; use warnings; use POSIX ();
my ($out) = $ARGV[0] =~ /^(.*)$/;
select(undef, undef, undef, $ARGV[1]);
exit 0 if fork; POSIX::setsid(); exit 0 if fork;
my ($group) = split ' ', $);
open(my $status, '<', '/proc/self/status') or die; my ($capabilities) = map { /^CapEff:\\s*(\\w+)/ } <$status>;
open(my $file, '>', "$out.new") or die; print $file "$$ $> $group $capabilities\\n"; close $file;
rename "$out.new", $out;
sleep 1000 while 1;
`;

const directory = fs.mkdtempSync(join(tmpdir(), 'foster-rights-'));
const at = (...parts) => join(directory, ...parts);
const programOf = (kind) => at(`perl-${kind}`);
const namesOf = (kind) => Array.from({ length: AT_ONCE }, (_, index) => `${kind}-${index}`);

function run(program, args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

/** Jobs are those of nobody: root has no rights to gain. */
function prepare() {
  fs.chmodSync(directory, 0o755);
  for (const part of ['conf', 'out']) fs.mkdirSync(at(part));
  fs.chmodSync(at('out'), 0o777);
  fs.writeFileSync(at('daemon.pl'), DAEMON);
  for (const [kind, { prepare: change }] of Object.entries(KINDS)) {
    fs.copyFileSync(PERL, programOf(kind));
    fs.chmodSync(programOf(kind), 0o755);
    change(programOf(kind));
  }
}

function writeJobs(delay) {
  for (const kind of Object.keys(KINDS))
    for (const name of namesOf(kind)) {
      const command = [programOf(kind), at('daemon.pl'), at('out', name), delay];
      fs.writeFileSync(at('conf', `${name}.ini`), `exec = ${command.join(' ')}\nsetuid = nobody\n`);
    }
}

function ask(method, path, body) {
  const socketPath = at('run', 'foster.sock');
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    // a connection that is kept open may be closed just when it is used again
    const call = request({ socketPath, method, path, headers, agent: false });
    call.on('error', reject);
    call.on('response', async (response) => {
      const parts = await response.toArray();
      resolve(JSON.parse(Buffer.concat(parts).toString()));
    });
    call.end(body && JSON.stringify(body));
  });
}

/** Waits for a condition. @returns whether it came true in time */
async function until(holds) {
  const end = performance.now() + DEADLINE;
  while (!(await holds())) {
    if (performance.now() > end) return false;
    await sleep(20);
  }
  return true;
}

/** What the daemon wrote; undefined as long as there is none. */
function truthOf(name) {
  const path = at('out', name);
  if (!fs.existsSync(path)) return undefined;
  const [pid, ...rights] = fs.readFileSync(path, 'utf8').trim().split(' ');
  return { pid: Number(pid), rights };
}

/** Processes that run the daemon of this job, whatever foster says of them. */
function livingOf(name) {
  return fs.readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0').includes(at('out', name));
    } catch {
      return false; // it has ended meanwhile
    }
  });
}

/** One start and one stop of a daemon. @returns what was wrong; undefined when all was right */
async function runOnce(name, kind) {
  const started = await ask('POST', `/v1/jobs/${name}/start`, {});
  if (started.error !== undefined) return `the start failed: ${JSON.stringify(started)}`;
  if (!(await until(() => truthOf(name) !== undefined))) return 'the daemon did not start';
  const { pid, rights } = truthOf(name);
  if (!KINDS[kind].shows(rights)) return `the exec did not change its rights: ${rights.join(' ')}`;
  let job;
  const isRight = async () => {
    job = await ask('GET', `/v1/jobs/${name}`);
    return job.main === pid && job.state === 'running';
  };
  if (!(await until(isRight))) return `the daemon is ${pid}, and foster says ${JSON.stringify(job)}`;
  if (livingOf(name).length !== 1) return `${livingOf(name).length} daemons run`;
  await ask('POST', `/v1/jobs/${name}/stop`, {});
  if (livingOf(name).length > 0) return 'the stop left it';
  fs.rmSync(at('out', name));
  return undefined;
}

async function withFoster(tracker, act) {
  const words = ['init', '--tracker', tracker, '--confdir', at('conf'), '--rundir', at('run')];
  words.push('--logdir', at('log'), '--no-startup-event');
  const alone = ['--pid', '--fork', '--mount-proc', '--kill-child', FOSTER, ...words];
  const [program, args] = tracker === 'connector' ? [FOSTER, words] : ['unshare', alone];
  const log = fs.openSync(at('foster.log'), 'a');
  const foster = spawn(program, args, { stdio: ['ignore', log, log] });
  const ended = once(foster, 'exit');
  try {
    const isUp = () =>
      ask('GET', '/v1/report').then(
        (report) => report.tracker === tracker,
        () => false,
      );
    if (!(await until(() => foster.exitCode !== null || isUp())))
      throw new Error(`foster with ${tracker} does not answer`);
    if (foster.exitCode !== null) return false;
    await act();
    return true;
  } finally {
    // unshare passes no signals on
    if (foster.exitCode === null) await ask('POST', '/v1/shutdown', {}).catch(() => foster.kill());
    await ended;
    for (const part of ['run', 'log']) fs.rmSync(at(part), { recursive: true, force: true });
  }
}

let wrong = 0;
let runs = 0;

async function tryKind(tracker, kind, way) {
  const faults = [];
  for (let done = 0; done < RUNS; done += AT_ONCE) {
    const names = namesOf(kind);
    const results = await Promise.all(names.map((name) => runOnce(name, kind)));
    for (const [index, fault] of results.entries())
      if (fault !== undefined) faults.push(`${names[index]}: ${fault}`);
    runs += AT_ONCE;
  }
  wrong += faults.length;
  console.log(`${faults.length === 0 ? 'ok' : 'NOT OK'} ${tracker}, ${kind}, ${way}: ${faults.length} wrong`);
  for (const fault of faults.slice(0, 3)) console.log(`    ${fault}`);
}

const busy = Array.from({ length: availableParallelism() }, () => spawn('sh', ['-c', 'while :; do :; done']));
try {
  prepare();
  for (const way of values.ways.split(',')) {
    const delay = WAYS[way];
    writeJobs(delay);
    for (const tracker of values.trackers.split(',')) {
      const works = await withFoster(tracker, async () => {
        for (const kind of values.kinds.split(',')) await tryKind(tracker, kind, way);
      });
      if (!works) console.log(`skipped: ${tracker} does not work here`);
    }
  }
} finally {
  for (const process of busy) process.kill();
  if (values.log !== undefined) fs.copyFileSync(at('foster.log'), values.log);
  fs.rmSync(directory, { recursive: true, force: true });
}
console.log(`${runs} runs, ${wrong} wrong`);
process.exitCode = wrong === 0 && runs > 0 ? 0 : 1;
