/** The lineage and the follower of one job as plain JSON, for a supervisor that takes the job back. */
import type { Follower } from './follower.js';
import type { Image, Process, Session } from './lineage.js';

export interface SavedSession {
  readonly id: number;
  /** the place of its leader; -1 where that is not known */
  readonly leader: number;
  readonly standing?: { readonly main: number; readonly isPart: boolean };
}

/** One process; others are named by their place in the list. */
export interface SavedProcess {
  readonly pid: number;
  readonly born: number;
  /** place of its creator; -1 for a launcher */
  readonly creator: number;
  readonly session: SavedSession;
  readonly sessionSince: number;
  readonly image: Image;
  readonly forks: number;
  readonly ended: { readonly at: number; readonly status?: number } | null;
  readonly failedAbove: boolean;
}

export interface SavedLineage {
  /** a creator comes before what it created */
  readonly processes: readonly SavedProcess[];
  /** of the present run; null when there is none */
  readonly follower: {
    readonly launcher: number;
    readonly main: number;
    readonly tookOver: number | null;
    readonly endAsked: boolean;
    readonly handsOff: boolean;
  } | null;
}

/** Saved state that does not have the form expected of it. */
export class SavedLineageError extends Error {
  override readonly name = 'SavedLineageError';
}

/** @param processes all of the job, in the order of birth */
export function saveLineage(processes: readonly Process[], follower: Follower | undefined): SavedLineage {
  const places = new Map(processes.map((process, place) => [process, place]));
  const placeOf = (process: Process | undefined): number => (process && places.get(process)) ?? -1;
  return {
    processes: processes.map((process) => ({
      pid: process.pid,
      born: process.born,
      creator: placeOf(process.creator),
      session: saveSession(process.session, placeOf),
      sessionSince: process.sessionSince,
      image: process.image,
      forks: process.forks,
      ended: process.ended === undefined ? null : savedEnd(process.ended),
      failedAbove: process.failedAbove,
    })),
    follower:
      follower === undefined || follower.over
        ? null
        : {
            launcher: placeOf(follower.launcher),
            main: placeOf(follower.main),
            tookOver: follower.tookOver ?? null,
            endAsked: follower.endAsked,
            handsOff: follower.handsOff,
          },
  };
}

function saveSession(
  { id, leader, standing }: Session,
  placeOf: (process: Process | undefined) => number,
): SavedSession {
  const main = placeOf(standing?.main);
  const saved = { id, leader: placeOf(leader) };
  return standing === undefined || main < 0
    ? saved
    : { ...saved, standing: { main, isPart: standing.isPart } };
}

function savedEnd({ at, status }: NonNullable<Process['ended']>): SavedProcess['ended'] {
  return { at, ...(status !== undefined && { status }) };
}

/** @throws SavedLineageError which says what was expected where */
export function parseSavedLineage(saved: unknown): SavedLineage {
  const { processes, follower } = record(saved, 'lineage');
  if (!Array.isArray(processes)) throw expected('a list', 'lineage.processes', processes);
  const parsed = processes.map((entry: unknown, place) => parseProcess(entry, place));
  if (follower === null) return { processes: parsed, follower: null };
  const fields = record(follower, 'lineage.follower');
  const place = (name: string): number => {
    const value = number(fields[name], `lineage.follower.${name}`);
    if (value < 0 || value >= parsed.length)
      throw expected('the place of a process', `lineage.follower.${name}`, value);
    return value;
  };
  const { tookOver, endAsked, handsOff } = fields;
  return {
    processes: parsed,
    follower: {
      launcher: place('launcher'),
      main: place('main'),
      tookOver: tookOver === null ? null : number(tookOver, 'lineage.follower.tookOver'),
      endAsked: endAsked === true,
      handsOff: handsOff === true,
    },
  };
}

function parseProcess(entry: unknown, place: number): SavedProcess {
  const where = `lineage.processes[${place}]`;
  const fields = record(entry, where);
  const of = (name: string): number => number(fields[name], `${where}.${name}`);
  const creator = of('creator');
  if (creator >= place) throw expected('a creator that comes before', `${where}.creator`, creator);
  const session = record(fields['session'], `${where}.session`);
  const image = record(fields['image'], `${where}.image`);
  const { argv, executable } = image;
  const ended = fields['ended'] === null ? null : record(fields['ended'], `${where}.ended`);
  return {
    pid: of('pid'),
    born: of('born'),
    creator,
    session: parseSession(session, `${where}.session`),
    sessionSince: of('sessionSince'),
    image: {
      since: number(image['since'], `${where}.image.since`),
      own: image['own'] === true,
      argv: Array.isArray(argv) && argv.every((word) => typeof word === 'string') ? argv : undefined,
      executable: typeof executable === 'string' ? executable : undefined,
    },
    forks: of('forks'),
    ended: ended && {
      at: number(ended['at'], `${where}.ended.at`),
      ...(typeof ended['status'] === 'number' && { status: ended['status'] }),
    },
    failedAbove: fields['failedAbove'] === true,
  };
}

function parseSession(fields: Readonly<Record<string, unknown>>, where: string): SavedSession {
  const saved = {
    id: number(fields['id'], `${where}.id`),
    leader: number(fields['leader'], `${where}.leader`),
  };
  if (fields['standing'] === undefined) return saved;
  const { main, isPart } = record(fields['standing'], `${where}.standing`);
  return { ...saved, standing: { main: number(main, `${where}.standing.main`), isPart: isPart === true } };
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw expected('an object', where, value);
}

function number(value: unknown, where: string): number {
  if (typeof value === 'number') return value;
  throw expected('a number', where, value);
}

function expected(what: string, where: string, found: unknown): SavedLineageError {
  return new SavedLineageError(`${what} expected at ${where}, ${JSON.stringify(found)} found`);
}
