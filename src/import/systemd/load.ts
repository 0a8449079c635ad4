/** Finds the files of units: named ones, related ones, and drop-ins (systemd.unit(5)). */
import { basename, dirname, join } from 'node:path';
import type { Problem, Surroundings } from '../model.js';
import { isEnabled, SYSTEM_DIRECTORIES } from './enabled.js';
import { parseUnitFile, type UnitFile } from './unit-file.js';
import { isUnitType, parseUnitName, stemOf, templateOf, type UnitName } from './unit-name.js';
import { isYes, Unit } from './unit.js';
import { messageOf } from '../../text/phrases.js';

interface LoadedUnits {
  readonly units: readonly Unit[];
  readonly problems: readonly Problem[];
}

export function loadUnits(paths: readonly string[], around: Surroundings): LoadedUnits {
  const loader = new Loader(around);
  for (const path of paths) loader.add(path);
  loader.addCompanions();
  return { units: [...loader.units.values()], problems: loader.problems };
}

/** Tests for names of units. Templates of units (`.in`) count when they were named. */
export function isUnitFile(name: string): boolean {
  const parsed = parseUnitName(name);
  return parsed !== undefined && isUnitType(parsed.type);
}

class Loader {
  readonly units = new Map<string, Unit>();
  readonly problems: Problem[] = [];

  constructor(private readonly around: Surroundings) {}

  add(path: string): void {
    const { around } = this;
    if (around.kindOf(path) === 'directory') {
      for (const name of around.list(path))
        if (isUnitFile(name) && around.kindOf(join(path, name)) === 'file') this.#addUnit(join(path, name));
      this.#reportLoneDropIns(path);
      return;
    }
    if (dirname(path).endsWith('.d') && path.endsWith('.conf')) this.#addDropIn(path);
    else this.#addUnit(path);
  }

  /** Adds the unit of a drop-in that was named. */
  #addDropIn(path: string): void {
    const base = dirname(path).slice(0, -'.d'.length);
    if (this.around.kindOf(base) === 'file' || this.#templateOf(base) !== undefined) this.#addUnit(base);
    else this.problems.push({ file: path, message: `is a drop-in, but its unit ${base} does not exist` });
  }

  #reportLoneDropIns(directory: string): void {
    for (const name of this.around.list(directory)) {
      const base = name.slice(0, -'.d'.length);
      const parsed = name.endsWith('.d') ? parseUnitName(base) : undefined;
      if (parsed === undefined || !isUnitType(parsed.type) || parsed.prefix.endsWith('-')) continue;
      const path = join(directory, base);
      if (this.around.kindOf(path) !== undefined || this.units.has(base)) continue;
      const template = this.#templateOf(path);
      if (parsed.instance !== undefined && parsed.instance !== '' && template !== undefined)
        this.#addUnit(path);
      else
        this.problems.push({
          file: join(directory, name),
          message: `has drop-ins for ${base}, which does not exist`,
        });
    }
  }

  /** Returns the template of an instance that has no file of its own. */
  #templateOf(path: string): string | undefined {
    const parsed = parseUnitName(basename(path));
    if (parsed?.instance === undefined || parsed.instance === '') return undefined;
    const template = join(dirname(path), `${stemOf(templateOf(parsed))}.${parsed.type}`);
    return this.around.kindOf(template) === 'file' ? template : undefined;
  }

  #addUnit(path: string): void {
    const name = basename(path).replace(/\.in$/, '');
    const parsed = parseUnitName(name);
    if (parsed === undefined || !isUnitType(parsed.type)) {
      this.problems.push({ file: path, message: 'is not a .service, .socket, .timer or .path' });
      return;
    }
    if (this.units.has(name)) return;
    const file = this.around.kindOf(path) === undefined ? (this.#templateOf(path) ?? path) : path;
    const main = this.#read(file);
    if (main === undefined) return;
    if (main.entries.length === 0) {
      this.problems.push({
        file,
        message: 'has no settings: systemd takes an empty unit file for a masked unit',
      });
      return;
    }
    const dropIns = this.#dropIns(path, parsed).flatMap((dropIn) => this.#read(dropIn) ?? []);
    const files = [main, ...dropIns];
    // the links of a template name its instances
    const enabled = parsed.instance === '' ? undefined : isEnabled(path, files, this.around);
    this.units.set(name, new Unit(parsed, files, enabled));
  }

  #read(path: string): UnitFile | undefined {
    try {
      return parseUnitFile(path, this.around.read(path));
    } catch (error) {
      this.problems.push({ file: path, message: messageOf(error) });
      return undefined;
    }
  }

  /**
   * Returns the drop-ins in the order of their names; of equal names, the one with the highest precedence.
   */
  #dropIns(path: string, name: UnitName): readonly string[] {
    const own = dirname(path);
    const isSystem = SYSTEM_DIRECTORIES.includes(this.around.resolve(own));
    const directories = isSystem ? SYSTEM_DIRECTORIES : [own];
    const found = new Map<string, string>();
    for (const folder of dropInFolders(name).reverse()) {
      for (const directory of [...directories].reverse()) {
        const place = join(directory, folder);
        if (this.around.kindOf(place) !== 'directory') continue;
        for (const file of this.around.list(place))
          if (file.endsWith('.conf')) found.set(file, join(place, file));
      }
    }
    return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, file]) => file);
  }

  /** Adds the socket and the timer of a named service, and the service of a named socket or timer. */
  addCompanions(): void {
    for (const unit of [...this.units.values()]) {
      const directory = dirname(unit.path);
      const stem = stemOf(unit.name);
      const wanted =
        unit.name.type === 'service'
          ? ['socket', 'timer', 'path'].map((type) => `${stem}.${type}`)
          : [activatedBy(unit)];
      for (const name of wanted) {
        const path = join(directory, name);
        const exists = this.around.kindOf(path) === 'file' || this.#templateOf(path) !== undefined;
        if (!this.units.has(name) && exists) this.#addUnit(path);
      }
    }
  }
}

/**
 * Returns the folders by precedence: of the unit, of its template, of each prefix that ends in a dash, of the
 * type.
 */
function dropInFolders(name: UnitName): string[] {
  const { prefix, instance, type } = name;
  const names = [`${stemOf(name)}.${type}.d`];
  if (instance !== undefined && instance !== '') names.push(`${prefix}@.${type}.d`);
  for (let at = prefix.lastIndexOf('-', prefix.length - 2); at > 0; at = prefix.lastIndexOf('-', at - 1))
    names.push(`${prefix.slice(0, at + 1)}${instance === undefined ? '' : '@'}.${type}.d`);
  return [...names, `${type}.d`];
}

/** Returns the service that a socket, a timer or a path starts. */
export function activatedBy(unit: Unit): string {
  const { type } = unit.name;
  const stated =
    type === 'socket'
      ? unit.last('Socket', 'Service')
      : unit.last(type === 'timer' ? 'Timer' : 'Path', 'Unit');
  if (stated !== undefined) return unit.literal(stated.value) ?? stated.value;
  const isPerConnection = isYes(unit.last('Socket', 'Accept')?.value);
  return isPerConnection && unit.name.instance === undefined
    ? `${unit.name.prefix}@.service`
    : `${stemOf(unit.name)}.service`;
}
