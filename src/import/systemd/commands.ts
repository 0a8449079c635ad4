/** Imports the commands of a unit (ExecStart= and the like) and its conditions, as main and its hooks. */
import { signalWord } from '../signal-word.js';
import type { ServiceBuilder, ShellCommand } from '../service-builder.js';
import { shellWord } from '../shell-text.js';
import { conditionLines, conditionTest } from './conditions.js';
import { parseExecLine, signalToMain, usesMainPid, type ExecCommand } from './exec-line.js';
import { addDirectories } from './directories.js';
import { isNo, isYes, originOf, type Unit } from './unit.js';
import type { UnitEntry } from './unit-file.js';

const STATUS_OF_FAILURE = 'its failure does not fail the start: foster ignores the status of a post-start';
const ASKS_FOSTER =
  "the pid of the main process comes from `foster status`, so foster has to be in PATH and the job's user needs access to its socket";
/** Shell that sets MAINPID from the first line of `foster status`. */
const MAINPID = `MAINPID=$(foster status "$FOSTER_JOB" | sed -n '1s/.*process //p')`;

interface Read {
  readonly entry: UnitEntry;
  readonly commands: readonly ExecCommand[];
}

export function addCommands(unit: Unit, service: ServiceBuilder): void {
  const staysActive = isWithoutMain(unit);
  addConditions(unit, service);
  addDirectories(unit, service);
  for (const read of commandsOf(unit, service, 'ExecCondition')) addHook(unit, service, 'pre-start', read);
  for (const read of commandsOf(unit, service, 'ExecStartPre')) addHook(unit, service, 'pre-start', read);
  const starts = commandsOf(unit, service, 'ExecStart');
  if (staysActive) {
    // a job without main stays up until it is stopped, as in Upstart
    for (const read of starts) addHook(unit, service, 'pre-start', read);
  } else addMain(unit, service, starts);
  for (const read of commandsOf(unit, service, 'ExecStartPost')) addHook(unit, service, 'post-start', read);
  addStop(unit, service);
  for (const read of commandsOf(unit, service, 'ExecStopPost')) addHook(unit, service, 'post-stop', read);
  addReload(unit, service);
}

/**
 * Tests whether the unit stays active when its commands have ended: a oneshot, or a script that starts other
 * programs (rc.local).
 */
export function isWithoutMain(unit: Unit): boolean {
  const type = unit.last('Service', 'Type')?.value;
  const isScript = type === 'forking' && isNo(unit.last('Service', 'GuessMainPID')?.value);
  return (type === 'oneshot' || isScript) && isYes(unit.last('Service', 'RemainAfterExit')?.value);
}

function commandsOf(unit: Unit, service: ServiceBuilder, key: string): readonly Read[] {
  return unit.all('Service', key).flatMap((entry) => {
    const parsed = parseExecLine(entry.value, unit.name);
    if (parsed.ok) return [{ entry, commands: parsed.commands }];
    service.dropped(originOf(entry), `systemd would reject it: ${parsed.why}`);
    return [];
  });
}

function addMain(unit: Unit, service: ServiceBuilder, starts: readonly Read[]): void {
  const isOneshot = unit.last('Service', 'Type')?.value === 'oneshot';
  // systemd allows several commands in a oneshot only, and rejects other such units
  const counting = isOneshot ? starts : starts.slice(-1);
  for (const { entry } of starts.filter((read) => !counting.includes(read)))
    service.dropped(originOf(entry), 'only a unit with Type=oneshot may have several ExecStart=');
  const all = counting.flatMap(({ commands }) => commands);
  for (const { entry, commands } of counting) {
    for (const command of commands) {
      const isLast = command === all.at(-1);
      const mayFail = command.ignoresFailure;
      service.command('main', shellCommand(command, entry, mayFail && !isLast));
      const lost = [
        ...(mayFail && isLast ? ['a failure counts as one (`-`)'] : []),
        ...departures(command, unit),
      ];
      note(service, entry, 'exec', lost);
    }
  }
}

function addHook(
  unit: Unit,
  service: ServiceBuilder,
  hook: 'pre-start' | 'post-start' | 'pre-stop' | 'post-stop',
  { entry, commands }: Read,
): void {
  for (const command of commands) {
    service.command(hook, shellCommand(command, entry, command.ignoresFailure));
    const lost = departures(command, unit);
    if (usesMainPid(command)) {
      service.prelude(MAINPID);
      lost.push(ASKS_FOSTER);
    }
    if (hook === 'post-start' && !command.ignoresFailure) lost.push(STATUS_OF_FAILURE);
    if (entry.key === 'ExecCondition')
      lost.push('a condition that is not met fails the start: systemd skips it quietly');
    note(service, entry, hook, lost);
  }
}

function shellCommand(command: ExecCommand, entry: UnitEntry, mayFail: boolean): ShellCommand {
  const { comments } = entry;
  return mayFail
    ? { kind: 'lines', line: `${command.line} || true`, comments }
    : { kind: 'program', line: command.line, comments };
}

