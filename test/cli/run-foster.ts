import { main } from '../../src/cli/main.js';
import { terminalOver } from '../../src/cli/terminal.js';
import type { Served } from '../control/serve.js';
import type { Printed } from './run-initctl.js';

/** Runs foster in this process against a served supervisor. */
export async function runFoster(
  served: Pick<Served, 'path'>,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Printed> {
  let out = '';
  let err = '';
  const status = await main(
    args,
    terminalOver(
      { stdout: (text) => (out += String(text)), stderr: (text) => (err += text) },
      {
        env: { FOSTER_SOCKET: served.path, ...env },
        uid: 0,
        isTerminal: { stdout: false, stderr: false },
        escaping: 'always',
      },
    ),
  );
  return { status, out, err };
}
