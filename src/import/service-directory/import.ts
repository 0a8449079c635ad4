/** Imports service directories of runit, s6 and s6-rc as jobs. */
import { join } from 'node:path';
import { UniqueNames } from '../job-name.js';
import type { Imported, Problem, Surroundings } from '../model.js';
import type { ServiceBuilder } from '../service-builder.js';
import { serviceDirectories, type ServiceDirectory } from './layout.js';
import { oneshotJob } from './oneshot.js';
import { contentOf, lineOf, originOf, runJob, type Context } from './service.js';
import { messageOf } from '../../text/phrases.js';

export function importServiceDirectories(paths: readonly string[], around: Surroundings): Imported {
  const problems: Problem[] = [];
  const names = new UniqueNames();
  const jobs = new Map<string, Context>();
  const bundles = new Map<string, Bundle>();
  for (const path of paths) {
    const found = serviceDirectories(path, around);
    if (found.length === 0)
      problems.push({
        file: path,
        message: 'is not a service directory: neither it nor its subdirectories have a `run`',
      });
    for (const directory of found) {
      try {
        addDirectory(directory, { around, names, jobs, bundles, problems });
      } catch (error) {
        problems.push({
          file: directory.path,
          message: messageOf(error),
        });
      }
    }
  }
  for (const context of jobs.values()) addRelations(context, jobs, bundles);
  if (jobs.size === 0) problems.push(...lonelyBundles(bundles));
  return { services: [...jobs.values()].map(({ service }) => service.build()), findings: [], problems };
}

interface Bundle {
  readonly path: string;
  readonly members: readonly string[];
}

/** Explains why bundles without their services make no job. */
function lonelyBundles(bundles: ReadonlyMap<string, Bundle>): readonly Problem[] {
  return [...bundles.values()].map(({ path, members }) => ({
    file: path,
    message: `is a bundle of s6-rc: import it together with its services (${members.join(', ')})`,
  }));
}

interface Adding {
  readonly around: Surroundings;
  readonly names: UniqueNames;
  readonly jobs: Map<string, Context>;
  readonly bundles: Map<string, Bundle>;
  readonly problems: Problem[];
}

function addDirectory(directory: ServiceDirectory, { around, names, jobs, bundles, problems }: Adding): void {
  const { path, name } = directory;
  const type = directory.flavour === 's6-rc' ? contentOf({ directory, around }, 'type')?.trim() : 'longrun';
  let made: ServiceBuilder | string;
  if (type === 'bundle') {
    bundles.set(name, { path, members: namesIn(directory, 'contents', around) });
    return;
  } else if (type === 'oneshot') made = oneshotJob(directory, names.take(name), around);
  else if (type === 'longrun') made = runJob(directory, names.take(name), around);
  else made = `has a type that s6-rc does not know: ${type ?? ''}`;
  if (typeof made === 'string') problems.push({ file: path, message: made });
  else jobs.set(name, { directory, around, service: made });
}

/** Returns the lines of a file, or the names in the directory with the same name and `.d`. */
function namesIn(directory: ServiceDirectory, name: string, around: Surroundings): readonly string[] {
  const lines = (contentOf({ directory, around }, name) ?? '').split('\n').map((line) => line.trim());
  const folder = join(directory.path, `${name}.d`);
  const inFolder = around.kindOf(folder) === 'directory' ? around.list(folder) : [];
  return [...lines, ...inFolder].filter((line) => line !== '' && !line.startsWith('#'));
}

/** Imports s6-rc's relations between services. */
function addRelations(
  context: Context,
  jobs: ReadonlyMap<string, Context>,
  bundles: ReadonlyMap<string, Bundle>,
): void {
  const { directory, service, around } = context;
  if (directory.flavour !== 's6-rc') return;
  for (const name of namesIn(directory, 'dependencies', around)) {
    const members = (bundles.get(name)?.members ?? [name]).flatMap((one) => jobs.get(one) ?? []);
    const origin = originOf(context, 'dependencies', name);
    // every service of s6-overlay depends on `base`, which belongs to s6-overlay itself
    if (name === 'base') service.found(origin, { verdict: 'kept', as: 'nothing: it is s6-overlay itself' });
    else if (members.length === 0)
      service.dropped(
        origin,
        'no such service is imported with this one',
        'if foster has it: `requires = JOB`',
      );
    for (const member of members)
      if (member !== context) service.kept(origin, 'requires', member.service.name);
  }
  for (const file of ['producer-for', 'consumer-for', 'pipeline-name']) {
    const value = lineOf(context, file);
    if (value === undefined) continue;
    const why =
      file === 'pipeline-name'
        ? 'foster makes no pipelines of jobs'
        : file === 'producer-for'
          ? "output goes to the job's own log, not to the other service"
          : 'the other one writes to its own log: this one gets no input';
    service.dropped(
      originOf(context, file, value),
      why,
      '`foster log`; or one job with a pipe: `exec = ./run | ../OTHER/run`',
    );
  }
  for (const file of ['flag-essential', 'flag-recommended'])
    if (directory.files.has(file))
      service.dropped(originOf(context, file), 'it is for `s6-rc -bn`: `foster stop` stops any job');
}
