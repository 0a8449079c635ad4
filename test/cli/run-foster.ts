import { main } from '../../src/cli/main.js';
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
  const status = await main(args, {
    env: { FOSTER_SOCKET: served.path, ...env },
    uid: 0,
    colour: false,
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { status, out, err };
}
