import type { HealthProbe } from '../../jobfile/job-class.js';
import { commandAsWritten } from '../../jobfile/ini-command.js';

/** What a check does, in words: `GET http://127.0.0.1:8080/`, `connect 127.0.0.1:5432`, the command. */
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
