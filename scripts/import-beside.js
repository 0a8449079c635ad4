/**
 * Ten services of each kind under their own supervisor, and then under foster, after `foster import`: how each is started, whether it
 * is started again when it is killed or ends, what a reload and a stop send it. They have to be the same.
 *
 *   node scripts/import-beside.js [KIND]...     root; supervisord, runsvdir, s6-svscan, pm2 and foreman are taken from PATH, and systemd
 *                                               runs in a Debian of its own (debootstrap; after `npm run build`)
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
import { observe } from './import-beside/observe.js';
import { compareResults } from './import-beside/compare.js';
import { compareSystemd } from './import-beside/systemd.js';

const self = fileURLToPath(import.meta.url);
const foster = fileURLToPath(new URL('../bin/foster', import.meta.url));
const probe = fileURLToPath(new URL('./import-beside/probe.sh', import.meta.url));

if (process.argv[2] === '--inside') await inside(...process.argv.slice(3));
else await compareAll(process.argv.length > 2 ? process.argv.slice(2) : [...Object.keys(KINDS), 'systemd']);

async function compareAll(kinds) {
  if (process.getuid() !== 0) {
    console.log('skipped: it needs root, for a pid namespace and for services of other users');
    return;
  }
  for (const kind of kinds) {
    if (kind === 'systemd') {
      await compareSystemd();
      continue;
    }
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
  compareResults(kind, original, imported);
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
