/** Runs a script of scripts/ as `npm run` does, to its end. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { plainEnvironment } from './child.js';

const SCRIPTS = new URL('../../../scripts/', import.meta.url);

export interface ScriptResult {
  readonly status: number | null;
  /** of both streams */
  readonly text: string;
}

export async function runScript(name: string, ...args: readonly string[]): Promise<ScriptResult> {
  const env = { ...plainEnvironment(), NODE_OPTIONS: '' };
  const line = [fileURLToPath(new URL(name, SCRIPTS)), ...args];
  const child = spawn(process.execPath, line, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, text };
}
