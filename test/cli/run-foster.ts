import { main } from '../../src/cli/main.js';
import type { Served } from '../control/serve.js';
import { captured, type Printed } from './captured.js';

/** Runs foster in this process against a served supervisor. */
export function runFoster(
  served: Pick<Served, 'path'>,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Printed> {
  return captured(served, env, 'always', (terminal) => main(args, terminal));
}
