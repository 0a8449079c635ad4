/** From the `ready` stanza to what looks for the sign. */
import type { Ready } from '../../jobfile/job-class/job-class.js';
import type { Kernel } from '../../kernel/kernel.js';
import type { LineFeed } from '../output/line-splitter.js';
import { DescriptorSign } from './descriptor-sign.js';
import { LogSign } from './log-sign.js';
import { PathSign } from './path-sign.js';
import { PortSign } from './port-sign.js';
import type { PortWatch } from './port-watch.js';
import type { Seen, Sign } from './sign.js';

/** What signs look at, for one start of one job. */
export interface SignContext {
  readonly kernel: Pick<Kernel, 'files' | 'descriptors'>;
  readonly seen: Seen;
  readonly warn: (text: string) => void;
  /** living processes of the job */
  readonly processes: () => readonly number[];
  readonly onLine: (listener: (line: string) => void) => LineFeed | undefined;
  /** looks for the ports of all jobs */
  readonly ports: PortWatch;
  /** a path of the job file as it is for foster: variables, working directory and root taken in */
  readonly resolvePath: (path: string) => string;
  /** of a job taken back from a former supervisor */
  readonly before?: Before;
}

export interface Before {
  /** when main was started, in milliseconds since 1970 */
  readonly mainSince: number;
  /** the reading end of the pipe of `ready fd`, where it was kept */
  readonly pipe: number | undefined;
}

/** @returns undefined for what the core sees by itself, and for `notify`, which comes by the socket that all jobs share */
export function makeSign(ready: Ready | undefined, context: SignContext): Sign | undefined {
  const { kernel, seen, warn, before } = context;
  switch (ready?.when) {
    case 'fd':
      // without the pipe the start timeout decides
      if (before !== undefined && before.pipe === undefined) return undefined;
      return new DescriptorSign(ready.fd, kernel, seen, before?.pipe);
    case 'port':
      return new PortSign(ready.port, context.processes, context.ports, seen);
    case 'path':
      return new PathSign(context.resolvePath(ready.path), seen, warn, before?.mainSince);
    case 'log':
      return new LogSign(ready.pattern, context.onLine, seen, warn);
    case 'auto':
    case 'daemonised':
    case 'exec':
    case 'notify':
    case undefined:
      return undefined;
  }
}
