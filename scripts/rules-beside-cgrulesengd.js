#!/usr/bin/env node
/**
 * The rules engine beside cgrulesengd(8) of libcgroup: the same rules, the same processes, one after the other.
 *
 *      node scripts/rules-beside-cgrulesengd.js [PROCESSES] [CHANGES]
 *
 * Needs root, control groups of version 1, the initial pid and network namespaces, and Debian's cgroup-tools and perl-base.
 * Everything happens in a mount namespace of its own, with users and rules of its own: the machine's /etc is not touched, and
 * no rule is about any user that exists. FOSTER names the program (default: bin/foster of this tree).
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FOSTER = process.env.FOSTER ?? fileURLToPath(new URL('../bin/foster', import.meta.url));
const PROCESSES = Number(process.argv[2] ?? 1000);
const CHANGES = Number(process.argv[3] ?? 300);
/** of the measurement of latency, in each of which CHANGES are made with either engine */
const ROUNDS = 6;
const CONTROLLERS = ['cpu', 'memory', 'pids'];
const ALL = CONTROLLERS.join(',');
const SCOPE = 'rules-beside';
const USERS = 24;
const FIRST_UID = 61000;
/** group g0 has users 12 to 15, g1 16 to 19 */
const GROUPS = { g0: [12, 13, 14, 15], g1: [16, 17, 18, 19] };
const FIRST_GID = 61500;

if (process.env.RULES_BESIDE === undefined) {
  const words = ['--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, RULES_BESIDE: mkdtempSync(join(tmpdir(), 'rules-beside-')) };
  const { status } = spawnSync('unshare', words, { stdio: 'inherit', env });
  rmSync(env.RULES_BESIDE, { recursive: true, force: true });
  process.exit(status ?? 1);
}
const directory = process.env.RULES_BESIDE;
const bin = join(directory, 'bin');

/** `/proc/PID/cgroup` of hierarchy -> mount point; version 1 only */
const points = new Map(
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup /.test(line))
    .flatMap((line) =>
      line
        .split(' ')
        .at(-1)
        .split(',')
        .map((name) => [name, line.split(' ')[4]]),
    ),
);
for (const name of CONTROLLERS)
  if (!points.has(name)) throw new Error(`the controller ${name} is not mounted as version 1`);

/** What `placeOf` says of a process that is in none of our groups. */
const NOWHERE = '- - -';

const say = (text) => process.stdout.write(`${text}\n`);

const PROGRAMS = [
  'make',
  'server',
  'a-rather-long-program-name',
  'tool',
  'batch',
  'plain',
  'star1',
  'star2',
  'shared',
].map((name) => `rb-${name}`);

/** Rules of every kind that cgrulesengd 2.0.2 reads. Each user's rules are about the same controllers: what counts is where a process ends up, not on which way. */
function rulesText() {
  const to = (path) => `${SCOPE}/${path}`;
  const lines = ['# rules of every kind', '', `   # indented`];
  lines.push(`fr0 ${ALL} ${to('kept')} ignore`);
  for (const n of [0, 1, 2, 3]) {
    lines.push(`fr${n}:rb-make ${ALL} ${to(`make${n}`)}   # by name`);
    lines.push(`fr${n}:${bin}/rb-server\t${ALL}\t/${to(`server${n}`)}/`);
    lines.push(`fr${n}:${bin}/rb-star* ${ALL} ${to(`star${n}`)}`);
    lines.push(
      `fr${n} cpu ${to(`user${n}`)}`,
      `% memory ${to(`user${n}-memory`)}`,
      `% pids ${to(`user${n}-pids`)}`,
    );
  }
  const templates = ['%u', '%U', '%g-%G', 'p-%P', 'x-\\%u-%u', '%%-%z-%u', 'b\\\\-%u', '%u-%P'];
  templates.forEach((template, n) => {
    lines.push(`fr${4 + n}:rb-tool ${ALL} ${to(`tool${n}`)}`);
    lines.push(`fr${4 + n} ${ALL} ${to(`t-${template}`)}`);
  });
  lines.push(
    `@g0:rb-batch ${ALL} ${to('g0-batch')}`,
    `@g0 cpu,memory ${to('g0')}`,
    `% pids ${to('g0-pids')}`,
  );
  lines.push(
    `@g1:rb-a-rather-long-program-name ${ALL} ${to('g1-long')}`,
    `fr17 ${ALL} ${to('fr17')}`,
    `@g1 ${ALL} ${to('g1-%u')}`,
  );
  for (const n of [20, 21])
    lines.push(`fr${n}:rb-tool ${ALL} ${to(`tool-${n}`)}`, `fr${n} ${ALL} ${to(`rest${n}`)}`);
  lines.push(`*:rb-shared ${ALL} ${to('shared')}`);
  lines.push(`fr22:rb-script ${ALL} ${to('script')}`, `fr22 ${ALL} ${to('fr22')}`);
  return `${lines.join('\n')}\n`;
}

