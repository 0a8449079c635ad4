#!/usr/bin/env node
/**
 * A fork storm beside supervised daemons: 20,000 short processes inside a job and as many outside, while five daemons that
 * double-fork are killed again and again. Reports events a second, CPU an event, overflows and resynchronisations, and
 * whether foster knew after each kill which process was the new daemon. Ends with status 1 if it did not.
 *
 *     node scripts/storm.js [PROCESSES]      after `npm run build`; takes about a minute; needs python3
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROCESSES = Number(process.argv[2] ?? 20_000);
const DAEMONS = ['one', 'two', 'three', 'four', 'five'];
/** /proc/PID/stat counts CPU time in these */
const TICKS_A_SECOND = 100;

const directory = mkdtempSync(join(tmpdir(), 'foster-storm-'));
const conf = join(directory, 'conf');
const socket = join(directory, 'run', 'foster.sock');

/** A program that double-forks, and whose last process writes its pid. */
const DAEMON = `import os, sys, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
with open(sys.argv[1] + '.new', 'w') as f: f.write(str(os.getpid()))
os.rename(sys.argv[1] + '.new', sys.argv[1])
time.sleep(1000)
`;
/** by its path: \`true\` alone is built into the shell and makes no process */
const STORM = `i=0; while [ $i -lt ${PROCESSES} ]; do /bin/true; i=$((i+1)); done`;

function writeJobs() {
  mkdirSync(conf);
  writeFileSync(join(directory, 'daemon.py'), DAEMON);
  const settings = 'respawn\nrespawn limit unlimited\nconsole none\n';
  for (const name of DAEMONS) {
    writeFileSync(
      join(conf, `${name}.conf`),
      `${settings}exec python3 ${directory}/daemon.py ${pidFile(name)}\n`,
    );
  }
  writeFileSync(
    join(conf, 'storm.conf'),
    `script\n${STORM}\ntouch ${directory}/done\nexec sleep 1000\nend script\n`,
  );
}

const pidFile = (name) => join(directory, `${name}.pid`);
const pidIn = (name) => (existsSync(pidFile(name)) ? Number(readFileSync(pidFile(name), 'utf8')) : 0);

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const call = request({
      socketPath: socket,
      method,
      path,
      headers: { 'content-type': 'application/json' },
    });
    call.on('error', reject);
    call.on('response', async (response) => {
      const parts = await response.toArray();
      resolve(JSON.parse(Buffer.concat(parts).toString()));
    });
    call.end(body && JSON.stringify(body));
  });
}

const start = (name) => ask('POST', `/v1/jobs/${name}/start`, { wait: 'nothing' });
const statusOf = (name) => ask('GET', `/v1/jobs/${name}`);

function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Asks until the answer is right, for at most 10 s. */
async function until(question) {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(100)) {
    const answer = await question().catch(() => undefined);
    if (answer) return answer;
  }
  return undefined;
}

/** Foster says that the new daemon is main. */
const knows = (name, before) =>
  until(async () => {
    const truth = pidIn(name);
    return truth !== before && truth !== 0 && (await statusOf(name)).main === truth;
  });

async function main() {
  writeJobs();
  const foster = fileURLToPath(new URL('../bin/foster', import.meta.url));
  const supervisor = spawn(
    foster,
    [
      'init',
      '--confdir',
      conf,
      '--rundir',
      join(directory, 'run'),
      '--logdir',
      join(directory, 'log'),
      '--no-startup-event',
    ],
    { env: { ...process.env, FOSTER_SOCKET: socket }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  let right = 0;
  let wrong = 0;
  try {
    if (!(await until(() => ask('GET', '/v1/report')))) throw new Error('foster does not answer');
    for (const name of DAEMONS) await start(name);
    for (const name of DAEMONS) (await knows(name, 0)) ? right++ : wrong++;

    const before = await ask('GET', '/v1/report');
    const pid = before.pid;
    const [cpu, began] = [cpuSeconds(pid), Date.now()];
    await start('storm');
    const outside = spawn('sh', ['-c', STORM], { stdio: 'ignore' });
    const outsideDone = once(outside, 'exit');
    for (let round = 0; !existsSync(join(directory, 'done')); round++) {
      const name = DAEMONS[round % DAEMONS.length];
      const old = pidIn(name);
      process.kill(old, 'SIGKILL');
      (await knows(name, old)) ? right++ : wrong++;
      await sleep(200);
    }
    await outsideDone;
    const seconds = (Date.now() - began) / 1000;
    const { counts } = await ask('GET', '/v1/report');
    const events = counts.events - before.counts.events;
    const micros = ((cpuSeconds(pid) - cpu) * 1e6) / Math.max(1, events);
    console.log(`tracker ${before.tracker}; ${2 * PROCESSES} processes in ${seconds.toFixed(1)} s`);
    console.log(
      `${events} events, ${Math.round(events / seconds)} a second, ${micros.toFixed(1)} microseconds of CPU an event`,
    );
    console.log(`${counts.overflows} overflows, ${counts.resyncs} resynchronisations`);
    console.log(`the new daemon was known ${right} times, not known ${wrong} times`);
  } finally {
    supervisor.kill('SIGTERM');
    await once(supervisor, 'exit');
    rmSync(directory, { recursive: true, force: true });
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}

await main();
