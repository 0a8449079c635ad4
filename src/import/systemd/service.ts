/** Converts a service unit to a job. Relations to other units are in relations.ts. */
import type { Origin } from '../model.js';
import { ServiceBuilder } from '../service-builder.js';
import { pieceWord, shellWord } from '../shell-text.js';
import { addCommands } from './commands.js';
import { isDirectoryKey } from './directories.js';
import { addEnvironment } from './environment.js';
import { addIdentity } from './identity.js';
import { addLimit } from './limits.js';
import { addOutput, isOutputKey } from './output.js';
import { addRestart } from './restart.js';
import { addReadiness } from './readiness.js';
import { addStopping } from './stopping.js';
import { sandboxingOf } from './sandbox.js';
import { INSTANCE_VARIABLE } from './specifiers.js';
import { preciseSeconds, timeSpan } from './time-span.js';
import { isNo, isYes, originOf, type Unit } from './unit.js';
import type { UnitEntry } from './unit-file.js';

/** Settings that other modules of this folder handle. */
const ELSEWHERE = new Set(
  [
    'ExecStart ExecStartPre ExecStartPost ExecStop ExecStopPost ExecReload ExecCondition',
    'Environment EnvironmentFile PassEnvironment UnsetEnvironment',
    'User Group DynamicUser SupplementaryGroups PermissionsStartOnly',
    'Restart RestartSec RestartMaxDelaySec SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus',
    'StartLimitInterval StartLimitIntervalSec StartLimitBurst',
    'TimeoutSec TimeoutStartSec TimeoutStopSec KillMode KillSignal Type PIDFile BusName RemainAfterExit',
  ].flatMap((line) => line.split(' ')),
);
const ADDS_UP =
  /^(?:Environment|EnvironmentFile|SupplementaryGroups|(?:Runtime|State|Cache|Logs|Configuration)Directory|SystemCall.*|.*Paths|.*Directories|DeviceAllow|Restrict.*|IPAddress.*|CapabilityBoundingSet|AmbientCapabilities|LoadCredential.*|SetCredential.*|OpenFile)$/;

export function serviceOf(unit: Unit, jobName: string): ServiceBuilder {
  const service = new ServiceBuilder(jobName, unit.path);
  service.head.push(...unit.head);
  addInstance(unit, service);
  addEnvironment(unit, service);
  addIdentity(unit, service);
  addReadiness(unit, service);
  addCommands(unit, service);
  addRestart(unit, service);
  addStopping(unit, service);
  addOutput(unit, service);
  for (const entry of unit.effective('Service', (key) => ADDS_UP.test(key))) addOther(unit, service, entry);
  for (const file of unit.files)
    for (const { line, text } of file.ignored)
      service.dropped({ file: file.path, line, word: text.slice(0, 60) }, 'systemd ignores such a line, too');
  addLeftPlaceholders(unit, service);
  return service;
}

function addInstance(unit: Unit, service: ServiceBuilder): void {
  if (!unit.isTemplate) return;
  service.implied('instance', `$${INSTANCE_VARIABLE}`);
  const preset = unit.last('Install', 'DefaultInstance');
  if (preset !== undefined) service.kept(originOf(preset), 'env', `${INSTANCE_VARIABLE}=${preset.value}`);
}

function addOther(unit: Unit, service: ServiceBuilder, entry: UnitEntry): void {
  const { key } = entry;
  if (ELSEWHERE.has(key) || isOutputKey(key) || isDirectoryKey(key)) return;
  if (addLimit(unit, service, entry)) return;
  const origin = originOf(entry);
  const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
  const sandboxing = sandboxingOf(key);
  if (rule !== undefined) rule(unit, service, origin, entry.value);
  else if (sandboxing !== undefined) addSandboxing(service, origin, entry.value);
  else if (key.startsWith('X-'))
    service.found(origin, { verdict: 'kept', as: 'nothing: systemd ignores it, too' });
  else service.dropped(origin, 'foster has no equivalent');
}

function addSandboxing(service: ServiceBuilder, origin: Origin, value: string): void {
  const { why, instead } = sandboxingOf(origin.word)!;
  if (isNo(value)) service.builtIn(origin);
  else service.sandbox(origin, why, instead);
}

type Rule = (unit: Unit, service: ServiceBuilder, origin: Origin, value: string) => void;

const scalar =
  (stanza: string): Rule =>
  (unit, service, origin, value) =>
    void service.kept(origin, stanza, unit.literal(value) ?? value);
const loses =
  (why: string, instead?: string): Rule =>
  (_, service, origin) =>
    service.dropped(origin, why, instead);
const already =
  (as: string): Rule =>
  (_, service, origin) =>
    service.found(origin, { verdict: 'kept', as });

const priority = (command: string): Rule =>
  loses("the priority is foster's", `\`${command}\` before the command`);

