/** Imports units of systemd as jobs: each service with its sockets, timers and paths. */
import type { Imported, Problem, Surroundings } from '../model.js';
import { UniqueNames } from '../job-name.js';
import type { ServiceBuilder } from '../service-builder.js';
import { reloadJob } from './commands.js';
import { activatedBy, loadUnits } from './load.js';
import { addRelations, type Job } from './relations.js';
import { serviceOf } from './service.js';
import { addSocket } from './socket.js';
import { addPath, addTimer } from './timer.js';
import { stemOf } from './unit-name.js';
import type { Unit } from './unit.js';

export function importSystemd(paths: readonly string[], around: Surroundings): Imported {
  const { units, problems } = loadUnits(paths, around);
  const imported = jobsOf(units);
  return { ...imported, problems: [...problems, ...imported.problems] };
}

/** Converts units to jobs. Pure. */
function jobsOf(units: readonly Unit[]): Imported {
  const names = new UniqueNames();
  const problems: Problem[] = [];
  const jobs = new Map<string, Job>();
  const services = units.filter(({ name }) => name.type === 'service');
  // plain units first: they keep their names when a template has the same one
  for (const unit of [...services].sort((one, other) => Number(one.isTemplate) - Number(other.isTemplate)))
    jobs.set(unit.fileName, { unit, service: serviceOf(unit, names.take(nameOf(unit, services))) });
  const extra: ServiceBuilder[] = [];
  for (const unit of units) {
    if (unit.name.type === 'service') continue;
    const job = jobs.get(activatedBy(unit));
    if (job === undefined) {
      problems.push({
        file: unit.path,
        message: `starts ${activatedBy(unit)}, which is not imported with it, so it has no effect`,
      });
      continue;
    }
    if (unit.isEnabled === false) addNothing(unit, job.service);
    else if (unit.name.type === 'socket') addSocket(unit, job.service);
    else if (unit.name.type === 'timer') extra.push(...addTimer(unit, job.service));
    else addPath(unit, job.service);
  }
  for (const job of jobs.values()) addRelations(job, jobs);
  for (const { unit, service } of jobs.values()) {
    const reload = reloadJob(unit, service);
    if (reload !== undefined) extra.push(reload);
  }
  return {
    services: [...[...jobs.values()].map(({ service }) => service), ...extra].map((service) =>
      service.build(),
    ),
    findings: [],
    problems,
  };
}

/** Reports a socket, timer or path that the machine does not start. */
function addNothing(unit: Unit, service: ServiceBuilder): void {
  const how = `the unit is disabled here (\`systemctl enable ${unit.fileName}\` before the import enables it)`;
  service.found(
    { file: unit.path, word: unit.fileName },
    { verdict: 'approximated', as: 'no start on', how },
  );
}

function nameOf(unit: Unit, all: readonly Unit[]): string {
  if (!unit.isTemplate) return stemOf(unit.name);
  const plain = all.some(({ name }) => name.instance === undefined && name.prefix === unit.name.prefix);
  return plain ? `${unit.name.prefix}-instance` : unit.name.prefix;
}
