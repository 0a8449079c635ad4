/**
 * Checks the commands of a job: whether their programs exist, and whether the shell reads the line as it
 * looks.
 */
import { commandAsWritten } from '../../jobfile/ini/command.js';
import type { JobFileWarning } from '../../jobfile/job-file-error.js';
import { shellLine } from '../../jobfile/shell-line.js';
import { LaunchError } from '../../supervisor/launch/launch-error.js';
import { JOB_PATH } from '../../supervisor/launch/launch-defaults.js';
import { checkInterpreter, findProgram } from '../../supervisor/launch/resolve.js';
import { at, commandsOf, commandStanza, isLiteral, type Remark, type ReviewedJob } from './job.js';
import { rootOf } from './surroundings.js';
import type { CommandText, ProcessName } from '../../jobfile/job-class/values.js';

export function reviewCommands(job: ReviewedJob): readonly JobFileWarning[] {
  return [...reviewAbsence(job), ...reviewProcesses(job), ...reviewProbe(job)];
}

/** Notes that a job runs nothing. Upstart's files have such jobs on purpose, as states for other jobs. */
function reviewAbsence(job: ReviewedJob): readonly JobFileWarning[] {
  const { processes, source } = job.class;
  if (source.syntax !== 'ini' || Object.keys(processes).length > 0) return [];
  const message = 'the job has no command: started, it is `running`, but runs nothing';
  return [at(job, 'exec', { message, remedy: 'write `exec = COMMAND`', note: true })];
}

/**
 * Warns about health checks that cannot run: they count as failed, so the job would be restarted again and
 * again.
 */
function reviewProbe(job: ReviewedJob): readonly JobFileWarning[] {
  const { health } = job.class;
  const program = health?.by === 'exec' ? programOf(health.command) : undefined;
  const absent = program === undefined ? undefined : reviewProgram(job, program, 'no check succeeds');
  return absent === undefined ? [] : [at(job, 'health exec', absent)];
}

function reviewProcesses(job: ReviewedJob): readonly JobFileWarning[] {
  return commandsOf(job).flatMap(([process, command]) => {
    const stanza = stanzaOf(job, process);
    const remarks = 'exec' in command ? reviewLine(job, command.exec) : [];
    const program = remarks.length === 0 ? programOf(command) : undefined;
    const absent = program === undefined ? undefined : reviewProgram(job, program);
    return [...remarks, ...(absent === undefined ? [] : [absent])].map((remark) => at(job, stanza, remark));
  });
}

/**
 * Returns the stanza of a command. A list in an `.ini` file is a script internally, but stands after `exec`.
 */
function stanzaOf(job: ReviewedJob, process: ProcessName): string {
  const names = (['exec', 'script'] as const).map((kind) => commandStanza(process, kind));
  return job.stanzas.filter(({ name }) => names.includes(name)).at(-1)?.name ?? names[0]!;
}

const NO_COMMAND = new Set(['true', ':', '/bin/true', 'exit']);

/** Warns about shell syntax that `exec LINE` does not support. */
function reviewLine(job: ReviewedJob, line: string): readonly Remark[] {
  const { assignments, words, operators } = shellLine(line);
  const isConf = job.class.source.syntax === 'conf';
  if (words[0] === '=') {
    return [
      {
        message: 'this runs a program called `=`: in a `.conf` file there is no `=` behind a stanza',
        remedy: `write \`exec ${words.slice(1).join(' ')}\`, or call the file .ini`,
      },
    ];
  }
  const cut = operators.find(({ operator, next }) => {
    // `|| true` has no effect after exec, but nobody misses it
    return next !== undefined && ['&&', '||', ';'].includes(operator) && !NO_COMMAND.has(next);
  });
  if (cut !== undefined) {
    return [
      {
        message: `the shell becomes \`${words[0] ?? ''}\` (exec): what stands behind \`${cut.operator}\` never runs`,
        remedy: isConf ? 'put the line into a script block' : 'leave out the word `exec`',
      },
    ];
  }
  if (assignments.length === 0 || !isConf) return [];
  return [
    {
      message: `this runs a program called \`${assignments[0]!}\`: \`exec\` takes no variables`,
      remedy: `write ${assignments.map((variable) => `\`env ${variable}\``).join(', ')} on a line of its own`,
    },
  ];
}

/** Returns the program of a command if it can be determined without running anything. */
function programOf(command: CommandText): string | undefined {
  if ('argv' in command) return command.argv[0];
  const line = lineOf(command);
  if (line === undefined) return undefined;
  const { words } = shellLine(line);
  const isExec = words[0] === 'exec';
  const word = unquoted(words[isExec ? 1 : 0] ?? '');
  // without exec it may be a shell builtin, and a list may change directories or PATH first
  const isCertain = 'exec' in command || isExec || word.startsWith('/');
  return isCertain && word !== '' && isLiteral(word) && !/[*?[~{]/.test(word) ? word : undefined;
}

/** Returns the line by which a script turns into a program: the last one, if it is not nested. */
function lineOf(command: Exclude<CommandText, { argv: unknown }>): string | undefined {
  if ('exec' in command) return command.exec;
  const written = commandAsWritten(command);
  if (written !== command.script) return written;
  const lines = written.trimEnd().split('\n');
  const last = lines.at(-1)!;
  if (lines.length === 1 && shellLine(last).assignments.length > 0) return last;
  return /^exec[ \t]+\//.test(last) ? last : undefined;
}

/** Commands that are in the PATH of every `.conf` job. */
const UPSTART_COMMANDS = new Set(['initctl', 'start', 'stop', 'restart', 'reload', 'status']);

function unquoted(word: string): string {
  return word.replace(/^'([^']*)'$/, '$1').replace(/^"([^"\\]*)"$/, '$1');
}

function reviewProgram(
  job: ReviewedJob,
  program: string,
  effect = 'the job cannot start',
): Remark | undefined {
  const root = rootOf(job);
  const { chdir = '/', env } = job.class;
  if (root === undefined || !isLiteral(chdir)) return undefined;
  // foster provides these itself
  if (job.class.source.syntax === 'conf' && UPSTART_COMMANDS.has(program)) return undefined;
  const path =
    env
      .filter((variable) => variable.startsWith('PATH='))
      .at(-1)
      ?.slice('PATH='.length) ?? JOB_PATH;
  if (!isLiteral(path)) return undefined; // another remark is made on it
  try {
    checkInterpreter(findProgram(program, { root, directory: chdir, path }), root);
    return undefined;
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    return { message: `${error.hint}: ${effect}`, remedy: 'install it, or correct the command' };
  }
}
