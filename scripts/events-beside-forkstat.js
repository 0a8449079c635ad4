#!/usr/bin/env node
/**
 * foster's process events beside those of Debian's forkstat, of the same processes at the same time: a workload that writes
 * down what it does makes 50,000 events (fork, setsid, a new name, other ids, exec, exit, some ptrace and core dumps), while
 * `forkstat`, `foster events --all` and the library print what they see. Reports what each has missed or invented, and the
 * CPU time of each. FOSTER names the program (default: bin/foster of this tree). Ends with status 1 if foster missed or invented one.
 *
 *     node scripts/events-beside-forkstat.js [EVENTS]    after `npm run build`; as root; needs forkstat and /usr/bin/python3
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOSTER = process.env.FOSTER ?? join(ROOT, 'bin/foster');
const EVENTS = Number(process.argv[2] ?? 50_000);
/** fork, sid, comm, uid, exit, and half of the time exec; that of the group is not compared */
const EVENTS_A_PROCESS = 5.5;
const PROCESSES = Math.ceil(EVENTS / EVENTS_A_PROCESS);
/** What both tell of; forkstat has no event for a change of the group. */
const COMPARED = ['fork', 'exec', 'exit', 'uid', 'sid', 'comm', 'ptrace', 'coredump'];
const TYPES = [...COMPARED, 'gid'].flatMap((type) => ['--type', type]);
/** forkstat's words that differ from foster's */
const FORKSTAT_WORDS = { ptrce: 'ptrace', core: 'coredump' };

const directory = mkdtempSync(join(tmpdir(), 'foster-forkstat-'));
const socket = join(directory, 'run/foster.sock');

/**
 * Each process tells of itself by what its parent knows: line by line, the type, the pid, and for an exit the status. It
 * waits until it is told to go on, so that a tracer can come, and rests after every ten: forkstat's receive buffer is small.
 */
const WORKLOAD = `import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NAME, PTRACE_ATTACH, PTRACE_DETACH = 15, 16, 17
for i in range(int(sys.argv[1])):
    r, w = os.pipe()
    traced, dumps, execs = i % 50 == 1, i % 50 == 2, i % 2 == 0
    pid = os.fork()
    if pid == 0:
        os.close(w)
        os.setsid()
        libc.prctl(PR_SET_NAME, b'work%d' % i, 0, 0, 0)
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        os.read(r, 1)
        if dumps: os.abort()
        if execs: os.execv('/bin/true', ['true'])
        os._exit(i % 8)
    os.close(r)
    print('fork', pid); print('sid', pid); print('comm', pid); print('uid', pid)
    if traced:
        time.sleep(0.005)
        libc.ptrace(PTRACE_ATTACH, pid, 0, 0); os.waitpid(pid, 0); libc.ptrace(PTRACE_DETACH, pid, 0, 0)
        print('ptrace', pid); print('ptrace', pid)
    os.close(w)
    status = os.waitpid(pid, 0)[1]
    if dumps: print('coredump', pid)
    elif execs: print('exec', pid)
    print('exit', pid, status & ~0x80)
    if i % 10 == 9: time.sleep(0.01)
`;

const LIBRARY = `import { writeSync } from 'node:fs';
import { connector, eventFields, eventWord } from 'foster/tracker';
let lines = '';
const flush = () => { writeSync(1, lines); lines = ''; };
connector({ adoptions: false, programs: process.argv[1] === 'programs' }).listen((event) => {
  if (lines === '') setImmediate(flush);
  lines += eventWord(event.type) + ':' + eventFields(event).map(([name, value]) => ' ' + name + '=' + value).join('') + '\\n';
});
`;

/** Starts a program whose output goes to a file. */
function watcher(name, command, args) {
  const path = join(directory, `${name}.out`);
  const file = openSync(path, 'w');
  const env = { ...process.env, FOSTER_SOCKET: socket };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', file, 'inherit'] });
  closeSync(file);
  return { name, child, path, pids: [child.pid] };
}

/** CPU time of a process with all its threads, milliseconds */
function cpuOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0],
  );
  return times.reduce((sum, time) => sum + Number(time), 0) / 1e6;
}

const cpu = ({ pids }) => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);

/** Of a line, what is compared: `type pid`, and the status of an exit. */
function keyOf(type, pid, status) {
  return status === undefined ? `${type} ${pid}` : `${type} ${pid} ${status}`;
}

/** The parsers answer the type, the pid, the status of an exit and the parent of a fork; undefined for other lines. */
function fromFoster(line) {
  const entry = line === '' ? {} : JSON.parse(line);
  if (entry.type !== 'process') return undefined;
  const { type, pid, child, status, parent } = entry.event;
  return { type, pid: child ?? pid, status: status === undefined ? undefined : status & ~0x80, parent };
}

function fromLibrary(line) {
  const [, type, fields] = /^([a-z]+): (.*)$/.exec(line) ?? [];
  const pid = /(?:^| )pid=(\d+)/.exec(fields ?? '')?.[1];
  if (pid === undefined) return undefined;
  const status = / status=(\d+)/.exec(fields)?.[1];
  const signal = / signal=ABRT/.test(fields) ? 6 : undefined;
  const parent = Number(/^ppid=(\d+)/.exec(fields)?.[1]);
  return {
    type,
    pid: Number(pid),
    parent,
    status: type === 'exit' ? (signal ?? Number(status) << 8) : undefined,
  };
}