/** Mounts an /etc of our own over the machine's, in this namespace. */
function prepare() {
  for (const name of ['cgrulesengd', 'perl', 'mount'])
    if (spawnSync('which', [name]).status !== 0) throw new Error(`${name} is not installed`);
  const etc = join(directory, 'etc');
  cpSync('/etc', etc, { recursive: true, verbatimSymlinks: true });
  const users = Array.from(
    { length: USERS },
    (_, n) => `fr${n}:x:${FIRST_UID + n}:${FIRST_UID + n}::/:/bin/sh`,
  );
  const own = Array.from({ length: USERS }, (_, n) => `fr${n}:x:${FIRST_UID + n}:`);
  const groups = Object.entries(GROUPS).map(
    ([name, members], n) => `${name}:x:${FIRST_GID + n}:${members.map((one) => `fr${one}`).join(',')}`,
  );
  writeFileSync(join(etc, 'passwd'), `root:x:0:0:root:/root:/bin/sh\n${users.join('\n')}\n`);
  writeFileSync(join(etc, 'group'), `root:x:0:\n${[...own, ...groups].join('\n')}\n`);
  writeFileSync(join(etc, 'cgrules.conf'), rulesText());
  for (const name of ['cgrules.d', 'cgconfig.d']) mkdirSync(join(etc, name), { recursive: true });
  writeFileSync(join(etc, 'cgconfig.conf'), '');
  const mount = (...words) => {
    const { status, stderr } = spawnSync('mount', words);
    if (status !== 0) throw new Error(`mount ${words.join(' ')}: ${stderr}`);
  };
  mount('--bind', etc, '/etc');
  mount('-t', 'tmpfs', 'tmpfs', '/run');
  mkdirSync(bin);
  for (const name of PROGRAMS) cpSync('/bin/sleep', join(bin, name));
  writeFileSync(join(bin, 'rb-script'), '#!/bin/sh\nread x\n', { mode: 0o755 });
  spawnSync('chmod', ['-R', 'a+rX', directory]);
}

/** cgrulesengd makes no group but those of templates, so all others are there before. */
function makeGroups() {
  const names = [...rulesText().matchAll(new RegExp(`${SCOPE}/(\\S*[^\\s/])`, 'g'))].map(([, name]) => name);
  for (const controller of CONTROLLERS)
    for (const name of names.filter((one) => !/[%\\]/.test(one)))
      mkdirSync(join(points.get(controller), SCOPE, name), { recursive: true });
}

async function removeGroups() {
  const remove = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) remove(join(path, entry.name));
    rmdirSync(path);
  };
  for (const controller of CONTROLLERS) {
    const path = join(points.get(controller), SCOPE);
    for (let attempt = 0; existsSync(path); attempt++) {
      try {
        remove(path);
      } catch (error) {
        if (attempt > 50) throw error;
        await pause(100);
      }
    }
  }
}

