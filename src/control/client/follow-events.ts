/** Follows the event stream of foster, across replacements of its process. */
import { UnreachableError, type ControlClient } from './client.js';
import { untilBack, type Note, type Patience } from './reconnect.js';

interface FollowOptions {
  readonly client: ControlClient;
  /** of /v1/events */
  readonly query: URLSearchParams;
  /** receives lines that arrived together */
  readonly take: (lines: readonly string[]) => void | Promise<void>;
  /** ends it early, without an error */
  readonly stop?: AbortSignal | undefined;
  readonly note: Note;
  readonly patience?: Patience;
}

/**
 * Resolves when foster has ended, or when a request without follow is complete.
 * @throws UnreachableError if foster is not there at the beginning, or does not come back after a crash;
 * RefusedError
 */
export async function followEvents({
  client,
  query,
  take,
  stop,
  note,
  patience,
}: FollowOptions): Promise<void> {
  const latest = new LatestEntries();
  let isFirst = true;
  const takeUnseen = (lines: readonly string[]): void | Promise<void> => {
    const unseen = isFirst ? lines : latest.unseen(lines);
    latest.note(lines);
    return unseen.length > 0 ? take(unseen) : undefined;
  };
  for (;;) {
    const lost = await oneConnection(client, query, takeUnseen, stop);
    if (stop?.aborted === true) return;
    if (query.get('follow') === 'false' || lost?.isLost === false) {
      if (lost !== undefined) throw lost;
      return;
    }
    const at = latest.at ?? new Date().toISOString();
    const state = await untilBack(client, patience);
    if (state === 'ended') return;
    if (state === 'crashed')
      throw lost ?? new UnreachableError(`the supervisor at ${client.path} has ended`, true);
    isFirst = false;
    query.set('since', at);
    note(`foster was replaced: events go on from ${at}; some of the time in between may be missing`);
  }
}

/** @returns why the connection ended; undefined if the supervisor closed it. Throws a RefusedError */
async function oneConnection(
  client: ControlClient,
  query: URLSearchParams,
  take: (lines: readonly string[]) => void | Promise<void>,
  stop: AbortSignal | undefined,
): Promise<UnreachableError | undefined> {
  try {
    await client.followLines(`/v1/events?${query.toString()}`, take, stop);
    return undefined;
  } catch (error) {
    if (error instanceof UnreachableError) return error;
    throw error;
  }
}

/** The entries of the latest point in time: a continued stream starts with them again. */
export class LatestEntries {
  at: string | undefined;
  #lines = new Set<string>();

  note(lines: readonly string[]): void {
    const at = timeOf(lines.at(-1));
    if (at === undefined) return;
    if (at !== this.at) this.#lines = new Set();
    this.at = at;
    for (let index = lines.length - 1; index >= 0 && timeOf(lines[index]) === at; index -= 1)
      this.#lines.add(lines[index]!);
  }

  /** Returns the lines without those already seen. */
  unseen(lines: readonly string[]): readonly string[] {
    return lines.filter((line) => !this.#lines.has(line));
  }
}

/** Finds the time at the start of an entry, without parsing it: a storm has too many entries for that. */
function timeOf(line: string | undefined): string | undefined {
  return line === undefined ? undefined : /"at":"([^"]+)"/.exec(line)?.[1];
}
