/** Imports relations between units: order, requirement, start and stop. They become stanzas of either job. */
import { quoteWord } from '../../jobfile/expression/print.js';
import type { Origin } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { parseUnitName, stemOf } from './unit-name.js';
import { isNo, originOf, type Unit } from './unit.js';
import type { UnitEntry } from './unit-file.js';

export interface Job {
  readonly unit: Unit;
  readonly service: ServiceBuilder;
}

/** Jobs of this import by the names of their units. */
type Jobs = ReadonlyMap<string, Job>;

/** Targets that every boot reaches. */
const BOOT_TARGETS =
  /^(?:multi-user|graphical|default|basic|sysinit|local-fs|local-fs-pre|remote-fs|network|network-pre|network-online|sockets|timers|paths|rescue|getty|runlevel[2-5]|nss-lookup|nss-user-lookup|time-sync|time-set|cloud-init|cloud-config|system|swap|cryptsetup|slices|rpcbind|remote-fs-pre|container|machines|first-boot-complete|integritysetup|veritysetup|network-services)\.target$/;
const END_TARGETS =
  /^(?:shutdown|umount|final|halt|poweroff|reboot|kexec|exit|initrd-switch-root|sleep|suspend|hibernate|systemd-(?:halt|poweroff|reboot|kexec))\.(?:target|service)$/;

/**
 * Adds the relations of a job; called when all jobs exist, since a relation may become a stanza of the other
 * job.
 */
export function addRelations(job: Job, jobs: Jobs): void {
  const { unit } = job;
  const keys = new Set(unit.entries.filter(({ section }) => section === 'Unit').map(({ key }) => key));
  for (const key of keys) {
    if (/^(?:Condition|Assert)/.test(key)) continue;
    const rule = Object.hasOwn(UNIT_RULES, key) ? UNIT_RULES[key] : undefined;
    const entries = rule === 'text' || rule === undefined ? [unit.last('Unit', key)] : unit.all('Unit', key);
    for (const entry of entries) if (entry !== undefined) addUnitEntry(job, jobs, entry);
  }
  for (const key of ['WantedBy', 'RequiredBy', 'UpheldBy', 'Alias', 'Also'])
    for (const entry of unit.all('Install', key)) addInstall(job, jobs, entry);
}

/** A name in a setting that relates the job to another unit. */
interface Relation {
  readonly job: Job;
  readonly jobs: Jobs;
  readonly origin: Origin;
  readonly name: string;
}

type Rule = ((relation: Relation) => void) | 'text';

const UNIT_RULES: Readonly<Record<string, Rule>> = {
  Description: 'text',
  Documentation: 'text',
  After: (relation) => {
    const { job, origin } = relation;
    relate(relation, (other) => job.service.kept(origin, 'after', other.service.name), '`after = JOB`');
  },
  Before: (relation) => {
    const { job, origin } = relation;
    relate(
      relation,
      (other) => other.service.kept(origin, 'after', job.service.name),
      '`after = JOB` in the file of the other one',
    );
  },
  Requires: requires,
  Requisite: requires,
  BindsTo: requires,
  BindTo: requires,
  Wants: wants,
  Upholds: wants,
  PartOf: (relation) => {
    const { job, origin } = relation;
    relate(relation, (other) => {
      job.service.stopOn(`stopping ${quoteWord(other.service.name)}`);
      const how = 'a restart of the other one stops this one, and does not start it again';
      job.service.found(origin, { verdict: 'approximated', as: 'stop on', how });
    });
  },
  Conflicts: (relation) => {
    const { job, origin } = relation;
    relate(relation, (other) => {
      job.service.stopOn(`starting ${quoteWord(other.service.name)}`);
      other.service.stopOn(`starting ${quoteWord(job.service.name)}`);
      job.service.found(origin, { verdict: 'kept', as: 'stop on, in both files' });
    });
  },
  OnFailure: (relation) => follows(relation, 'failed'),
  OnSuccess: (relation) => follows(relation, 'ok'),
};

