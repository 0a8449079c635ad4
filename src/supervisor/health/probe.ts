/** A probe: one check of one job. */
import type { HealthProbe } from '../../jobfile/job-class/job-class.js';
import { commandAsWritten } from '../../jobfile/ini/command.js';
import type { Outcome } from './judge.js';

export interface RunningProbe {
  /** Cancels the check; `done` is not called. */
  cancel(): void;
}

/** Starts a check. @param done called once, after this has returned, unless the check is cancelled */
export type StartProbe = (timeout: number, done: (outcome: Outcome) => void) => RunningProbe;

/** Returns what a check does, in words: `GET http://127.0.0.1:8080/`, `connect 127.0.0.1:5432`, or the command. */
export function probeName(probe: HealthProbe): string {
  switch (probe.by) {
    case 'exec':
      return commandAsWritten(probe.command).trimEnd();
    case 'http':
      return `GET http://${address(probe)}${probe.path}`;
    case 'tcp':
      return `connect ${address(probe)}`;
  }
}

function address({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