/** The same choice in every run. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

function workload(count, seed) {
  const next = random(seed);
  const programs = [...PROGRAMS, 'rb-script'];
  return Array.from({ length: count }, () => {
    const user = next(USERS);
    // some run with a group that is not their own
    const gid = next(8) === 0 ? FIRST_GID + next(2) : FIRST_UID + user;
    return { uid: FIRST_UID + user, gid, program: programs[next(programs.length)] };
  });
}

const alive = new Set();
function start({ uid, gid, program }) {
  const stdio = program === 'rb-script' ? ['pipe', 'ignore', 'ignore'] : 'ignore';
  const child = spawn(join(bin, program), ['1000'], { uid, gid, stdio });
  alive.add(child);
  child.once('close', () => alive.delete(child));
  return child.pid;
}

async function endAll() {
  for (const child of alive) child.kill('SIGKILL');
  while (alive.size > 0) await pause(20);
}

/** Where a process is below our groups, by controller; its own pid is written P. */
function placeOf(pid) {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  return CONTROLLERS.map((controller) => {
    const path =
      lines
        .find(([, names]) => names?.split(',').includes(controller))
        ?.slice(2)
        .join(':') ?? '?';
    return path.startsWith(`/${SCOPE}/`) ? path.slice(SCOPE.length + 2).replaceAll(String(pid), 'P') : '-';
  }).join(' ');
}

async function settled(pids) {
  let before = '';
  for (;;) {
    await pause(700);
    const now = pids.map(placeOf).join('\n');
    if (now === before) return now.split('\n');
    before = now;
  }
}

const ENGINES = {
  cgrulesengd: ['cgrulesengd', '-n', '-f', join(directory, 'cgrulesengd.log')],
  foster: [FOSTER, 'rules', '--config', '/etc/cgrules.conf'],
};

async function engine(name) {
  const [command, ...words] = ENGINES[name];
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const ended = new Promise((resolve) => child.once('close', resolve));
  // both have their socket once they listen
  for (let n = 0; !existsSync('/run/cgred.socket'); n++) {
    if (n > 200 || child.exitCode !== null) throw new Error(`${name} does not begin: ${said}`);
    await pause(50);
  }
  await pause(300);
  const cpu = () => {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  };
  return {
    cpu,
    said: () => said,
    async end() {
      child.kill('SIGTERM');
      await ended;
      rmSync('/run/cgred.socket', { force: true });
    },
  };
}

/** Half of the processes are there before the engine begins. */
async function destinations(name) {
  makeGroups();
  const all = workload(PROCESSES, 7);
  const before = all.slice(0, PROCESSES / 2).map(start);
  await pause(500);
  const running = await engine(name);
  const after = all.slice(PROCESSES / 2).map(start);
  const places = await settled([...before, ...after]);
  await endAll();
  await running.end();
  await removeGroups();
  return places;
}

/** A process changes its effective user, and looks until it is where the new user's processes belong. */
const CHANGER = `
  use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
  my ($changes, @targets) = @ARGV;
  $| = 1;
  sub groups { open(my $f, '<', '/proc/self/cgroup'); local $/; return scalar <$f> }
  for my $n (1 .. $changes) {
    my ($uid, $group) = split /=/, $targets[$n % @targets];
    select(undef, undef, undef, 0.01);
    my $from = clock_gettime(CLOCK_MONOTONIC);
    $> = $uid;
    while (1) {
      my $now = clock_gettime(CLOCK_MONOTONIC);
      my $all = () = groups() =~ m{:/\\Q$group\\E(?:-memory|-pids)?$}mg;
      if ($all >= 3) { print(($now - $from) * 1e6, "\\n"); last }
      if ($now - $from > 2) { print "lost\\n"; last }
    }
    $> = 0;
  }`;

async function latency(name) {
  makeGroups();
  const running = await engine(name);
  const targets = [1, 2, 3].map((n) => `${FIRST_UID + n}=${SCOPE}/user${n}`);
  const child = spawn('perl', ['-e', CHANGER, String(CHANGES), ...targets], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (data) => (out += data));
  await new Promise((resolve) => child.once('close', resolve));
  await running.end();
  await removeGroups();
  return out.trim().split('\n');
}

/** What the changes of all rounds took, in microseconds. */
function summary(lines) {
  const times = lines
    .filter((line) => line !== 'lost')
    .map(Number)
    .sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  return { median: at(0.5), p90: at(0.9), p99: at(0.99), lost: lines.length - times.length };
}

