/** Makes the readiness check of a `ready` stanza. */
import type { Ready } from '../../jobfile/job-class/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { LineFeed } from '../output/line-splitter.js';
import { DescriptorCheck } from './descriptor-check.js';
import { LogCheck } from './log-check.js';
import { PathCheck } from './path-check.js';
import { PortCheck } from './port-check.js';
import type { PortWatch } from './port-watch.js';
import type { OnReady, ReadinessCheck } from './readiness-check.js';

/** What a check needs, for one start of one job. */
interface CheckContext {
  readonly kernel: Pick<Kernel, 'files' | 'descriptors'>;
  readonly onReady: OnReady;
  readonly warn: (text: string) => void;
  /** living processes of the job */
  readonly processes: () => readonly number[];
  readonly onLine: (listener: (line: string) => void) => LineFeed | undefined;
  /** checks the ports of all jobs */
  readonly ports: PortWatch;
  /** resolves a path of the job file: variables, working directory and root */
  readonly resolvePath: (path: string) => string;
  /** set for a job recovered from a former supervisor */
  readonly recovered?: Recovered;
}

export interface Recovered {
  /** when main was started, in milliseconds since 1970 */
  readonly mainSince: number;
  /** the reading end of the pipe of `ready fd`, if it was kept */
  readonly pipe: number | undefined;
}

/**
 * @returns undefined for what the core itself detects, and for `notify`, which arrives at the socket shared
 * by all jobs
 */
export function makeReadinessCheck(
  ready: Ready | undefined,
  context: CheckContext,
): ReadinessCheck | undefined {
  const { kernel, onReady, warn, recovered } = context;
  switch (ready?.when) {
    case 'fd':
      // without the pipe the start timeout decides
      if (recovered !== undefined && recovered.pipe === undefined) return undefined;
      return new DescriptorCheck(ready.fd, kernel, onReady, recovered?.pipe);
    case 'port':
      return new PortCheck(ready.port, context.processes, context.ports, onReady);
    case 'path':
      return new PathCheck(context.resolvePath(ready.path), onReady, warn, recovered?.mainSince);
    case 'log':
      return new LogCheck(ready.pattern, context.onLine, onReady, warn);
    case 'auto':
    case 'daemonised':
    case 'exec':
    case 'notify':
    case undefined:
      return undefined;
  }
}
