import { initctl } from '../../src/cli/initctl/main.js';
import { terminalOver } from '../../src/cli/terminal.js';
import type { Served } from '../control/serve.js';

export interface Printed {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs initctl in this process against a served supervisor. */
export async function runInitctl(
  served: Served,
  args: readonly string[],
  env: Record<string, string> = {},
  program = 'initctl',
): Promise<Printed> {
  let out = '';
  let err = '';
  const status = await initctl(
    program,
    args,
    terminalOver(
      { stdout: (text) => (out += String(text)), stderr: (text) => (err += text) },
      {
        env: { FOSTER_SOCKET: served.path, ...env },
        uid: 0,
        isTerminal: { stdout: false, stderr: false },
        escaping: 'on-terminals',
      },
    ),
  );
  return { status, out, err };
}
