import { initctl } from '../../src/cli/initctl/main.js';
import type { Served } from '../control/serve.js';
import { captured, type Printed } from './captured.js';

/** Runs initctl in this process against a served supervisor. */
export function runInitctl(
  served: Served,
  args: readonly string[],
  env: Record<string, string> = {},
  program = 'initctl',
): Promise<Printed> {
  return captured(served, env, 'on-terminals', (terminal) => initctl(program, args, terminal));
}
