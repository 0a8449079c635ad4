/** Directories that systemd makes for a service: RuntimeDirectory=, StateDirectory= and their like. */
import type { ServiceBuilder } from '../service-builder.js';
import { hasStanza } from '../settings.js';
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
  for (const [key, parent, variable] of PLACES) {
    const entries = unit.all('Service', key);
    const mode = unit.last('Service', `${key}Mode`);
    const paths: string[] = [];
    for (const entry of entries) {
      // `a:b` makes a link b to it
      const names = unit.words(entry).map((word) => unit.literal(word.split(':')[0]!));
      const known = names.filter((name) => name !== undefined && !name.split('/').includes('..'));
      paths.push(...known.map((name) => `${parent}/${name!}`));
      addOne({ unit, service, key, mode: mode?.value ?? '0755' }, originOf(entry), paths);
    }
    if (paths.length > 0) service.implied('env', `${variable}=${paths.join(':')}`);
    if (mode !== undefined && entries.length > 0)
      service.found(originOf(mode), { verdict: 'kept', as: `the mode of ${key}=` });
    else if (mode !== undefined) service.dropped(originOf(mode), `there is no ${key}= for it`);
  }
}

interface Place {
  readonly unit: Unit;
  readonly service: ServiceBuilder;
  readonly key: string;
  readonly mode: string;
}

function addOne(
  { unit, service, key, mode }: Place,
  origin: ReturnType<typeof originOf>,
  paths: readonly string[],
): void {
  if (paths.length === 0) {
    service.dropped(origin, 'its name is known only when the job starts', 'a `pre-start` that makes it');
    return;
  }
  const [only] = paths;
  if (key === 'RuntimeDirectory' && hasStanza('runtime dir') && paths.length === 1 && only !== undefined) {
    const words = mode === '0755' ? [only] : [only, mode];
    if (service.kept(origin, 'runtime dir', ...words)) return;
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
    service.dropped(
      origin,
      'hooks run as the user of the job, who cannot make it',
      `once: \`${command}\`${key === 'RuntimeDirectory' ? ' (/run is empty after each boot: a line of tmpfiles.d(5), or a job that does it)' : ''}`,
    );
}
