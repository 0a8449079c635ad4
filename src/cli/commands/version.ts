/** foster version: of the supervisor that runs, and of this program, which may be newer. */
import { readFile } from 'node:fs/promises';
import { UnreachableError } from '../../control/client.js';
import type { VersionAnswer } from '../../control/protocol.js';
import { EXIT } from '../exit-status.js';
import type { Invocation } from '../invocation.js';

export async function version(invocation: Invocation): Promise<number> {
  const client = await ownVersion();
  const supervisor = invocation.has('client') ? undefined : await runningVersion(invocation);
  if (invocation.json) {
    invocation.printJson({ client, supervisor: supervisor ?? null });
    return EXIT.ok;
  }
  invocation.print(`foster ${client}`);
  if (supervisor !== undefined) {
    invocation.print(
      `supervisor ${supervisor.version}, process ${supervisor.pid}, since ${supervisor.since}`,
    );
  }
  return EXIT.ok;
}

/** The program has a version also where no supervisor runs. */
async function runningVersion(invocation: Invocation): Promise<VersionAnswer | undefined> {
  try {
    return await invocation.client().request<VersionAnswer>('/v1/version');
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    invocation.complain(error.message);
    return undefined;
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
