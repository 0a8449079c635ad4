/** Which source of events is used here (DESIGN section 4). */
import type { Kernel } from '../../kernel/kernel.js';
import { SystemError } from '../../kernel/system-error.js';
import type { EventSource, SelfTest, SourceName } from './source.js';
import { testConnector } from './connector-self-test.js';
import { ConnectorSource } from './connector.js';
import { testPerf } from './perf-self-test.js';
import { PerfSource } from './perf.js';
import { testPtrace } from './ptrace-self-test.js';
import { PtraceSource } from './ptrace.js';
import { ProcfsSource, testProcfs } from './procfs.js';

export interface SourceTest {
  readonly name: SourceName;
  readonly test: SelfTest;
}

export interface Selection {
  readonly source: EventSource;
  /** those that were tested, the best first: why the better ones are not used, and the one that is */
  readonly tests: readonly SourceTest[];
}

/** The source that was asked for does not work here. */
export class SourceUnavailableError extends Error {
  override readonly name = 'SourceUnavailableError';
}

export interface Candidate {
  readonly name: SourceName;
  readonly test: (kernel: Kernel) => SelfTest;
  readonly create: (kernel: Kernel) => EventSource;
}

/** The best first: what sees more comes before what sees less. */
const CANDIDATES: readonly Candidate[] = [
  {
    name: 'connector',
    test: testConnector,
    create: (kernel) => new ConnectorSource(kernel),
  },
  { name: 'perf', test: testPerf, create: (kernel) => new PerfSource(kernel) },
  { name: 'ptrace', test: testPtrace, create: (kernel) => new PtraceSource(kernel) },
  { name: 'procfs', test: testProcfs, create: (kernel) => new ProcfsSource(kernel) },
];

/**
 * What every source's self-test says, the best first.
 * @param candidates a parameter for tests
 */
export function testSources(
  kernel: Kernel,
  candidates: readonly Candidate[] = CANDIDATES,
): readonly SourceTest[] {
  return candidates.map(({ name, test }) => ({ name, test: outcomeOf(test, kernel) }));
}

/** A kernel may refuse in ways that nobody has seen yet: that is a source that does not work, not the end of PID 1. */
function outcomeOf(test: Candidate['test'], kernel: Kernel): SelfTest {
  try {
    return test(kernel);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { works: false, reason: error.message, remedy: 'use another tracker' };
  }
}

/**
 * Takes a source. No test is made beyond the one that decides: opening rings for perf costs a tenth of foster's start.
 *
 * @param choice `auto` takes the first that passes its self-test; a name insists on that source
 * @param candidates a parameter for tests
 * @throws SourceUnavailableError with the reason and what would help
 */
export function selectSource(
  kernel: Kernel,
  choice: SourceName | 'auto',
  candidates: readonly Candidate[] = CANDIDATES,
): Selection {
  const tests: SourceTest[] = [];
  for (const candidate of candidates) {
    if (choice !== 'auto' && candidate.name !== choice) continue;
    const test = outcomeOf(candidate.test, kernel);
    tests.push({ name: candidate.name, test });
    if (test.works) return { source: candidate.create(kernel), tests };
  }
  throw new SourceUnavailableError(explain(choice, tests));
}

function explain(choice: SourceName | 'auto', tests: readonly SourceTest[]): string {
  const failures = tests.flatMap(({ name, test }) =>
    test.works ? [] : [`${name}: ${test.reason} (what would help: ${test.remedy})`],
  );
  return choice === 'auto'
    ? `no source of process events works here: ${failures.join('; ')}`
    : `the tracker ${failures[0] ?? `${choice}: there is none of this name`}`;
}
