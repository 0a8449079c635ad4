/** Runs a command line in this process, and keeps what it prints. */
import { terminalOver, type Terminal } from '../../src/cli/terminal.js';
import type { Served } from '../control/serve.js';

export interface Printed {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** @param run the program, which talks to the served supervisor */
export async function captured(
  served: Pick<Served, 'path'>,
  env: Readonly<Record<string, string>>,
  escaping: 'always' | 'on-terminals',
  run: (terminal: Terminal) => Promise<number>,
): Promise<Printed> {
  let out = '';
  let err = '';
  const terminal = terminalOver(
    { stdout: (text) => (out += String(text)), stderr: (text) => (err += text) },
    {
      env: { FOSTER_SOCKET: served.path, ...env },
      uid: 0,
      isTerminal: { stdout: false, stderr: false },
      escaping,
    },
  );
  const status = await run(terminal);
  return { status, out, err };
}
