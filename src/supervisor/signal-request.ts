/** A signal that somebody sends to a job by hand, and what is answered. */
export interface SignalRequest {
  readonly name: string;
  readonly env: readonly string[];
  readonly instance?: string;
  readonly signal: number;
  /** main alone, or its process group */
  readonly whole: 'process' | 'group';
}

export interface SignalAnswer {
  readonly name: string;
  readonly instance: string;
  /** whom the signal was sent to */
  readonly pid: number;
}
