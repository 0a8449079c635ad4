/** Either engine as a process: beginning, its processor time, what it says, its end. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { directory } from './rules.js';

const FOSTER = process.env.FOSTER ?? fileURLToPath(new URL('../../../bin/foster', import.meta.url));

const ENGINES = {
  cgrulesengd: ['cgrulesengd', '-n', '-f', join(directory, 'cgrulesengd.log')],
  foster: [FOSTER, 'rules', '--config', '/etc/cgrules.conf'],
};

export async function engine(name) {
  const [command, ...words] = ENGINES[name];
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const ended = new Promise((resolve) => child.once('close', resolve));
  // both have their socket once they listen
  for (let n = 0; !existsSync('/run/cgred.socket'); n++) {
    if (n > 200 || child.exitCode !== null)
      throw new Error(`${name} does not begin (exit status ${child.exitCode}): ${said}`);
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
