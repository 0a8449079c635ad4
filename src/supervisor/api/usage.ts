/** One line of `foster top --json`. */
export interface JobUsage {
  readonly name: string;
  readonly instance: string;
  /**
   * a cgroup also counts ended processes and the page cache; a sum covers living processes only, and counts shared
   * pages more than once
   */
  readonly source: 'cgroup' | 'processes';
  /** microseconds of processor time since the start */
  readonly cpu: number;
  /** bytes */
  readonly memory: number;
  /** bytes; null for none */
  readonly memoryLimit: number | null;
  /** processes and threads */
  readonly tasks: number;
  /** bytes; only a cgroup knows */
  readonly ioRead: number | null;
  readonly ioWritten: number | null;
  readonly frozen: boolean;
}