function addUnitEntry(job: Job, jobs: Jobs, entry: UnitEntry): void {
  const { service, unit } = job;
  const origin = originOf(entry);
  switch (entry.key) {
    case 'Description': {
      const text = unit.literal(entry.value) ?? entry.value;
      service.kept(origin, 'description', text);
      return;
    }
    case 'Documentation':
      service.head.push(`Documentation: ${entry.value}`);
      service.found(origin, { verdict: 'kept', as: 'a comment' });
      return;
    case 'DefaultDependencies':
      service.found(
        origin,
        isNo(entry.value)
          ? {
              verdict: 'approximated',
              as: 'start on',
              how: 'foster has no early boot: the job starts with the others',
            }
          : { verdict: 'kept', as: 'nothing: it is the default' },
      );
      return;
    case 'StartLimitIntervalSec':
    case 'StartLimitInterval':
    case 'StartLimitBurst':
      if (!service.has('respawn'))
        service.found(origin, { verdict: 'kept', as: 'nothing: the job is not restarted' });
      return;
    default:
  }
  const rule = Object.hasOwn(UNIT_RULES, entry.key) ? UNIT_RULES[entry.key] : undefined;
  if (typeof rule === 'function') {
    for (const [index, name] of unit.words(entry).entries()) {
      const own = { ...origin, value: name, comments: index === 0 ? entry.comments : [] };
      rule({ job, jobs, origin: own, name });
    }
  } else if (entry.key.startsWith('X-'))
    service.found(origin, { verdict: 'kept', as: 'nothing: systemd ignores it, too' });
  else service.dropped(origin, WITHOUT_EQUAL[entry.key] ?? 'foster has no equivalent');
}

const WITHOUT_EQUAL: Readonly<Record<string, string>> = {
  RequiresMountsFor: 'foster waits for no mounts',
  WantsMountsFor: 'foster waits for no mounts',
  OnFailureJobMode: 'foster starts followers of a failure in one way only',
  OnSuccessJobMode: 'foster starts followers of a success in one way only',
  ReloadPropagatedFrom: 'a reload concerns one job',
  PropagatesReloadTo: 'a reload concerns one job',
  PropagatesStopTo: 'a stop concerns one job, and those that require it',
  StopPropagatedFrom: 'a stop concerns one job, and those that require it',
  JoinsNamespaceOf: 'foster makes no namespaces',
  StopWhenUnneeded: 'a job that was started runs until it is stopped',
  RefuseManualStart: 'every job can be started by command',
  RefuseManualStop: 'every job can be stopped by command',
  AllowIsolate: 'foster has no targets',
  IgnoreOnIsolate: 'foster has no targets',
  JobTimeoutSec: '`start timeout` counts from the start of main',
  JobRunningTimeoutSec: '`start timeout` counts from the start of main',
  StartLimitAction: 'a job that gives up does not affect the machine',
  FailureAction: 'the end of a job does not affect the machine (`essential` ends foster with it)',
  SuccessAction: 'the end of a job does not affect the machine (`essential` ends foster with it)',
  CollectMode: 'foster remembers a failed job until `foster reset-failed`',
  SourcePath: 'it names the file from which this one was generated',
  SurviveFinalKillSignal: 'the end of foster ends its jobs',
};

/** Handles a name: a unit of this import, a target of the boot, or an unknown unit. */
function relate(
  { job, jobs, origin, name }: Relation,
  found: (other: Job) => void,
  instead = 'the same stanza with the name of its job',
): void {
  const wanted = job.unit.literal(name);
  const other = wanted === undefined ? undefined : findJob(jobs, wanted);
  if (other === job) return;
  if (other !== undefined) found(other);
  else if (wanted !== undefined && (BOOT_TARGETS.test(wanted) || END_TARGETS.test(wanted))) {
    const as = END_TARGETS.test(wanted)
      ? 'nothing: foster stops its jobs at its own end'
      : 'nothing: foster starts jobs when the machine is up';
    job.service.found(origin, { verdict: 'kept', as });
  } else {
    const type = parseUnitName(wanted ?? name)?.type;
    const why =
      type === 'service'
        ? 'no such service is imported with this one'
        : `foster knows no ${type ?? 'unit'} of this name`;
    job.service.dropped(origin, why, type === 'service' ? `if foster has it: ${instead}` : undefined);
  }
}