/** Programs that come and go as fast as two processors can make them, and among them processes that stay. */
async function storm(name) {
  makeGroups();
  const running = await engine(name);
  const before = running.cpu();
  const loop = 'i=0; while [ $i -lt 3000 ]; do /bin/true; i=$((i+1)); done';
  const begun = performance.now();
  const storms = [0, 1, 2].map((n) =>
    spawn('/bin/sh', ['-c', loop], { uid: FIRST_UID + n, gid: FIRST_UID + n, stdio: 'ignore' }),
  );
  const ends = storms.map((child) => new Promise((resolve) => child.once('close', resolve)));
  const kept = [];
  for (const one of workload(200, 11)) {
    kept.push([one, start(one)]);
    await pause(10);
  }
  await Promise.all(ends);
  const seconds = (performance.now() - begun) / 1000;
  const places = await settled(kept.map(([, pid]) => pid));
  const cpu = running.cpu() - before;
  await endAll();
  await running.end();
  await removeGroups();
  const log = name === 'foster' ? running.said() : readFileSync(join(directory, 'cgrulesengd.log'), 'utf8');
  const overflows = (log.match(/BUFFER FULL|events were lost/g) ?? []).length;
  return { places, seconds, cpu, overflows };
}

function differences(a, b) {
  return a.map((place, n) => [n, place, b[n]]).filter(([, one, other]) => one !== other);
}

prepare();
const count = rulesText()
  .split('\n')
  .filter((line) => /^[^#\s]/.test(line)).length;
say(`${count} rules, ${PROCESSES} processes, half of them there before the engine began`);
const results = {};
for (const name of ['cgrulesengd', 'foster']) results[name] = await destinations(name);
const differing = differences(results.cgrulesengd, results.foster);
const half = PROCESSES / 2;
say(
  `in a group: ${results.cgrulesengd.filter((place) => place !== NOWHERE).length} by cgrulesengd, ${results.foster.filter((place) => place !== NOWHERE).length} by foster`,
);
say(
  `the same destination: ${PROCESSES - differing.length} of ${PROCESSES} (differing: ${differing.filter(([n]) => n < half).length} that were there before, ${differing.filter(([n]) => n >= half).length} others)`,
);
const all = workload(PROCESSES, 7);
for (const [n, theirs, ours] of differing.slice(0, 10))
  say(`    ${JSON.stringify(all[n])}: cgrulesengd ${theirs}; foster ${ours}`);
// in turns, since the machine is now quieter and now busier
const lines = { cgrulesengd: [], foster: [] };
for (let round = 0; round < ROUNDS; round++) {
  const turns = round % 2 === 0 ? ['cgrulesengd', 'foster'] : ['foster', 'cgrulesengd'];
  for (const name of turns) lines[name].push(...(await latency(name)));
}
const times = { cgrulesengd: summary(lines.cgrulesengd), foster: summary(lines.foster) };
for (const [name, { median, p90, p99, lost }] of Object.entries(times)) {
  const [a, b, c] = [median, p90, p99].map((time) => time?.toFixed(0));
  say(
    `latency of ${lines[name].length} changes of user, ${name}: median ${a} us, p90 ${b} us, p99 ${c} us, not within 2 s: ${lost}`,
  );
}
const ratio = (key) => (times.foster[key] / times.cgrulesengd[key]).toFixed(2);
say(
  `latency of foster as a ratio to cgrulesengd: median ${ratio('median')}, p90 ${ratio('p90')}, p99 ${ratio('p99')}`,
);
const storms = {};
for (const name of ['cgrulesengd', 'foster']) {
  storms[name] = await storm(name);
  const { seconds, cpu, overflows } = storms[name];
  say(
    `storm of 9000 programs in ${seconds.toFixed(1)} s, ${name}: ${cpu} ms of processor, lost events ${overflows} times`,
  );
}
const quiet = differences(storms.cgrulesengd.places, storms.foster.places);
const missed = (column) => quiet.filter((difference) => difference[column] === NOWHERE).length;
say(`in the storm, the same destination: ${200 - quiet.length} of 200`);
say(`in the storm, placed by the other one only: ${missed(1)} missed by cgrulesengd, ${missed(2)} by foster`);
for (const [n, theirs, ours] of quiet.slice(0, 5))
  say(`    ${JSON.stringify(workload(200, 11)[n])}: cgrulesengd ${theirs}; foster ${ours}`);
