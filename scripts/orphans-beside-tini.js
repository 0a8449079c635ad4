#!/usr/bin/env node
/**
 * How fast orphans are reaped by foster as PID 1, beside tini and dumb-init (Debian packages of these names), in one run.
 *
 *     sudo node scripts/orphans-beside-tini.js [HOW MANY]        (20,000 by default; after npm run build)
 *
 * Each runs as PID 1 of a pid namespace of its own. Its COMMAND makes orphans as fast as it can: processes whose parent
 * ends at once, and which then end themselves. Looked at from outside: how long it takes until none is left, how many
 * children PID 1 had at most, and the processor time that it took for one orphan.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FOSTER = fileURLToPath(new URL('../bin/foster', import.meta.url));

/** The clock ticks of /proc/PID/stat: 100 a second on every architecture that Node runs on. */
const TICK_MICROSECONDS = 10_000;

/** Says when it begins and when it has made them all, and stays. */
const GENERATOR = `
  use POSIX; $| = 1;
  my $line = <STDIN>;
  for (1 .. $ARGV[0]) {
    my $child = fork;
    die "fork: $!" unless defined $child;
    unless ($child) { fork; POSIX::_exit(0) }
    waitpid $child, 0;
  }
  print "made\\n";
  sleep 1000;
`;

const howMany = Number(process.argv[2] ?? 20_000);
if (!Number.isInteger(howMany) || howMany < 1) fail('usage: orphans-beside-tini.js [HOW MANY]');
if (process.getuid() !== 0) fail('only root may make the namespaces that this takes');

const scratch = mkdtempSync(join(tmpdir(), 'foster-orphans-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const places = ['--confdir', scratch, '--logdir', join(scratch, 'log'), '--rundir', join(scratch, 'run')];
const inits = [
  ['foster', [process.execPath, FOSTER, 'init', ...places, '--']],
  ['foster procfs', [process.execPath, FOSTER, 'init', ...places, '--tracker', 'procfs', '--']],
  ['tini', ['tini', '--']],
  ['dumb-init', ['dumb-init', '--']],
];

console.log(`${howMany} orphans`);
console.log(row('', 'made in', 'none left after', 'most children', 'CPU an orphan'));
for (const [name, words] of inits) {
  const program = words[0];
  if (!program.includes('/') && !existsSync(`/usr/bin/${program}`)) {
    console.log(`${name}: skipped, it is not installed`);
    continue;
  }
  const { made, left, most, cpu } = await measure(words);
  console.log(row(name, `${made.toFixed(2)} s`, `${left.toFixed(2)} s`, most, `${cpu.toFixed(1)} µs`));
}

async function measure(words) {
  const command = ['perl', '-e', GENERATOR, String(howMany)];
  const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child', ...words, ...command];
  const unshare = spawn('unshare', namespace, { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  unshare.stdout.on('data', (chunk) => (said += chunk));
  unshare.once('exit', (status) => {
    if (!said.includes('made')) fail(`${words.join(' ')} has ended with ${status}`);
  });
  try {
    const init = await until(() => childrenOf(unshare.pid)[0]);
    await until(() => childrenOf(init).some((pid) => nameOf(pid) === 'perl'));
    const before = cpuOf(init);
    const began = performance.now();
    unshare.stdin.write('go\n');
    let most = 0;
    let made;
    for (;;) {
      await pause(5);
      const orphans = childrenOf(init).length - 1;
      most = Math.max(most, orphans);
      if (said.includes('made')) made ??= performance.now();
      if (made !== undefined && orphans === 0) break;
    }
    const cpu = ((cpuOf(init) - before) * TICK_MICROSECONDS) / howMany;
    return { made: (made - began) / 1000, left: (performance.now() - began) / 1000, most, cpu };
  } finally {
    unshare.removeAllListeners('exit');
    const gone = new Promise((resolve) => unshare.once('close', resolve));
    unshare.kill('SIGKILL');
    await gone;
  }
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
}

function nameOf(pid) {
  return existsSync(`/proc/${pid}/comm`) ? readFileSync(`/proc/${pid}/comm`, 'latin1').trim() : '';
}

/** User and system time, in ticks (proc_pid_stat(5)). */
function cpuOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(user) + Number(system);
}

async function until(ask) {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(5)) {
    const answer = ask();
    if (answer) return answer;
  }
  return fail('nothing has begun within 20 s');
}

function row(name, ...columns) {
  return name.padEnd(16) + columns.map((column) => String(column).padStart(17)).join('');
}

function fail(reason) {
  console.error(`orphans-beside-tini: ${reason}`);
  process.exit(1);
}
