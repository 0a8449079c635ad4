/**
 * The tracker's phases, which decide what happens when the source delivers events.
 *
 * Phases nest. A verdict makes the supervisor start a process or query members, which drains the source. The
 * drain may deliver an exit, its process is reaped, and a reaping triggers a decision. So each phase except
 * the outermost ones records the phase that it interrupts, and `done` returns to that.
 */

type Phase =
  /** nothing is in progress */
  | { readonly kind: 'idle' }
  /**
   * recovering the jobs of a former supervisor; `relaunched`: the launchers found since the last look at
   * /proc
   */
  | { readonly kind: 'recovering'; readonly relaunched: readonly number[] }
  /** someone drains the source and decides afterwards: an exit is known but not reported yet */
  | { readonly kind: 'draining'; readonly within: Phase }
  /**
   * exits of our children have been delivered, and they are being reaped; `isDrained`: nothing older can be
   * in the queue
   */
  | { readonly kind: 'reaping'; readonly isDrained: boolean; readonly within: Phase }
  /** the followers are deciding; `isMissing`: /proc shows processes without events */
  | { readonly kind: 'deciding'; readonly isMissing: boolean; readonly within: Phase };

type PhaseInput =
  | { readonly kind: 'recover' }
  | { readonly kind: 'relaunched'; readonly pid: number }
  | { readonly kind: 'drain' }
  | { readonly kind: 'reap'; readonly isDrained: boolean }
  | { readonly kind: 'decide' }
  /** the evidence for a decision is incomplete: there are processes without events */
  | { readonly kind: 'missing' }
  /** the phase is over */
  | { readonly kind: 'done' };

export const IDLE: Phase = { kind: 'idle' };

type Of<Union extends { kind: string }, Kind extends Union['kind']> = Extract<Union, { kind: Kind }>;

/** One row for each phase, one cell for each input: a missing one does not compile. */
type Transitions = {
  readonly [P in Phase['kind']]: {
    readonly [I in PhaseInput['kind']]: (phase: Of<Phase, P>, input: Of<PhaseInput, I>) => Phase;
  };
};

const drain = (within: Phase): Phase => ({ kind: 'draining', within });
const decide = (within: Phase): Phase => ({ kind: 'deciding', isMissing: false, within });
const reap = (within: Phase, { isDrained }: Of<PhaseInput, 'reap'>): Phase => ({
  kind: 'reaping',
  isDrained,
  within,
});
const leave = ({ within }: { readonly within: Phase }): Phase => within;
const stay = (phase: Phase): Phase => phase;
const impossible = (phase: Phase, input: PhaseInput): never => {
  throw new Error(`the tracker is ${phase.kind}, so "${input.kind}" cannot happen`);
};
/** Records the launcher in the list, which is in an outer phase. */
const noteInOuterPhase = <P extends Of<Phase, 'draining' | 'reaping' | 'deciding'>>(
  phase: P,
  input: Of<PhaseInput, 'relaunched'>,
): P => ({ ...phase, within: step(phase.within, input) });

const TRANSITIONS: Transitions = {
  idle: {
    recover: () => ({ kind: 'recovering', relaunched: [] }),
    // no look at /proc follows: its effects arrive like those of any other process
    relaunched: stay,
    drain,
    reap,
    decide,
    missing: impossible,
    done: impossible,
  },
  recovering: {
    recover: impossible,
    relaunched: ({ relaunched }, { pid }) => ({ kind: 'recovering', relaunched: [...relaunched, pid] }),
    drain,
    reap,
    decide,
    missing: impossible,
    done: () => IDLE,
  },
  draining: {
    recover: impossible,
    relaunched: noteInOuterPhase,
    // a delivery may cause another drain, and so may a decision that follows from it
    drain,
    reap,
    decide,
    missing: impossible,
    done: leave,
  },
  reaping: {
    recover: impossible,
    relaunched: noteInOuterPhase,
    drain,
    reap,
    decide,
    missing: impossible,
    done: leave,
  },
  deciding: {
    recover: impossible,
    relaunched: noteInOuterPhase,
    drain,
    reap: impossible,
    // followers decide independently of each other; new events are delivered when all are done
    decide: impossible,
    missing: (phase) => ({ ...phase, isMissing: true }),
    done: leave,
  },
};

/** Returns the phase after this input. */
export function step(phase: Phase, input: PhaseInput): Phase {
  // the row belongs to the phase and the cell to the input; the compiler cannot see that through an index
  const row = TRANSITIONS[phase.kind] as Record<string, (phase: Phase, input: PhaseInput) => Phase>;
  return row[input.kind]!(phase, input);
}

/** Holds the tracker's current phase. */
export class Phases {
  #current: Phase = IDLE;

  get current(): Phase {
    return this.#current;
  }

  note(input: PhaseInput): void {
    this.#current = step(this.#current, input);
  }

  /** Runs `act` in a new phase. */
  during<T>(input: PhaseInput, act: () => T): T {
    this.note(input);
    try {
      return act();
    } finally {
      this.note({ kind: 'done' });
    }
  }
}
