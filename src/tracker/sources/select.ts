/** Selects the source of events (DESIGN section 4). */
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

interface Selection {
  readonly source: EventSource;
  /** tested sources, the best first: why better ones are not used, and the one in use */
  readonly tests: readonly SourceTest[];
}

/** The requested source does not work here. */
export class SourceUnavailableError extends Error {
  override readonly name = 'SourceUnavailableError';
}

interface Candidate {
  readonly name: SourceName;
  readonly test: (kernel: Kernel) => SelfTest;
  readonly create: (kernel: Kernel) => EventSource;
}

/** The best first: a source that sees more comes before one that sees less. */
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
 * Returns the results of all self-tests, the best source first.
 * @param candidates a parameter for tests
 */
export function testSources(
  kernel: Kernel,
  candidates: readonly Candidate[] = CANDIDATES,
): readonly SourceTest[] {
  return candidates.map(({ name, test }) => ({ name, test: outcomeOf(test, kernel) }));
}

/**
 * Runs a self-test. A kernel may refuse in unforeseen ways: then the source does not work, and PID 1 goes on.
 */
function outcomeOf(test: Candidate['test'], kernel: Kernel): SelfTest {
  try {
    return test(kernel);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { works: false, reason: error.message, remedy: 'use another tracker' };
  }
}

/**
 * Selects a source. Runs no more self-tests than necessary: opening perf's rings costs a tenth of foster's
 * start.
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
