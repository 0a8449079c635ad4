/**
 * What the rules of DESIGN section 4 cannot find out, or decide without knowing. Everything else they must get right.
 */

/** In the order of how little can be demanded. */
export const CERTAINTIES = ['policy', 'undecidable', 'late', 'decidable'] as const;

/**
 * - decidable: the rules lead to the truth, nothing is in doubt, and nothing may be called ambiguous
 * - late: they lead to the truth, but after evidence has been missing for so long that doubt may be voiced before
 * - undecidable: the evidence for another process is as good to the end; if the choice is wrong, it must be called ambiguous
 * - policy: the rules decide, and the truth may be another; only what is said must hang together
 */
export type Certainty = (typeof CERTAINTIES)[number];

/** Every kind of doubt, with its certainty and the reason why no more can be demanded. */
export const DOUBTS = {
  'a tie': {
    certainty: 'undecidable',
    why: 'two processes are left that have left, or not left, the same sessions: two daemons, or a helper that stays beside a daemon without a session of its own',
  },
  'evidence comes late': {
    certainty: 'late',
    why: 'the daemon calls setsid, or the helper ends, only after a tie has stood for half a second',
  },
  'a helper is better placed': {
    certainty: 'policy',
    why: 'a helper has left the launcher’s session for good, and the daemon has not: the rules go by sessions',
  },
  'a helper that could be main fails': {
    certainty: 'policy',
    why: 'a helper is taken for main until the daemon calls setsid, and fails in that time: a status other than 0 is a death, since a main that crashes must never be covered up by what it leaves',
  },
  'main ends while others could be main': {
    certainty: 'policy',
    why: 'the daemon ends for good while the choice is open: those beside it may be daemons as well',
  },
  'a failed start leaves somebody': {
    certainty: 'policy',
    why: 'an intermediate fails at the moment when the launcher exits with status 0, and a helper lives: where both are observed at once, the helper is the only candidate',
  },
  'status 0 with survivors while launching': {
    certainty: 'policy',
    why: 'somebody else ends a program within the start timeout of its image, and it exits with status 0, leaving workers: this is what a launcher does. Foster knows its own stops',
  },
  'status 0 with survivors while settling': {
    certainty: 'policy',
    why: 'the same, within the settle time of a hand-off: this is what an intermediate does',
  },
  'status 0 with survivors while settled': {
    certainty: 'policy',
    why: 'somebody else ends a main while a binary upgrade has begun: the new one takes over, whoever was meant',
  },
  'several die at once': {
    certainty: 'policy',
    why: 'main ends with its workers, or with the intermediate that it forked, and the exit events of some are not there yet',
  },
  'the heir is no candidate while launching': {
    certainty: 'policy',
    why: 'a launcher forks the daemon, and then execs something else: what was forked before an exec counts as a helper',
  },
  'the heir is no candidate while settling': {
    certainty: 'policy',
    why: 'an intermediate outlives its creator by more than a quarter of a second and has forked others than the daemon, or the daemon has left its session: this is what a main with workers and logins does',
  },
  'the heir is no candidate while settled': {
    certainty: 'policy',
    why: 'an intermediate outlives its creator by more than the settle time',
  },
  'an exec at the moment of the hand-off': {
    certainty: 'policy',
    why: 'whether main exec’d itself since it took over is a matter of microseconds, and the exit event that tells when its creator ended may come too late',
  },
  'near the start timeout': { certainty: 'policy', why: 'it is a matter of when things are observed' },
  'near the settle time': { certainty: 'policy', why: 'it is a matter of when things are observed' },
  'near the time of quick hand-offs': {
    certainty: 'policy',
    why: 'it is a matter of when things are observed',
  },
} as const satisfies Record<string, { readonly certainty: Certainty; readonly why: string }>;

export type Doubt = keyof typeof DOUBTS;