function findJob(jobs: Jobs, name: string): Job | undefined {
  const parsed = parseUnitName(name);
  if (parsed === undefined) return undefined;
  // the socket or the timer of a job is part of the job
  return jobs.get(`${stemOf(parsed)}.service`);
}

function requires(relation: Relation): void {
  const { job, origin } = relation;
  const require = ({ service: other }: Job): void => {
    if (origin.word === 'Requisite') {
      const how = 'the other one is started, if it does not run';
      job.service.approximated(origin, how, 'requires', other.name);
    } else job.service.kept(origin, 'requires', other.name);
  };
  relate(relation, require, '`requires = JOB`');
}

/** Imports Wants=, which may fail: the other job starts whenever this one does. */
function wants(relation: Relation): void {
  const { job, origin } = relation;
  relate(relation, (other) => {
    other.service.startOn(`starting ${quoteWord(job.service.name)}`);
    const how = 'the other one starts on the event of this one, which waits until it is up';
    job.service.found(origin, { verdict: 'approximated', as: `start on, in ${other.service.name}.ini`, how });
  });
}

function follows(relation: Relation, result: 'failed' | 'ok'): void {
  const { job, jobs, origin, name } = relation;
  const parsed = parseUnitName(name);
  const template = parsed?.instance === undefined ? undefined : jobs.get(`${parsed.prefix}@.service`);
  if (template !== undefined && jobs.get(name) === undefined) {
    job.service.dropped(
      origin,
      `the event does not give ${template.service.name} its instance`,
      `a job with \`start on = stopped ${job.service.name} RESULT=${result}\` that runs \`foster start ${template.service.name} I=...\``,
    );
    return;
  }
  relate(relation, (other) => {
    other.service.startOn(`stopped ${quoteWord(job.service.name)} RESULT=${result}`);
    job.service.found(origin, { verdict: 'kept', as: `start on, in ${other.service.name}.ini` });
  });
}

function addInstall(job: Job, jobs: Jobs, entry: UnitEntry): void {
  const { service, unit } = job;
  for (const [index, name] of unit.words(entry).entries()) {
    const origin = { ...originOf(entry), value: name, comments: index === 0 ? entry.comments : [] };
    if (entry.key === 'Alias' || entry.key === 'Also') {
      const why = entry.key === 'Alias' ? 'a job has one name' : 'each job starts by its own `start on`';
      service.dropped(origin, why, entry.key === 'Alias' ? 'a symbolic link to the job file' : undefined);
      continue;
    }
    installedBy({ job, jobs, origin, name });
  }
}

function installedBy({ job, jobs, origin, name }: Relation): void {
  const { service, unit } = job;
  const other = findJob(jobs, name);
  if (other !== undefined && other !== job) {
    const stanza = `starting ${quoteWord(other.service.name)}`;
    service.startOn(stanza);
    service.found(origin, {
      verdict: 'approximated',
      as: `start on = ${stanza}`,
      how: 'the other one waits until it is up',
    });
  } else if (name.endsWith('.target') && !END_TARGETS.test(name)) {
    if (unit.isTemplate && unit.last('Install', 'DefaultInstance') === undefined) {
      service.dropped(
        origin,
        'the template does not list its instances',
        `for each instance, a job with \`start on = startup\` and \`exec = foster start ${service.name} I=NAME\`, or a copy of this file with \`env = I=NAME\``,
      );
      return;
    }
    if (unit.isEnabled === false) {
      const how = 'the unit is disabled here, so nothing starts the job by itself; `start on = startup` does';
      service.found(origin, { verdict: 'approximated', as: 'no start on', how });
      return;
    }
    service.startOn('startup');
    const isBoot = BOOT_TARGETS.test(name);
    service.found(
      origin,
      isBoot
        ? { verdict: 'kept', as: 'start on = startup' }
        : {
            verdict: 'approximated',
            as: 'start on = startup',
            how: 'foster has no targets: it starts with the others',
          },
    );
  } else
    service.dropped(
      origin,
      'no such service is imported with this one, so nothing starts this job',
      '`start on = starting JOB`',
    );
}
