/** A control server over a real Unix socket with a scripted supervisor, for the tests of both ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { ControlClient } from '../../src/control/client/client.js';
import { ControlServer } from '../../src/control/server/server.js';
import { EventLoop } from '../../src/kernel/event-loop.js';
import { FakeSupervisor } from './fake-supervisor.js';

export interface Served {
  readonly api: FakeSupervisor;
  readonly client: ControlClient;
  readonly server: ControlServer;
  readonly path: string;
  readonly warnings: string[];
  /** the user id that the kernel is made to report for every connection from now on */
  pretend: { uid: number };
}

export const OWN_UID = 1000;

/** A directory whose path is short enough for a socket, whatever the test is called. */
export function shortDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** @param isGuarded whether descriptors are expected with what clients send, as on old kernels */
export async function serve(t: Test, isGuarded?: boolean): Promise<Served> {
  const path = join(shortDirectory(t), 's');
  const api = new FakeSupervisor();
  const warnings: string[] = [];
  const pretend = { uid: OWN_UID };
  const server = await ControlServer.listen({
    api,
    path,
    ownUid: OWN_UID,
    connections: 100,
    descriptors: new EventLoop(),
    peerCredentials: () => ({ pid: process.pid, uid: pretend.uid, gid: pretend.uid }),
    ...(isGuarded !== undefined && { isGuarded: () => isGuarded }),
    warn: (text) => warnings.push(text),
  });
  t.teardown(() => server.close());
  return { api, client: new ControlClient(path), server, path, warnings, pretend };
}
