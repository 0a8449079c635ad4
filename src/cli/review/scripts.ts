/** Has the shell check scripts before they run, and warns about line ends that it does not understand. */
import { spawnSync } from 'node:child_process';
import { commandAsWritten } from '../../jobfile/ini/command.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { at, commandsOf, commandStanza, type Remark, type ReviewedJob } from './job.js';

const SHELL = '/bin/sh';

export function reviewScripts(job: ReviewedJob): readonly JobFileWarning[] {
  return commandsOf(job).flatMap(([process, command]) => {
    if ('argv' in command) return [];
    if ('exec' in command) {
      const refused = isForShell(command.exec) ? refusedByShell(`exec ${command.exec}\n`) : undefined;
      return refused === undefined ? [] : [at(job, commandStanza(process, 'exec'), refused)];
    }
    const written = commandAsWritten(command) !== command.script;
    const place = (line: number, remark: Remark): JobFileWarning =>
      written
        ? at(job, commandStanza(process, 'exec'), remark)
        : inScript(job, commandStanza(process, 'script'), line, remark);
    const returned = command.script.split('\n').findIndex((line) => line.endsWith('\r'));
    if (returned !== -1) return [place(returned + 1, CARRIAGE_RETURN)];
    const refused = refusedByShell(command.script);
    return refused === undefined
      ? []
      : [place(refused.line, { message: refused.message, remedy: refused.remedy })];
  });
}

const CARRIAGE_RETURN: Remark = {
  message: 'the lines of this script end in CR LF: the shell takes the CR for a part of the last word',
  remedy: "`sed -i 's/\\r$//' FILE` makes the line ends those of Unix",
};

/** Tests whether a line has quotes or substitutions, which may be unfinished. */
function isForShell(line: string): boolean {
  return /["'`$(){}&|;<>]/.test(line);
}

interface Refused extends Remark {
  /** from 1 */
  readonly line: number;
}

function refusedByShell(script: string): Refused | undefined {
  const { status, stderr, error } = spawnSync(SHELL, ['-n'], { input: script, encoding: 'utf8' });
  if (error !== undefined || status === 0) return undefined;
  const [, line, reason] = /(?:line )?(\d+): (.*)/.exec(stderr.trim()) ?? [];
  return {
    // at the end of the text the shell counts one line too many
    line: Math.min(Number(line ?? 1), script.trimEnd().split('\n').length),
    message: `the shell refuses this script: ${reason ?? stderr.trim()}`,
    remedy: '`sh -n` shows the same error: it is in this line, or in something before it that is not closed',
  };
}

/**
 * Maps a line of a script to a line of the file. In `.conf` a block begins after its stanza; in `.ini` each
 * line of a script is a stanza.
 */
function inScript(job: ReviewedJob, stanza: string, line: number, remark: Remark): JobFileWarning {
  const places = job.stanzas.filter(({ name }) => name === stanza);
  const last = places.at(-1);
  if (last === undefined) return at(job, stanza, remark);
  if (job.class.source.syntax === 'conf') return { file: last.file, line: last.line + line, ...remark };
  const place = places[line - 1] ?? last;
  return { file: place.file, line: place.line, ...remark };
}
