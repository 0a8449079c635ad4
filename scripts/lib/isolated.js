/** Scripts that end processes run in a pid, mount and network namespace of their own, whose end is the end of all that they started. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FLAG = 'FOSTER_ISOLATED';

/**
 * Runs the script again in namespaces, and ends this process with its status; returns at once inside of them.
 * @param url of the script
 */
export function isolate(url) {
  if (process.env[FLAG] !== undefined) return;
  const namespaces = ['--pid', '--mount', '--net', '--fork', '--mount-proc', '--kill-child'];
  const line = [...namespaces, process.execPath, fileURLToPath(url), ...process.argv.slice(2)];
  const { status, error } = spawnSync('unshare', line, {
    stdio: 'inherit',
    env: { ...process.env, [FLAG]: '1' },
  });
  if (error !== undefined) throw error;
  process.exit(status ?? 1);
}
