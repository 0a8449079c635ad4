/** Run inside the virtual machine of scripts/cgroup-v2-machine.sh: foster with real jobs on version 2 alone. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const CGROUPS = '/sys/fs/cgroup';
const FOSTER = '/foster/bin/foster';
const HOG = `sh -c 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'`;
/** the second disk of the machine, which nobody else uses */
const DISK = '/dev/nvme0n1';
const MEBIBYTES = 3;
const limitOf = (key) => `${readFileSync('/sys/block/nvme0n1/dev', 'latin1').trim()} ${key}=${2 ** 20}`;
const transfer = (from, to, flags) => `dd if=${from} of=${to} bs=64k count=${MEBIBYTES * 16} ${flags}`;
const JOBS = {
  hog: `cgroup memory.max 32M\ncgroup memory.swap.max 0\nexec ${HOG}\n`,
  high: `cgroup memory.high 8M\nexec ${HOG.replace('while :; do x=$x$x; done', 'i=0; while [ $i -lt 21 ]; do x=$x$x; i=$((i+1)); done; sleep 1000')}\n`,
  alert: 'start on cgroup-event TYPE=oom-kill JOB=hog\nexec sh -c "echo alert $JOB; sleep 1000"\n',
  strained: 'start on cgroup-event TYPE=memory-high JOB=high\nexec sleep 1000\n',
  bomb: `cgroup pids.max 12\nkill mode cgroup\nexec sh -c 'sh -c "while :; do sleep 1000 & done"; sleep 1000'\n`,
  spin: `cgroup cpu.max 30%\nexec sh -c 'while :; do :; done'\n`,
  weight: 'cgroup cpu cpu.shares 2048\nexec sleep 1000\n',
  clock: `cgroup *\nexec sh -c 'while :; do sleep 0.01; done'\n`,
  all: `cgroup *\nkill mode cgroup\nexec sh -c 'setsid sleep 1000 & sleep 1000'\n`,
  plain: 'exec sleep 1000\n',
  write: `task\ncgroup io.max '${limitOf('wbps')}'\nexec ${transfer('/dev/zero', DISK, 'oflag=direct')}\n`,
  read: `task\ncgroup io.max '${limitOf('rbps')}'\nexec ${transfer(DISK, '/dev/null', 'iflag=direct')}\n`,
};

let failures = 0;
function check(what, ok, detail = '') {
  if (!ok) failures += 1;
  process.stdout.write(`${ok ? 'ok' : 'NOT OK'} ${what}${detail === '' ? '' : `: ${detail}`}\n`);
}

async function until(what, ask) {
  const end = performance.now() + 90_000;
  let last;
  while (performance.now() < end) {
    last = await ask();
    if (last) return last;
    await pause(100);
  }
  check(what, false, 'waited 90 s in vain');
  return undefined;
}