/** Returns what the prefixes ask for and foster does not do. */
function departures({ argv0, privilege, byLoginShell }: ExecCommand, unit: Unit): string[] {
  const hasUser = unit.last('Service', 'User') !== undefined;
  return [
    ...(argv0 === undefined ? [] : [`argv[0] is the path of the program, not ${argv0} (\`@\`)`]),
    ...(privilege !== '' && hasUser
      ? [`it runs with foster's privileges, and main through setpriv(1) (\`${privilege}\`)`]
      : []),
    ...(byLoginShell ? ["it does not run in the user's login shell (`|`)"] : []),
  ];
}

function note(service: ServiceBuilder, entry: UnitEntry, as: string, lost: readonly string[]): void {
  const origin = originOf(entry);
  if (lost.length === 0) service.found(origin, { verdict: 'kept', as });
  else service.found(origin, { verdict: 'approximated', as, how: lost.join('; ') });
}

function addStop(unit: Unit, service: ServiceBuilder): void {
  const stops = commandsOf(unit, service, 'ExecStop');
  for (const read of stops) {
    const [only] = read.commands;
    const signal = only === undefined || read.commands.length > 1 ? undefined : signalToMain(only);
    if (signal === undefined || stops.length > 1) addHook(unit, service, 'pre-stop', read);
    else service.kept(originOf(read.entry), 'kill signal', signalWord(signal));
  }
}

/** Imports the reload: in foster a reload is a signal; other commands can be a job of their own. */
function addReload(unit: Unit, service: ServiceBuilder): void {
  const reads = commandsOf(unit, service, 'ExecReload');
  const signalled = reads.findLast(({ commands }) =>
    commands.some((command) => signalToMain(command) !== undefined),
  );
  for (const read of reads) {
    const signal = read.commands.map(signalToMain).find((name) => name !== undefined);
    if (read === signalled && signal !== undefined) {
      const rest = read.commands.length > 1 || reads.length > 1;
      if (rest)
        service.approximated(
          originOf(read.entry),
          '`foster reload` sends only the signal',
          'reload signal',
          signalWord(signal),
        );
      else service.kept(originOf(read.entry), 'reload signal', signalWord(signal));
    } else if (signalled !== undefined) {
      const why =
        '`foster reload` sends the signal and runs nothing before it, so an error in the configuration is not found first';
      service.dropped(
        originOf(read.entry),
        why,
        `\`${read.commands.map(({ line }) => line).join('; ')} && foster reload ${service.name}\``,
      );
    }
  }
}

/** Returns the commands of a reload that is not a signal, for a job of their own. */
function reloadCommands(unit: Unit): readonly Read[] {
  const reads = unit.all('Service', 'ExecReload').flatMap((entry) => {
    const parsed = parseExecLine(entry.value, unit.name);
    return parsed.ok ? [{ entry, commands: parsed.commands }] : [];
  });
  return reads.some(({ commands }) => commands.some((command) => signalToMain(command) !== undefined))
    ? []
    : reads;
}

/** Returns a job `NAME-reload` for a reload by command. */
export function reloadJob(unit: Unit, service: ServiceBuilder): ServiceBuilder | undefined {
  const reads = reloadCommands(unit);
  if (reads.length === 0) return undefined;
  const job = service.sibling(`${service.name}-reload`);
  job.implied('task');
  job.implied('description', `Reloads ${service.name}`);
  for (const { entry, commands } of reads) {
    const asks = commands.some(usesMainPid);
    if (asks) job.prelude(MAINPID.replace('"$FOSTER_JOB"', shellWord(service.name)));
    for (const command of commands) job.command('main', shellCommand(command, entry, command.ignoresFailure));
    const how = `a reload is a signal to foster: \`foster start ${job.name}\` runs the command${asks ? `; ${ASKS_FOSTER}` : ''}`;
    service.found(originOf(entry), { verdict: 'approximated', as: `job ${job.name}`, how });
  }
  return job;
}

function addConditions(unit: Unit, service: ServiceBuilder): void {
  const keys = new Set(unit.entries.filter(({ section }) => section === 'Unit').map(({ key }) => key));
  const tests = [...keys].flatMap((key) =>
    unit.all('Unit', key).flatMap((entry) => conditionTest(entry, unit) ?? []),
  );
  const lines = conditionLines(tests);
  for (const line of lines) service.command('pre-start', { kind: 'lines', line });
  const triggersLost = tests.some(({ isTrigger, test }) => isTrigger && test === undefined);
  for (const { entry, test, isAssertion, isTrigger } of tests) {
    if (test === undefined || (isTrigger && triggersLost)) {
      service.dropped(originOf(entry), 'the job starts without checking this: a shell has no test for it');
      continue;
    }
    const how = 'a pre-start tests it, and the start fails: systemd skips it without a failure';
    service.found(
      originOf(entry),
      isAssertion ? { verdict: 'kept', as: 'pre-start' } : { verdict: 'approximated', as: 'pre-start', how },
    );
  }
}
