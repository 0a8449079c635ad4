/**
 * Ten services of each kind under their own supervisor, and then under foster, after `foster import`: how each is started, whether it
 * is started again when it is killed or ends, what a reload and a stop send it. They have to be the same.
 *
 *   node scripts/import-beside.js [KIND]...     root; supervisord, runsvdir, s6-svscan and pm2 are taken from PATH
 *
 * Each run has a pid namespace of its own, so that nothing of it is left behind. A supervisor that is not installed is skipped, aloud.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KINDS, SERVICES } from './import-beside/kinds.js';

const self = fileURLToPath(import.meta.url);
const foster = fileURLToPath(new URL('../bin/foster', import.meta.url));
const probe = fileURLToPath(new URL('./import-beside/probe.sh', import.meta.url));
const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

if (process.argv[2] === '--inside') await inside(...process.argv.slice(3));
else compareAll(process.argv.length > 2 ? process.argv.slice(2) : Object.keys(KINDS));

function compareAll(kinds) {
  if (process.getuid() !== 0) {
    console.log('skipped: it needs root, for a pid namespace and for services of other users');
    return;
  }
  for (const kind of kinds) {
    const missing = KINDS[kind].programs.filter(
      (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0,
    );
    if (missing.length > 0) console.log(`${kind}: skipped, since there is no ${missing.join(', ')} here`);
    else compare(kind);
  }
}

function compare(kind) {
  const [original, imported] = ['original', 'foster'].map((who) => {
    const directory = mkdtempSync(join(tmpdir(), 'foster-beside-'));
    chmodSync(directory, 0o755);
    try {
      const args = [
        '--pid',
        '--fork',
        '--mount-proc',
        '--kill-child',
        process.execPath,
        self,
        '--inside',
        kind,
        who,
        directory,
      ];
      const { status, stderr } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 300_000 });
      const file = join(directory, 'result.json');
      if (status !== 0 || !existsSync(file)) throw new Error(`${kind} under ${who}: ${stderr}`);
      return JSON.parse(readFileSync(file, 'utf8').replaceAll(directory, 'DIR'));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
  let same = 0;
  for (const name of SERVICES) {
    const differences = Object.keys(original[name]).filter(
      (what) => original[name][what] !== imported[name][what],
    );
    if (differences.length === 0) same += 1;
    for (const what of differences)
      console.log(
        `${kind} ${name}: ${what}: original ${original[name][what]}, foster ${imported[name][what]}`,
      );
  }
  console.log(`${kind}: ${same} of ${SERVICES.length} services are the same`);
  if (same < SERVICES.length) process.exitCode = 1;
}

/** In the pid namespace, as its init: what is left ends with it. */
async function inside(kind, who, directory) {
  const out = join(directory, 'out');
  mkdirSync(out);
  chmodSync(out, 0o777);
  copyFileSync(probe, join(directory, 'probe.sh'));
  chmodSync(join(directory, 'probe.sh'), 0o755);
  const place = { directory, probe: join(directory, 'probe.sh'), out: (name) => join(out, name) };
  const definition = KINDS[kind];
  const paths = definition.prepare(place);
  const env = { ...process.env, ...definition.environment?.(place) };
  const log = join(directory, 'supervisor.log');
  const run = (argv) => spawnSync(argv[0], argv.slice(1), { env, encoding: 'utf8', timeout: 60_000 });
  const supervisor =
    who === 'foster'
      ? fosterFor(kind, place, paths, run)
      : { start: definition.start(place), command: (verb, name) => definition.command(place, verb, name) };
  spawn('sh', ['-c', 'exec "$0" "$@" >>"$LOG" 2>&1', ...supervisor.start], {
    env: { ...env, LOG: log },
    stdio: 'ignore',
    cwd: kind === 'pm2' ? directory : '/',
  });
  const result = await observe(place, (verb, name) => run(supervisor.command(verb, name)));
  writeFileSync(join(directory, 'result.json'), JSON.stringify(result));
  process.exit(0);
}

function fosterFor(kind, place, paths, run) {
  const jobs = join(place.directory, 'jobs');
  const made = run([foster, 'import', ...paths, '--from', kind, '--output', jobs]);
  if (made.status !== 0) throw new Error(`foster import: ${made.stderr}`);
  const rundir = join(place.directory, 'run');
  const places = ['--confdir', jobs, '--rundir', rundir, '--logdir', join(place.directory, 'log')];
  return {
    start: [foster, 'init', ...places],
    command: (verb, name) => [foster, verb, name, '--socket', join(rundir, 'foster.sock')],
  };
}

async function observe(place, command) {
  const lines = (name) =>
    existsSync(place.out(name)) ? readFileSync(place.out(name), 'utf8').trim().split('\n') : [];
  const starts = (name) => lines(name).filter((line) => line.startsWith('start')).length;
  const pid = (name) =>
    Number(
      lines(name)
        .findLast((line) => line.startsWith('pid'))
        ?.slice(4),
    );
  const until = async (holds, seconds) => {
    for (let waited = 0; waited < seconds * 10 && !holds(); waited += 1) await sleep(0.1);
  };
  const expected = SERVICES.filter((name) => name !== 'off');
  await until(() => expected.every((name) => starts(name) > 0), 60);
  // those that end by themselves do so after 1.5 s, and may be started again a second later
  await until(() => ['once', 'clean', 'fail'].every((name) => starts(name) > 1), 20);
  const result = Object.fromEntries(
    SERVICES.map((name) => [
      name,
      {
        start: lines(name)[0] ?? 'not started',
        startsByItself: starts(name),
        finish: lines(name).find((line) => line.startsWith('finish')) ?? 'none',
      },
    ]),
  );
  const steady = SERVICES.filter((name) => pid(name) > 0 && existsSync(`/proc/${pid(name)}`));
  for (const name of steady) {
    command('reload', name);
    await until(() => lines(name).includes('signal HUP'), 10);
    result[name].reload = lines(name)
      .filter((line) => line.startsWith('signal'))
      .join();
  }
  const before = Object.fromEntries(steady.map((name) => [name, starts(name)]));
  for (const name of steady) process.kill(pid(name), 'SIGKILL');
  await until(() => steady.every((name) => starts(name) > before[name]), 20);
  for (const name of steady) result[name].restartedWhenKilled = starts(name) - before[name];
  for (const name of steady) {
    if (!existsSync(`/proc/${pid(name)}`)) continue;
    const seen = lines(name).length;
    command('stop', name);
    await until(() => !existsSync(`/proc/${pid(name)}`), 20);
    result[name].stop = lines(name)
      .slice(seen)
      .filter((line) => line.startsWith('signal'))
      .join();
    await sleep(0.3);
    result[name].isStopped = !existsSync(`/proc/${pid(name)}`);
  }
  return result;
}
