/**
 * Emits the event `socket`: listens on the addresses in `start on socket`, and emits the event at a
 * connection. The job inherits the listening socket (Upstart's upstart-socket-bridge, section 11, and
 * sd_listen_fds(3)).
 */
import { closeSync } from 'node:fs';
import { descriptor, string } from '../../codec/codec.js';
import { record, type Recorded } from '../../codec/record.js';
import { isDeepStrictEqual } from 'node:util';
import type { JobClass } from '../../jobfile/job-class/job-class.js';
import type { DescriptorWatcher } from '../../kernel/kernel.js';
import { addressName, type SocketAddress } from '../../kernel/sockets/listening-socket.js';
import type { JobRef, Milliseconds } from '../core/contract.js';
import type { Report } from '../log/log.js';
import { ActivationSocket } from './activation-socket.js';
import { leavesNamed } from './expected-events.js';
import { addressOf, eventOf } from './socket-operands.js';

const EVENT = 'socket';

interface SocketBridgeOptions {
  readonly descriptors: DescriptorWatcher;
  readonly now: () => Milliseconds;
  readonly isUp: (name: string) => boolean;
  /** resolves when the effects of the event are done */
  readonly emit: (event: string, env: readonly string[]) => Promise<unknown>;
  readonly report: Report;
}

/** A listening socket as a job gets it. */
export interface PassedSocket {
  readonly fd: number;
  /** for LISTEN_FDNAMES */
  readonly name: string;
  /** a connection to it has started the job (UPSTART_FDS) */
  readonly isCause: boolean;
}

export const savedSocket = record({
  /** family and address */
  key: string,
  fd: descriptor,
});
/** A listening socket that a re-exec hands over, so that no pending connection is lost. */
export interface SavedSocket extends Recorded<typeof savedSocket> {}

export class SocketBridge {
  /** by job, in the job's order */
  #addresses: ReadonlyMap<string, readonly SocketAddress[]> = new Map();
  /** by address */
  readonly #sockets = new Map<string, ActivationSocket>();
  #complaints: ReadonlySet<string> = new Set();
  /** from the previous program, until the job files have been read */
  readonly #saved = new Map<string, number>();

  constructor(private readonly options: SocketBridgeOptions) {}

  /** Listens exactly where the classes want it. */
  setClasses(classes: Iterable<JobClass>): void {
    const complaints = new Set<string>();
    this.#addresses = new Map(
      [...classes].map((jobClass) => [jobClass.name, this.#addressesOf(jobClass, complaints)]),
    );
    this.#complaints = complaints;
    const wanted = new Map([...this.#addresses.values()].flat().map((address) => [keyOf(address), address]));
    for (const [key, socket] of this.#sockets) {
      if (wanted.has(key)) continue;
      socket.close();
      this.#sockets.delete(key);
    }
    for (const [key, address] of wanted) {
      const socket = this.#sockets.get(key);
      if (socket === undefined) this.#sockets.set(key, this.#open(key, address));
      else socket.update();
    }
    for (const fd of this.#saved.values()) closeSync(fd);
    this.#saved.clear();
  }

  kept(): readonly SavedSocket[] {
    return [...this.#sockets].flatMap(([key, { descriptor }]) =>
      descriptor === undefined ? [] : [{ key, fd: descriptor }],
    );
  }

  /**
   * Takes over sockets; must be called before `setClasses`, which closes those that no job names any more.
   */
  restore(sockets: readonly SavedSocket[]): void {
    for (const { key, fd } of sockets) this.#saved.set(key, fd);
  }

  /** Watches for connections again, after a job has ended. */
  jobGone({ name }: JobRef): void {
    for (const address of this.#addresses.get(name) ?? []) this.#sockets.get(keyOf(address))?.update();
  }

  /**
   * Returns all sockets that the job names: it gets them however it is started, because no other process
   * could listen there.
   */
  socketsOf(name: string, env: readonly string[]): readonly PassedSocket[] {
    const addresses = this.#addresses.get(name) ?? [];
    if (addresses.length === 0) return [];
    const causes = causesOf(env);
    return addresses.flatMap((address) => {
      const fd = this.#sockets.get(keyOf(address))?.socketForJob();
      if (fd === undefined) return [];
      const isCause = causes === 'all' || eventOf(address).every((variable) => causes.includes(variable));
      return [{ fd, name: nameOf(address), isCause }];
    });
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#addresses = new Map();
  }

  #open(key: string, address: SocketAddress): ActivationSocket {
    const { descriptors, now, isUp, emit, report } = this.options;
    const isTaken = (): boolean =>
      [...this.#addresses].some(([name, all]) => all.some((one) => keyOf(one) === key) && isUp(name));
    const connected = (): Promise<unknown> => emit(EVENT, eventOf(address));
    const kept = this.#saved.get(key);
    this.#saved.delete(key);
    return new ActivationSocket(address, { descriptors, now, isTaken, connected, report }, kept);
  }

  /** Parses addresses. Reports an error once, until the job file changes. */
  #addressesOf({ name, startOn }: JobClass, complaints: Set<string>): readonly SocketAddress[] {
    const addresses: SocketAddress[] = [];
    for (const leaf of leavesNamed(startOn, EVENT)) {
      try {
        const address = addressOf(leaf);
        if (!addresses.some((other) => isDeepStrictEqual(other, address))) addresses.push(address);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const text = `${name}: start on ${EVENT}: ${error.message}`;
        if (!this.#complaints.has(text)) this.options.report('warn', text);
        complaints.add(text);
      }
    }
    return addresses;
  }
}

function keyOf(address: SocketAddress): string {
  return `${address.family} ${addressName(address)}`;
}

/** Returns the port, or the last part of the path; a colon would separate names. */
function nameOf(address: SocketAddress): string {
  const name = address.family === 'unix' ? address.path.replace(/^.*\//, '') : String(address.port);
  return name.replaceAll(':', '_');
}

/**
 * Returns the variables of the connection that started the job. After connections to several sockets (`and`),
 * the later event's variables have replaced the earlier one's: then all of them count.
 */
function causesOf(env: readonly string[]): 'all' | readonly string[] {
  const events = env.find((variable) => variable.startsWith('UPSTART_EVENTS='))?.replace(/^[^=]*=/, '') ?? '';
  const count = events.split(' ').filter((event) => event === EVENT).length;
  if (count === 0) return [];
  return count > 1 ? 'all' : env;
}