const RULES: Readonly<Record<string, Rule>> = {
  WorkingDirectory: workingDirectory,
  RootDirectory: scalar('chroot'),
  UMask: scalar('umask'),
  Nice: scalar('nice'),
  OOMScoreAdjust: scalar('oom score'),
  WatchdogSec: (_, service, origin, value) => {
    const seconds = timeSpan(value);
    if (seconds === 0) service.found(origin, { verdict: 'kept', as: 'nothing: there is no watchdog' });
    else if (seconds === undefined) service.dropped(origin, 'systemd would reject it: it is not a time span');
    else service.kept(origin, 'watchdog', preciseSeconds(seconds));
  },
  FileDescriptorStoreMax: (_, service, origin, value) => {
    // the most that one message of sd_notify(3) can carry
    if (Number(value) > 253) service.approximated(origin, 'foster keeps 253 at most', 'fd store', '253');
    else service.kept(origin, 'fd store', value);
  },
  NotifyAccess: already('nothing: foster accepts notifications from every process of the job'),
  GuessMainPID: already('nothing: foster does not guess'),
  AppArmorProfile: (_, service, origin, value) => {
    const profile = value.replace(/^-/, '');
    if (value.startsWith('-'))
      service.approximated(origin, 'without the profile the job does not start', 'apparmor switch', profile);
    else service.kept(origin, 'apparmor switch', profile);
  },
  SendSIGKILL: (_, service, origin, value) => {
    if (isNo(value))
      service.dropped(
        origin,
        'foster kills what has not ended within `kill timeout`',
        'a long `kill timeout`',
      );
    else service.builtIn(origin);
  },
  SendSIGHUP: (_, service, origin, value) => {
    if (isYes(value)) service.dropped(origin, 'foster sends only `kill signal` and CONT');
    else service.builtIn(origin);
  },
  IgnoreSIGPIPE: (_, service, origin, value) => {
    if (isNo(value))
      service.found(origin, { verdict: 'kept', as: 'nothing: in a job SIGPIPE ends a process, as usual' });
    else service.found(origin, { verdict: 'kept', as: 'nothing: it is the default of systemd' });
  },
  RestartKillSignal: loses('a restart sends `kill signal`'),
  FinalKillSignal: loses('the last signal is KILL'),
  WatchdogSignal: loses('the watchdog sends ABRT'),
  TimeoutAbortSec: loses('after ABRT of the watchdog, `kill timeout` counts'),
  RuntimeMaxSec: loses(
    'a job may run as long as it likes',
    '`timeout SECONDS` of coreutils before the command',
  ),
  OOMPolicy: loses('if the OOM killer kills one process, main and the others go on'),
  Slice: loses("every job has its own cgroup below foster's", '`cgroup = CONTROLLER NAME`'),
  Delegate: loses('the group of a job is not handed over to it', '`cgroup` stanzas (docs/cgroups.md)'),
  ControlGroup: already('nothing: systemd ignores it, too'),
  IOSchedulingClass: priority('ionice -c CLASS'),
  IOSchedulingPriority: priority('ionice -n NUMBER'),
  CPUSchedulingPolicy: priority('chrt --POLICY 0'),
  CPUSchedulingPriority: priority('chrt NUMBER'),
  CPUSchedulingResetOnFork: priority('chrt --reset-on-fork'),
  CPUAffinity: priority('taskset -c LIST'),
  NUMAPolicy: priority('numactl'),
  NUMAMask: priority('numactl'),
  TimerSlackNSec: loses("the timer slack is foster's"),
  Personality: loses('the execution domain is the usual one', '`setarch ARCH` before the command'),
  PAMName: loses('foster opens no session of PAM', '`runuser -l USER -c COMMAND`'),
  NonBlocking: loses('descriptors are passed as their source created them'),
  Sockets: loses('sockets are named by `start on = socket ...` of this job'),
  USBFunctionDescriptors: loses('foster has no equivalent'),
  LoadCredential: loses('foster passes no credentials', 'a file that only the user of the job can read'),
  LoadCredentialEncrypted: loses(
    'foster passes no credentials',
    'a file that only the user of the job can read',
  ),
  SetCredential: loses('foster passes no credentials', 'a section [env]'),
  SetCredentialEncrypted: loses(
    'foster passes no credentials',
    'a file that only the user of the job can read',
  ),
  ImportCredential: loses('foster passes no credentials', 'a file that only the user of the job can read'),
  RuntimeDirectoryPreserve: loses('a directory of the job goes with it'),
  RootDirectoryStartOnly: loses('all processes of a job have one root directory'),
  ExitType: loses('a job ends with its main process', '`hand off`'),
  CoredumpFilter: loses("the filter is foster's"),
  UtmpIdentifier: loses('foster writes no utmp'),
  UtmpMode: loses('foster writes no utmp'),
  TTYReset: loses('foster leaves the terminal as it is'),
  TTYVHangup: loses('foster leaves the terminal as it is'),
  TTYVTDisallocate: loses('foster leaves the terminal as it is'),
};

function workingDirectory(unit: Unit, service: ServiceBuilder, origin: Origin, value: string): void {
  const isOptional = value.startsWith('-');
  const path = isOptional ? value.slice(1) : value;
  if (path === '~') {
    service.prelude('cd "$HOME"');
    service.found(origin, {
      verdict: 'approximated',
      as: 'cd "$HOME"',
      how: 'the shell changes to it before each command',
    });
    return;
  }
  const literal = unit.literal(path);
  if (literal !== undefined && !isOptional) {
    service.kept(origin, 'chdir', literal);
    return;
  }
  const word = literal === undefined ? pieceWord(unit.pieces(path)) : shellWord(literal);
  service.prelude(isOptional ? `cd ${word} 2>/dev/null || cd /` : `cd ${word}`);
  service.found(origin, {
    verdict: 'approximated',
    as: `cd ${word}`,
    how: 'the shell changes to it before each command',
  });
}

/** Reports `@libexecdir@` and the like in a file that the build has not filled in yet. */
function addLeftPlaceholders(unit: Unit, service: ServiceBuilder): void {
  if (!unit.path.endsWith('.in')) return;
  for (const { file, line, key, value } of unit.entries) {
    const left = /@[A-Za-z_]\w*@/.exec(value);
    if (left !== null)
      service.dropped(
        { file, line, word: key, value },
        `${left[0]} has not been filled in: this file is the source of a unit`,
        'the installed unit',
      );
  }
}
