import { closeForeign, foreignDescriptors } from '../../kernel/files/close-foreign.js';
import { NotifySocket, type NotifyDatagram } from '../../kernel/sockets/notify-socket.js';
import type { DescriptorWatcher, Watch } from '../../kernel/kernel.js';
import type { Milliseconds } from '../core/contract.js';
import type { Report } from '../log/log.js';
import { NotificationLimits, type Sender } from './notification-limits.js';
import { RejectedNotifications } from './rejected-notifications.js';
import { messageOf } from '../../text/phrases.js';

/** Maximum number of datagrams per read; then other events get their turn. */
const MAX_DATAGRAMS = 64;
/**
 * Pause after a read in which most were refused. Senders block in sendmsg(2) meanwhile: a flood gets at most
 * 10,000 lookups a second, and a tenth of a processor.
 */
const FLOOD_DELAY_MS = 5;
/**
 * How many descriptors of senders may wait to be closed: more than one message can bring, far fewer than foster may have
 * open. Then notices wait in the kernel.
 */
const MAX_FOREIGN = 256;
const FOREIGN_DELAY_MS = 200;

interface NotifyServerOptions {
  readonly path: string;
  readonly descriptors: DescriptorWatcher;
  /** the job to which the process belongs, or recently belonged */
  readonly jobOf: (pid: number) => string | undefined;
  /**
   * Processes a message from a process of this job.
   * @param descriptors closed when this returns, except for those that it returns
   */
  readonly receive: (job: string, text: string, descriptors: readonly number[]) => readonly number[];
  readonly report: Report;
}

/**
 * The socket for notices of jobs (sd_notify(3)). It is bound before the first job that uses it starts, so
 * that no message is lost. The kernel identifies the sender; messages from processes of no job are refused.
 *
 * A sender that has exited before its message is read is known from fork events. With procfs, which has none,
 * it is a stranger; BARRIER=1, which systemd-notify(1) sends, makes it wait.
 */
export class NotifyServer {
  #socket: NotifySocket | undefined;
  #watch: Watch | undefined;
  #failed = false;
  #pause: NodeJS.Timeout | undefined;
  /** it has been reported that notices wait */
  #isClogged = false;
  readonly #limits = new NotificationLimits(() => performance.now());
  readonly #refused: RejectedNotifications;

  constructor(private readonly options: NotifyServerOptions) {
    this.#refused = new RejectedNotifications(options.report);
  }

  /** Returns the path for NOTIFY_SOCKET; undefined if no socket can be bound, which is reported once. */
  address(): string | undefined {
    if (this.#socket === undefined && !this.#failed) this.#bind();
    return this.#socket?.path;
  }

  /** Returns the descriptor of the socket, which may be kept over a re-exec. */
  get descriptor(): number | undefined {
    return this.#socket?.fd;
  }

  /** Takes over the socket of the previous program. */
  reuse(fd: number): void {
    this.#listen(NotifySocket.reattach(fd, this.options.path));
  }

  /**
   * Binds the socket again if its file has been removed or replaced: jobs send to the path.
   * @throws SystemError
   */
  repair(): void {
    // the next job that sends notices tries again
    this.#failed = false;
    if (this.#socket === undefined || this.#socket.isNamed) return;
    const { path, report } = this.options;
    const socket = NotifySocket.bind(path);
    this.close();
    this.#listen(socket);
    report('warn', `${path} was removed: the socket for notices is made again`);
  }

  /** Returns the socket's file, if it exists. */
  get file(): string | undefined {
    return this.#socket?.path;
  }

  close(): void {
    clearTimeout(this.#pause);
    this.#refused.close();
    this.#watch?.dispose();
    this.#socket?.close();
    this.#socket = undefined;
  }

  #bind(): void {
    const { path, report } = this.options;
    try {
      this.#listen(NotifySocket.bind(path));
    } catch (error) {
      this.#failed = true;
      report('error', `jobs cannot send notices: ${messageOf(error)}`);
    }
  }

  #listen(socket: NotifySocket): void {
    this.#socket = socket;
    this.#watch = this.options.descriptors.onReadable(socket.fd, () => this.#read(socket));
    this.#watch.unref();
  }

  #read(socket: NotifySocket): void {
    let refused = 0;
    for (let count = 0; count < MAX_DATAGRAMS; count += 1) {
      if (foreignDescriptors() > MAX_FOREIGN) return this.#waitForClosing();
      const datagram = socket.receive();
      if (datagram === undefined) return;
      const kept = this.#take(datagram);
      if (kept === undefined) refused += 1;
      // closing them is also the reply to BARRIER=1: everything before it has been processed
      for (const fd of datagram.descriptors) if (kept?.includes(fd) !== true) closeForeign(fd);
    }
    if (refused > MAX_DATAGRAMS / 2) this.#pauseReading(FLOOD_DELAY_MS);
  }

  #waitForClosing(): void {
    const waiting = `${foreignDescriptors()} descriptors that came with notices take long to close`;
    if (!this.#isClogged) this.options.report('warn', `${waiting}: further notices wait`);
    this.#isClogged = true;
    this.#pauseReading(FOREIGN_DELAY_MS);
  }

  #pauseReading(pause: Milliseconds): void {
    this.#watch?.pause();
    this.#pause = setTimeout(() => this.#watch?.resume(), pause);
  }

  /** @returns the kept descriptors; undefined if the notice was refused */
  #take({ pid, uid, text, descriptors }: NotifyDatagram): readonly number[] | undefined {
    const sender: Sender = { pid, uid };
    if (!this.#limits.admits(sender)) return this.#refuse(sender, 'it sends too many');
    const job = this.options.jobOf(pid);
    this.#limits.learn(sender, job !== undefined);
    if (job === undefined) return this.#refuse(sender, 'it belongs to no job');
    if (text === undefined) return this.#refuse(sender, 'the notice is too long');
    return this.options.receive(job, text, descriptors);
  }

  #refuse(sender: Sender, why: string): readonly number[] | undefined {
    this.#refused.note(sender, why);
    return undefined;
  }
}
