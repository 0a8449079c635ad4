#!/usr/bin/env node
/**
 * Thousands of clients at the control socket that do what a client should not: they do not read their answers, close their half of
 * the connection, send hundreds of requests at once, drip one byte at a time, or say nothing. Meanwhile root asks for the status of a
 * job, each time over a new connection as `foster status` does. Reports how long that took, alone and beside them, and what foster's
 * memory grew by; ends with status 1 if 1 of 100 answers took longer than LIMIT milliseconds (100).
 *
 *     node scripts/many-clients.js [CLIENTS [SECONDS [LIMIT [OWN]]]]      root, after `npm run build`
 *
 * The clients are eight ordinary users, and OWN (0) connections of root's own: idle, busy with one request after the other, with
 * answers that nobody reads, and streams. Who is refused comes again a second later.
 * With OWN, what foster itself ran meanwhile counts, since all these programs together need more than two processors.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SELF = fileURLToPath(import.meta.url);
const FIRST_UID = 61_000;
const USERS = 8;
const JOBS = 100;
const get = (path) => `GET ${path} HTTP/1.1\r\nHost: foster\r\n\r\n`;

/** What clients do once they are connected; none of them reads. */
const KINDS = [
  (client) => client.write(get('/v1/jobs')),
  (client) => client.end(get('/v1/jobs')),
  (client) => client.write(get('/v1/jobs').repeat(400)),
  (client) => drip(client, get('/v1/jobs')),
  (client) => client.write(get('/v1/classes').repeat(20)),
  () => undefined,
  (client) => client.end(),
  (client) => client.write(Buffer.alloc(256 * 1024, 'x')),
];

/** What root's own connections do. */
const OWN_KINDS = [
  (client) => client.resume().write(get('/v1/jobs/job1')),
  (client) => {
    client.on('data', () => client.write(get('/v1/jobs/job2'))).resume();
    client.write(get('/v1/jobs/job2'));
  },
  (client) => client.write(get('/v1/jobs').repeat(20)),
  (client) => client.resume().write(get('/v1/events')),
];

function drip(client, text) {
  let at = 0;
  const timer = setInterval(() => client.write(text[at++ % text.length]), 200);
  client.once('close', () => clearInterval(timer));
}

/** Run as another program: holds so many connections, and says how many it has. */
function crowd(socket, count, kinds) {
  let open = 0;
  const begin = (index) => {
    const client = connect({ path: socket, allowHalfOpen: true });
    client.pause();
    client.on('error', () => client.destroy());
    client.once('connect', () => {
      open += 1;
      client.once('close', () => (open -= 1));
      kinds[index % kinds.length](client);
    });
    client.once('close', () => setTimeout(begin, 1000, index));
  };
  for (let index = 0; index < count; index += 1) setTimeout(begin, index % 1000, index);
  setInterval(() => process.stdout.write(`${open}\n`), 250);
  process.stdin.resume().on('end', () => process.exit());
}

/** One request over a connection of its own. @returns how long the answer took, in milliseconds */
function ask(socket, path) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let text = '';
    const client = connect(socket, () => client.write(get(path)));
    client.on('data', (bytes) => {
      text += bytes.toString();
      const [head, body] = text.split('\r\n\r\n');
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
      if (body === undefined || Buffer.byteLength(body) < length) return;
      client.destroy();
      if (head.startsWith('HTTP/1.1 200')) resolve(performance.now() - began);
      else reject(new Error(`root was answered: ${head.split('\r\n')[0]}`));
    });
    client.once('error', reject);
    client.once('end', () => reject(new Error('root got no answer')));
  });
}

/** @returns how long the answers took, and how long foster itself ran meanwhile: the other programs need processors as well */
async function measure(socket, pid, seconds) {
  const took = [];
  const own = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    const before = ranFor(pid);
    took.push(await ask(socket, '/v1/jobs/job7'));
    own.push(ranFor(pid) - before);
    await pause(2);
  }
  return { ...summary(took), own: summary(own) };
}

/** How long the main thread of a process has run, in milliseconds. */
const ranFor = (pid) =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

function summary(took) {
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
  return { count: took.length, median: at(0.5), p99: at(0.99), most: took.at(-1) };
}

const inWords = ({ count, median, p99, most, own }) =>
  `${count} answers, median ${median.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${most.toFixed(1)} ms` +
  ` (foster itself ${own.median.toFixed(1)}, ${own.p99.toFixed(1)}, ${own.most.toFixed(1)} ms)`;

/** Starts a program that holds connections of this user. */
function startCrowd(socket, count, uid) {
  const kind = uid === 0 ? '--own' : '--crowd';
  const stdio = ['pipe', 'pipe', 'inherit'];
  const child = spawn(process.execPath, [SELF, kind, socket, String(count)], {
    uid,
    gid: uid,
    cwd: '/',
    stdio,
  });
  const one = { child, open: 0 };
  child.stdout.on('data', (bytes) => (one.open = Number(bytes.toString().trim().split('\n').at(-1))));
  return one;
}

async function main(clients, seconds, limit, own) {
  const directory = mkdtempSync(join(tmpdir(), 'foster-clients-'));
  chmodSync(directory, 0o755);
  const place = (name) => join(directory, name);
  mkdirSync(place('conf'));
  for (let index = 0; index < JOBS; index += 1)
    writeFileSync(place(`conf/job${index}.conf`), 'exec sleep 1000\n');
  const program = fileURLToPath(new URL('../bin/foster', import.meta.url));
  const places = ['--confdir', place('conf'), '--logdir', place('log'), '--rundir', place('run')];
  const foster = spawn(program, ['init', ...places], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => foster.once('exit', resolve));
  const socket = place('run/foster.sock');
  const crowds = [];
  try {
    for (let tries = 0; ; tries += 1) {
      if (
        await ask(socket, '/v1/jobs/job7').then(
          () => true,
          () => false,
        )
      )
        break;
      if (tries > 600) throw new Error('foster does not answer');
      await pause(100);
    }
    const alone = await measure(socket, foster.pid, Math.max(1, seconds / 4));
    const before = residentOf(foster.pid);
    const perUser = Math.ceil(clients / USERS);
    for (let uid = FIRST_UID; uid < FIRST_UID + USERS; uid += 1)
      crowds.push(startCrowd(socket, perUser, uid));
    if (own > 0) crowds.push(startCrowd(socket, own, 0));
    // they are there when all have tried once
    await pause(1500);
    const beside = await measure(socket, foster.pid, seconds);
    const open = crowds.reduce((sum, one) => sum + one.open, 0);
    const growth = residentOf(foster.pid) - before;
    const isRight = (own > 0 ? beside.own : beside).p99 <= limit;
    process.stdout.write(
      `alone: ${inWords(alone)}\nbeside ${clients + own} clients, of which ${open} are connected: ${inWords(beside)}; ` +
        `memory grew by ${growth} MiB: ${isRight ? 'passed' : `FAILED, more than ${limit} ms`}\n`,
    );
    return isRight ? 0 : 1;
  } finally {
    for (const { child } of crowds) child.kill('SIGKILL');
    foster.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }
}

const residentOf = (pid) =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

const CROWDS = { '--crowd': KINDS, '--own': OWN_KINDS };
const [, , first, ...rest] = process.argv;
if (first in CROWDS) crowd(rest[0], Number(rest[1]), CROWDS[first]);
else
  process.exit(
    await main(...[2000, 10, 100, 0].map((byDefault, index) => Number(process.argv[index + 2] ?? byDefault))),
  );