let forking;
/** A fork has two lines, the parent's and the child's; the status of an exit is there, but not in what form. */
function fromForkstat(line) {
  const [, word, pid, info] = /^\d\d:\d\d:\d\d (\w+)\s+(\d+)\s+(\S+)?/.exec(line) ?? [];
  if (word === 'fork' && info === 'parent') forking = Number(pid);
  if (word === undefined || (word === 'fork' && info !== 'child')) return undefined;
  return { type: FORKSTAT_WORDS[word] ?? word, pid: Number(pid), parent: forking };
}

/**
 * How often each was told, of the children of the workload alone: from their fork to their exit, since others on this
 * machine get their pids before and after.
 */
function count(lines, parse, workload) {
  const found = new Map();
  const living = new Set();
  for (const line of lines) {
    const { type, pid, status, parent } = parse(line) ?? {};
    if (type === 'fork' && parent === workload) living.add(pid);
    if (!COMPARED.includes(type) || !living.has(pid)) continue;
    if (type === 'exit') living.delete(pid);
    const key = keyOf(type, pid, status);
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}

function compare(truth, found) {
  const [missing, invented] = [[], []];
  for (const key of new Set([...truth.keys(), ...found.keys()])) {
    const difference = (found.get(key) ?? 0) - (truth.get(key) ?? 0);
    if (difference < 0) missing.push(key);
    if (difference > 0) invented.push(key);
  }
  return { missing, invented };
}

const linesOf = (path) => readFileSync(path, 'utf8').split('\n');

async function settle(watchers) {
  for (let before = -1, now = 0; now !== before;) {
    before = now;
    await sleep(1000);
    now = watchers.reduce((sum, { path }) => sum + readFileSync(path).length, 0);
    if (before === now) return;
    // the machine is never quite silent: what is left after some seconds is not of the workload
    if ((settle.rounds = (settle.rounds ?? 0) + 1) > 5) return;
  }
}

async function main() {
  if (process.getuid() !== 0) throw new Error('this needs root: the workload changes its user');
  for (const program of ['forkstat', '/usr/bin/python3'])
    if (spawnSync('which', [program]).status !== 0) throw new Error(`this needs ${program}`);
  mkdirSync(join(directory, 'conf'));
  const places = [
    '--confdir',
    join(directory, 'conf'),
    '--logdir',
    join(directory, 'log'),
    '--rundir',
    join(directory, 'run'),
  ];
  const supervisor = spawn(process.execPath, [FOSTER, 'init', ...places, '--no-startup-event'], {
    stdio: 'ignore',
  });
  while (!existsSync(socket)) await sleep(50);
  const node = process.execPath;
  const foster = watcher('foster', node, [FOSTER, 'events', '--all', '--json', ...TYPES]);
  foster.pids.push(supervisor.pid);
  const library = watcher('library', node, ['--input-type=module', '-e', LIBRARY, 'programs']);
  const bare = watcher('bare', node, ['--input-type=module', '-e', LIBRARY, 'bare']);
  const forkstat = watcher('forkstat', 'forkstat', [
    '-l',
    '-s',
    '-e',
    'fork,exec,exit,uid,sid,comm,ptrce,core',
  ]);
  const watchers = [foster, library, bare, forkstat];
  await sleep(2000);
  const before = watchers.map(cpu);
  const began = performance.now();
  const truthFile = openSync(join(directory, 'truth'), 'w');
  const workload = spawn('/usr/bin/python3', ['-c', WORKLOAD, String(PROCESSES)], {
    stdio: ['ignore', truthFile, 'inherit'],
  });
  await once(workload, 'exit');
  const seconds = (performance.now() - began) / 1000;
  await settle(watchers);
  const after = watchers.map(cpu);
  for (const { child } of watchers) child.kill('SIGINT');
  await Promise.all(watchers.map(({ child }) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
  supervisor.kill('SIGTERM');
  await once(supervisor, 'exit');
  return report(watchers, workload.pid, { before, after, seconds });
}

function report(watchers, workload, { before, after, seconds }) {
  const told = linesOf(join(directory, 'truth'))
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  const truthWith = (withStatus) => {
    const truth = new Map();
    for (const [type, pid, status] of told) {
      const key = keyOf(type, pid, withStatus ? status : undefined);
      truth.set(key, (truth.get(key) ?? 0) + 1);
    }
    return truth;
  };
  const parsers = { foster: fromFoster, library: fromLibrary, bare: fromLibrary, forkstat: fromForkstat };
  // the workload's change of the group is told of, too, and compared with nothing
  console.log(`${PROCESSES} processes, ${told.length} compared events in ${seconds.toFixed(1)} s`);
  const base = after[3] - before[3];
  let failed = false;
  for (const [index, { name, path }] of watchers.entries()) {
    const found = count(linesOf(path), parsers[name], workload);
    const { missing, invented } = compare(truthWith(name !== 'forkstat'), found);
    const time = after[index] - before[index];
    const each = ((time / told.length) * 1000).toFixed(1);
    console.log(
      `${name.padEnd(9)} missing ${missing.length}, invented ${invented.length}, CPU ${time.toFixed(0)} ms, ` +
        `${each} us an event, ${(time / base).toFixed(2)} of forkstat's`,
    );
    for (const [what, keys] of Object.entries({ missing, invented }))
      if (keys.length > 0)
        console.log(`  ${what}: ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', ...' : ''}`);
    if (name !== 'forkstat' && missing.length + invented.length > 0) failed = true;
  }
  const lost = linesOf(watchers[0].path).filter((line) => /"type":"(missed|overflow)"/.test(line));
  console.log(`foster told of ${lost.length} losses${lost.length > 0 ? `: ${lost[0]}` : ''}`);
  return failed ? 1 : 0;
}

try {
  process.exitCode = await main();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
