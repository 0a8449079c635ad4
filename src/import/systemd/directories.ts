/**
 * Imports the directories that systemd creates for a service: RuntimeDirectory=, StateDirectory= and the
 * like.
 */
import type { ServiceBuilder } from '../service-builder.js';
import { shellWord } from '../shell-text.js';
import { originOf, type Unit } from './unit.js';

const PLACES = [
  ['RuntimeDirectory', '/run', 'RUNTIME_DIRECTORY'],
  ['StateDirectory', '/var/lib', 'STATE_DIRECTORY'],
  ['CacheDirectory', '/var/cache', 'CACHE_DIRECTORY'],
  ['LogsDirectory', '/var/log', 'LOGS_DIRECTORY'],
  ['ConfigurationDirectory', '/etc', 'CONFIGURATION_DIRECTORY'],
] as const;

export function isDirectoryKey(key: string): boolean {
  return PLACES.some(([name]) => key === name || key === `${name}Mode`);
}

export function addDirectories(unit: Unit, service: ServiceBuilder): void {
  addRuntimeDirectories(unit, service);
  for (const [key, parent, variable] of PLACES) {
    if (key === 'RuntimeDirectory') continue;
    const entries = unit.all('Service', key);
    const mode = unit.last('Service', `${key}Mode`);
    const paths: string[] = [];
    for (const entry of entries) {
      // `a:b` makes a symbolic link b to it
      const names = unit.words(entry).map((word) => unit.literal(word.split(':')[0]!));
      const known = names.filter((name) => name !== undefined && !name.split('/').includes('..'));
      paths.push(...known.map((name) => `${parent}/${name!}`));
      addOne({ unit, service, mode: mode?.value ?? '0755' }, originOf(entry), paths);
    }
    if (paths.length > 0) service.implied('env', `${variable}=${paths.join(':')}`);
    if (mode !== undefined && entries.length > 0)
      service.found(originOf(mode), { verdict: 'kept', as: `the mode of ${key}=` });
    else if (mode !== undefined) service.dropped(originOf(mode), `there is no ${key}= for it`);
  }
}

/** Imports the one kind that foster itself creates: below /run, for as long as the job runs. */
function addRuntimeDirectories(unit: Unit, service: ServiceBuilder): void {
  const stated = unit.last('Service', 'RuntimeDirectoryMode');
  const mode = stated === undefined ? [] : [stated.value.padStart(4, '0')];
  const entries = unit.all('Service', 'RuntimeDirectory');
  for (const entry of entries) {
    for (const [index, word] of unit.words(entry).entries()) {
      const [name = ''] = word.split(':');
      const path = unit
        .pieces(name)
        .map((piece) => ('code' in piece ? piece.code : piece.text))
        .join('');
      service.kept(
        { ...originOf(entry), value: name, comments: index === 0 ? entry.comments : [] },
        'runtime dir',
        path,
        ...mode,
      );
    }
  }
  if (stated === undefined) return;
  if (entries.length > 0) service.found(originOf(stated), { verdict: 'kept', as: 'runtime dir' });
  else service.dropped(originOf(stated), 'there is no RuntimeDirectory= for it');
}

interface Place {
  readonly unit: Unit;
  readonly service: ServiceBuilder;
  readonly mode: string;
}

function addOne(
  { unit, service, mode }: Place,
  origin: ReturnType<typeof originOf>,
  paths: readonly string[],
): void {
  if (paths.length === 0) {
    service.dropped(origin, 'its name is known only when the job starts', 'a `pre-start` that makes it');
    return;
  }
  const user = unit.literal(unit.last('Service', 'User')?.value ?? 'root') ?? 'USER';
  const group = unit.literal(unit.last('Service', 'Group')?.value ?? '');
  const owner =
    user === 'root'
      ? ''
      : ` -o ${shellWord(user)}${group === undefined || group === '' ? '' : ` -g ${shellWord(group)}`}`;
  const command = `install -d -m ${shellWord(mode)}${owner} ${paths.map((path) => shellWord(path)).join(' ')}`;
  if (user === 'root') {
    service.command('pre-start', { kind: 'program', line: command, comments: origin.comments ?? [] });
    service.found(origin, { verdict: 'kept', as: 'pre-start' });
  } else
    service.dropped(origin, 'hooks run as the user of the job, who cannot make it', `once: \`${command}\``);
}
