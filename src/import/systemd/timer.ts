/** Imports a timer or path unit, which starts the job of another unit. */
import { ServiceBuilder } from '../service-builder.js';
import { shellWord } from '../shell-text.js';
import { cronEvery, cronTimes } from './calendar.js';
import { timeSpan } from './time-span.js';
import { isNo, originOf, type Unit } from './unit.js';
import type { UnitEntry } from './unit-file.js';

/**
 * Adds the times of a timer.
 * @returns further jobs, for times that do not fit into one job file
 */
export function addTimer(timer: Unit, service: ServiceBuilder): readonly ServiceBuilder[] {
  const extra: ServiceBuilder[] = [];
  const schedule = (entry: UnitEntry, cron: string, lost: readonly string[]): void => {
    let target = service;
    let as = `schedule = ${cron}`;
    if (service.has('schedule')) {
      // a job has only one schedule: a small job starts it at the other times
      target = new ServiceBuilder(`${service.name}-timer-${extra.length + 2}`, timer.path);
      target.implied('description', `Starts ${service.name} at further times`);
      target.implied('task');
      target.command('main', { kind: 'program', line: `foster start --no-wait ${shellWord(service.name)}` });
      extra.push(target);
      as = `schedule = ${cron}, in ${target.name}.ini`;
    }
    target.implied('schedule', ...cron.split(' '));
    if (!target.has('schedule')) return;
    const origin = originOf(entry);
    service.found(
      origin,
      lost.length === 0 ? { verdict: 'kept', as } : { verdict: 'approximated', as, how: lost.join('; ') },
    );
  };
  if (timer.isTemplate || service.has('instance'))
    service.dropped(
      { file: timer.path, word: timer.fileName },
      'the template does not list its instances',
      `for each instance, a job with \`schedule\` that runs \`foster start ${service.name} I=NAME\``,
    );
  else addTimes(timer, service, schedule);
  addOptions(timer, service, extra);
  addRest(timer, service);
  return extra;
}

type Schedule = (entry: UnitEntry, cron: string, lost: readonly string[]) => void;

function addTimes(timer: Unit, service: ServiceBuilder, schedule: Schedule): void {
  for (const entry of timer.all('Timer', 'OnCalendar')) {
    const times = cronTimes(timer.literal(entry.value) ?? entry.value);
    if (times.ok) schedule(entry, times.cron, times.lost);
    else
      service.dropped(
        originOf(entry),
        `crontab(5) cannot express it: ${times.why}`,
        'a `schedule` that comes more often, and a test in `pre-start`',
      );
  }
  for (const entry of timer.all('Timer', 'OnUnitActiveSec', 'OnUnitInactiveSec')) {
    const seconds = timeSpan(entry.value);
    if (seconds === undefined || seconds === Infinity || seconds === 0) {
      service.dropped(originOf(entry), 'it is not a time span');
      continue;
    }
    const { cron, exact } = cronEvery(seconds);
    const how = 'it follows the clock, not the end of the last run';
    schedule(entry, cron, [how, ...(exact ? [] : ['the time between two starts varies slightly'])]);
  }
  for (const entry of timer.all('Timer', 'OnBootSec', 'OnStartupSec', 'OnActiveSec')) {
    service.startOn('startup');
    const seconds = timeSpan(entry.value) ?? 0;
    const as = 'start on = startup';
    const how = 'it starts at once: `sleep` in a `pre-start` would delay every start';
    service.found(
      originOf(entry),
      seconds === 0 ? { verdict: 'kept', as } : { verdict: 'approximated', as, how },
    );
  }
}

function addOptions(timer: Unit, service: ServiceBuilder, extra: readonly ServiceBuilder[]): void {
  const why: Readonly<Record<string, string>> = {
    RandomizedDelaySec:
      'the job starts on the minute: where many machines ask one server at that time, choose another minute for each',
    RandomizedOffsetSec: 'the job starts on the minute',
    FixedRandomDelay: 'the job starts on the minute',
    WakeSystem: 'foster does not wake a machine that is suspended',
    OnClockChange: 'foster has no event for a change of the clock',
    OnTimezoneChange: 'foster has no event for a change of the time zone',
    DeferReactivation: 'the job starts at its next time',
  };
  const keys = new Set(timer.entries.filter(({ section }) => section === 'Timer').map(({ key }) => key));
  for (const key of keys) {
    const entry = timer.last('Timer', key);
    if (entry === undefined || /^On.*(?:Sec|Calendar)$/.test(key)) continue;
    const origin = originOf(entry);
    if (key === 'Unit') service.found(origin, { verdict: 'kept', as: 'schedule, in this file' });
    else if (key === 'AccuracySec')
      service.found(origin, { verdict: 'kept', as: 'nothing: foster starts it within the second' });
    else if (key === 'Persistent' && !isNo(entry.value) && service.has('schedule')) {
      for (const target of [service, ...extra]) target.implied('schedule persistent');
      service.found(origin, { verdict: 'kept', as: 'schedule persistent' });
    } else if (key === 'RemainAfterElapse' || isNo(entry.value)) service.builtIn(origin);
    else service.dropped(origin, why[key] ?? 'foster has no equivalent');
  }
}

/** Imports a path unit as `start on = file` (docs/activation.md). */
export function addPath(path: Unit, service: ServiceBuilder): void {
  const events: Readonly<Record<string, { readonly event: string; readonly how?: string }>> = {
    PathExists: {
      event: 'create',
      how: 'the job starts once when the path is created, not repeatedly while it exists',
    },
    PathExistsGlob: { event: 'create', how: 'the job starts when such a path is created' },
    DirectoryNotEmpty: { event: 'create', how: 'the job starts when something is created in the directory' },
    PathChanged: { event: 'modify' },
    PathModified: { event: 'modify' },
  };
  for (const entry of path.entries) {
    if (entry.section !== 'Path' || entry.value === '') continue;
    const origin = originOf(entry);
    const known = Object.hasOwn(events, entry.key) ? events[entry.key] : undefined;
    const file = path.literal(entry.value);
    if (known === undefined) {
      if (entry.key === 'Unit') service.found(origin, { verdict: 'kept', as: 'start on, in this file' });
      else service.dropped(origin, 'foster has no equivalent');
    } else if (file === undefined || !/^\/[^\s"'\\()#$]*$/.test(file))
      service.dropped(origin, 'foster cannot watch such a path');
    else {
      const expression = `file FILE=${file}${entry.key === 'DirectoryNotEmpty' && !file.endsWith('/') ? '/' : ''} EVENT=${known.event}`;
      service.startOn(expression);
      const as = `start on = ${expression}`;
      service.found(
        origin,
        known.how === undefined ? { verdict: 'kept', as } : { verdict: 'approximated', as, how: known.how },
      );
    }
  }
  addRest(path, service);
}

/** Handles [Unit] and [Install] of a timer or path, which becomes a part of the job. */
function addRest(timer: Unit, service: ServiceBuilder): void {
  service.head.push(...timer.head);
  for (const entry of timer.entries) {
    if (!['Unit', 'Install'].includes(entry.section) || entry.value === '') continue;
    const { key, value } = entry;
    if (key === 'Description' || key === 'Documentation')
      service.head.push(`${key} of the ${timer.name.type}: ${value}`);
    else if (/^(?:Condition|Assert)/.test(key))
      service.dropped(originOf(entry), 'the job starts without checking this', 'a test in `pre-start`');
    else service.found(originOf(entry), { verdict: 'kept', as: 'nothing: it belongs to the job' });
  }
}
