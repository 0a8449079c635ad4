/** Scripts that end processes run in a pid, mount and network namespace of their own, whose end is the end of all that they started. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FLAG = 'FOSTER_ISOLATED';

/**
 * A shell is PID 1, because it reaps whatever comes to it. Node.js reaps its own children alone: the runs that had lost their foster
 * would stay as zombies, 14,000 in 500 kills, and whatever reads /proc would take longer and longer.
 */
const REAPER = ['sh', '-c', '"$@" & wait $!', 'reaper'];

/**
 * Runs the script again in namespaces, and ends this process with its status; returns at once inside of them.
 * @param url of the script
 */
export function isolate(url) {
  if (process.env[FLAG] !== undefined) return;
  const namespaces = ['--pid', '--mount', '--net', '--fork', '--mount-proc', '--kill-child'];
  const line = [...namespaces, ...REAPER, process.execPath, fileURLToPath(url), ...process.argv.slice(2)];
  const { status, error } = spawnSync('unshare', line, {
    stdio: 'inherit',
    env: { ...process.env, [FLAG]: '1' },
  });
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}
