/**
 * What the tracker is in the middle of, which decides what is to be done about a delivery of the source.
 *
 * Phases nest. A verdict makes the supervisor start a process or ask who is a member, and for that the source is read; what is
 * read may be an exit, whose process is reaped, and a reaping is a reason to decide. So each phase but the outermost ones knows
 * which it interrupts, and `done` leads back there.
 */

export type Phase =
  /** nothing is under way */
  | { readonly kind: 'idle' }
  /** jobs of a former supervisor are being taken back; `relaunched`: the launchers that were found since the last look at /proc */
  | { readonly kind: 'recovering'; readonly relaunched: readonly number[] }
  /** somebody reads the source on demand and decides afterwards: a death is known that has not been reported yet */
  | { readonly kind: 'draining'; readonly within: Phase }
  /** exits of our children have been delivered, and they are being reaped; `isDrained`: nothing older can be in the queue */
  | { readonly kind: 'reaping'; readonly isDrained: boolean; readonly within: Phase }
  /** the followers are asked; `isMissing`: /proc shows processes that no event told of */
  | { readonly kind: 'deciding'; readonly isMissing: boolean; readonly within: Phase };

export type PhaseInput =
  | { readonly kind: 'recover' }
  | { readonly kind: 'relaunched'; readonly pid: number }
  | { readonly kind: 'drain' }
  | { readonly kind: 'reap'; readonly isDrained: boolean }
  | { readonly kind: 'decide' }
  /** the evidence for a decision is not complete: there are processes that no event told of */
  | { readonly kind: 'missing' }
  /** what the phase is named for is over */
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
/** The launcher is noted where the list is, in a phase further out. */
const noteInOuterPhase = <P extends Of<Phase, 'draining' | 'reaping' | 'deciding'>>(
  phase: P,
  input: Of<PhaseInput, 'relaunched'>,
): P => ({ ...phase, within: step(phase.within, input) });

const TRANSITIONS: Transitions = {
  idle: {
    recover: () => ({ kind: 'recovering', relaunched: [] }),
    // nobody goes on looking at /proc: what follows from it is learned of as of any other process
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
    // what is delivered may make somebody read on, and a decision that follows from it, too
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
    // the followers answer without asking one another: whoever decides delivers when it is done
    decide: impossible,
    missing: (phase) => ({ ...phase, isMissing: true }),
    done: leave,
  },
};

/** The phase after this input. */
export function step(phase: Phase, input: PhaseInput): Phase {
  // the row belongs to the phase and the cell to the input, which the compiler cannot see through an index
  const row = TRANSITIONS[phase.kind] as Record<string, (phase: Phase, input: PhaseInput) => Phase>;
  return row[input.kind]!(phase, input);
}

/** The phase that a tracker is in. */
export class Phases {
  #current: Phase = IDLE;

  get current(): Phase {
    return this.#current;
  }

  note(input: PhaseInput): void {
    this.#current = step(this.#current, input);
  }

  /** Does something in a phase of its own. */
  during<T>(input: PhaseInput, act: () => T): T {
    this.note(input);
    try {
      return act();
    } finally {
      this.note({ kind: 'done' });
    }
  }
}