function call(socketPath, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request({ socketPath, method, path, headers }, (answer) => {
      let text = '';
      answer.on('data', (data) => (text += data));
      answer.on('end', () => resolve(JSON.parse(text)));
    });
    asked.once('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** @param given the group that foster is started in */
async function checkIn(name, given) {
  process.stdout.write(`# foster in ${name}\n`);
  const directory = `/tmp/${name}`;
  for (const part of ['conf', 'log', 'run']) mkdirSync(`${directory}/${part}`, { recursive: true });
  for (const [job, text] of Object.entries(JOBS)) writeFileSync(`${directory}/conf/${job}.conf`, text);
  const words = [
    'init',
    '--confdir',
    `${directory}/conf`,
    '--logdir',
    `${directory}/log`,
    '--rundir',
    `${directory}/run`,
  ];
  const begin = (group) => {
    const shell = `echo $$ > ${group}/cgroup.procs; exec node ${FOSTER} ${words.join(' ')} --no-startup-event`;
    const foster = spawn('sh', ['-c', shell], { stdio: 'inherit' });
    return { foster, ended: new Promise((resolve) => foster.once('close', resolve)) };
  };
  let { foster, ended } = begin(given);
  const socket = `${directory}/run/foster.sock`;
  await until('the socket', () => existsSync(socket));
  const status = (job) => call(socket, 'GET', `/v1/jobs/${job}`);
  const tell = (job, verb) =>
    call(socket, 'POST', `/v1/jobs/${job}/${verb}`, verb === 'start' ? { wait: 'nothing' } : {});

  await tell('plain', 'start');
  await tell('spin', 'start');
  await tell('weight', 'start');
  const spin = await until('spin', async () => {
    const found = await status('spin');
    return found.cgroup?.usage.cpu > 0 && found;
  });
  check(
    'no part of a stanza is left out',
    spin?.cgroup.problems.length === 0,
    spin?.cgroup.problems.join('; '),
  );
  check(
    'all is counted',
    ['memory', 'memoryPeak', 'cpu', 'tasks', 'ioRead'].every((key) => spin?.cgroup.usage[key] !== undefined),
    JSON.stringify(spin?.cgroup.usage),
  );
  const [path] = (await status('weight')).cgroup.paths;
  check("Upstart's cpu.shares is a weight", readFileSync(`${path}/cpu.weight`, 'utf8').trim() === '200');
  const look = async () => [(await status('spin')).cgroup.usage.cpu, performance.now()];
  const [cpu0, at0] = await look();
  await pause(5000);
  const [cpu1, at1] = await look();
  const share = (cpu1 - cpu0) / (at1 - at0) / 10;
  check('cpu.max holds within 10 %', share > 27 && share < 33, `${share.toFixed(1)} % of 30 %`);

  for (const job of ['write', 'read']) {
    const begun = performance.now();
    await tell(job, 'start');
    await until(job, async () => (await status(job)).state === 'waiting');
    const seconds = (performance.now() - begun) / 1000;
    const said = `${MEBIBYTES} MiB in ${seconds.toFixed(1)} s at 1 MiB/s`;
    check(
      `io.max holds: ${job}`,
      seconds > MEBIBYTES * 0.85 && (await status(job)).failure === undefined,
      said,
    );
  }

  await tell('hog', 'start');
  check(
    'a memory hog is killed inside its group, and starts the alert',
    await until('alert', async () => (await status('alert')).state === 'running'),
  );
  await until('the end of hog', async () => (await status('hog')).state === 'waiting');
  check('killed', /KILL/.test((await status('hog')).failure ?? ''), (await status('hog')).failure);
  await tell('high', 'start');
  check(
    'memory.high is an event',
    await until('strained', async () => (await status('strained')).state === 'running'),
  );

  await tell('bomb', 'start');
  const bomb = await until('bomb', async () => {
    const found = await status('bomb');
    return found.cgroup?.usage.tasks >= 11 && found;
  });
  check(
    'pids.max stops a fork bomb',
    bomb?.cgroup.usage.tasks <= 12,
    `${bomb?.cgroup.usage.tasks} of ${bomb?.cgroup.usage.tasksLimit}`,
  );
  await tell('bomb', 'stop');
  check(
    'cgroup.kill ends it, and its group is removed',
    await until('the group', () => !existsSync(bomb.cgroup.paths[0])),
  );

  await tell('clock', 'start');
  await until('clock', async () => (await status('clock')).state === 'running');
  await tell('clock', 'freeze');
  const frozen = await until('frozen', async () => (await status('clock')).cgroup?.frozen === true);
  const used = async () => (await status('clock')).cgroup.usage.cpu;
  await pause(500);
  const before = await used();
  await pause(500);
  check('a frozen job uses nothing', frozen && before === (await used()));
  await tell('clock', 'thaw');
  check('thawed, it goes on', await until('the clock', async () => (await used()) > before));
  await tell('clock', 'freeze');
  await tell('clock', 'stop');
  check('a frozen job can be stopped', (await status('clock')).state === 'waiting');

  await tell('all', 'start');
  const all = await until('all', async () => {
    const found = await status('all');
    return found.cgroup?.usage.tasks >= 2 && found;
  });
  await tell('all', 'stop');
  check('kill mode cgroup leaves nobody', await until('the group', () => !existsSync(all.cgroup.paths[0])));

  const taken = await status('spin');
  foster.kill('SIGKILL');
  await ended;
  mkdirSync(`${CGROUPS}/elsewhere-${name}`);
  ({ foster, ended } = begin(`${CGROUPS}/elsewhere-${name}`));
  const back = await until('the next supervisor', () =>
    status('spin').then(
      (found) => found.state === 'running' && found,
      () => undefined,
    ),
  );
  check(
    'from another group, the next supervisor takes a job back in its group',
    back.main === taken.main &&
      back.cgroup?.paths[0] === taken.cgroup.paths[0] &&
      back.cgroup.usage.tasks === 1,
    back.cgroup?.paths[0],
  );
  await tell('spin', 'stop');
  check('which goes with it', await until('the group', () => !existsSync(taken.cgroup.paths[0])));
  await tell('weight', 'stop');
  await tell('weight', 'start');
  const anew = (await status('weight')).cgroup?.paths[0] ?? 'none';
  check('its next life begins where the supervisor is', anew.includes(`/elsewhere-${name}/`), anew);

  await call(socket, 'POST', '/v1/shutdown', {});
  await ended;
  const scope = readdirSync(given).find((entry) => entry.startsWith('foster-'));
  const left =
    scope === undefined
      ? []
      : readdirSync(`${given}/${scope}`, { withFileTypes: true }).filter(
          (entry) => entry.isDirectory() && entry.name !== 'supervisor',
        );
  check('no group of a job is left', left.length === 0, left.map((entry) => entry.name).join(', '));
}

/** Rules on version 2: the group is the same for every controller. */
function checkRules() {
  process.stdout.write('# rules\n');
  const child = spawn('sleep', ['1000'], { uid: 1001, gid: 1001, stdio: 'ignore' });
  writeFileSync('/tmp/rules', 'ann cpu,memory builds/%u\n');
  const admin = 'perm { task { uid = ann; } admin { uid = root; fperm = 640; } }';
  writeFileSync('/tmp/templates', `template builds/%u { ${admin} cpu { cpu.weight = 50; } }\n`);
  const files = ['--config', '/tmp/rules', '--templates', '/tmp/templates'];
  const { stdout, stderr, status } = spawnSync('node', [FOSTER, 'rules', ...files, '--once', '--verbose'], {
    encoding: 'utf8',
  });
  check(
    'a process is put into the group',
    readFileSync(`/proc/${child.pid}/cgroup`, 'utf8') === '0::/builds/ann\n',
    `${status} ${stdout} ${stderr}`,
  );
  const made = `${CGROUPS}/builds/ann`;
  check('as its template wants it', readFileSync(`${made}/cpu.weight`, 'utf8') === '50\n', stderr);
  const modes = ['cgroup.procs', 'cpu.weight'].map((file) => statSync(`${made}/${file}`));
  check(
    'with its permissions',
    modes[0].uid === 1001 && (modes[1].mode & 0o777) === 0o640,
    modes.map(({ uid, mode }) => `${uid} ${mode.toString(8)}`).join(', '),
  );
  child.kill('SIGKILL');
}

process.stdout.write(`# ${readFileSync('/proc/version', 'utf8')}`);
await checkIn('root', CGROUPS);
writeFileSync(`${CGROUPS}/cgroup.subtree_control`, '+cpu +memory +pids +io');
mkdirSync(`${CGROUPS}/given`);
await checkIn('given', `${CGROUPS}/given`);
checkRules();
process.stdout.write(`${failures} failed\n`);
process.exitCode = failures === 0 ? 0 : 1;
