/**
 * Traces: recorded ones with damaged lines, and events of a few pids in any order. A TraceError names what is wrong with a line;
 * everything else is replayed to its end, twice to the same verdicts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { parseTrace, TraceError } from '../../../build/src/tracker/trace/format.js';
import { replay } from '../../../build/src/tracker/trace/replay.js';
import { damaged } from '../words.js';

const TRACES = new URL('../../../test/traces/', import.meta.url);
const texts = readdirSync(TRACES)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => readFileSync(new URL(name, TRACES), 'utf8').split('\n').slice(0, 60).join('\n'));
const lines = [...new Set(texts.flatMap((text) => text.split('\n').map((line) => `\n${line}\n`)))];

const pid = fc.constantFrom(100, 101, 102, 103, 104, 1, 0);
const event = fc.oneof(
  fc.record({ ev: fc.constant('fork'), pid, child: pid, ctid: pid, thread: fc.boolean() }),
  fc.record({
    ev: fc.constant('exec'),
    pid,
    argv: fc.constantFrom(null, ['a'], ['b', 'c']),
    exe: fc.constantFrom(null, '/a'),
  }),
  fc.record({ ev: fc.constantFrom('sid', 'coredump'), pid }),
  fc.record({
    ev: fc.constant('exit'),
    pid,
    tid: pid,
    code: fc.constantFrom(null, 0, 256, 9),
    ppid: fc.oneof(pid, fc.constant(null)),
  }),
  fc.record({ ev: fc.constant('reap'), pid, status: fc.constantFrom(0, 256, 15) }),
  fc.record({ ev: fc.constant('sent'), pid, sig: fc.constantFrom(1, 9, 15) }),
  fc.record({ ev: fc.constant('P0'), pid }),
  fc.record({ ev: fc.constantFrom('overflow', 'note', 'end') }),
  fc.record({ ev: fc.constant('start'), recorder: pid, argv: fc.constantFrom(['a'], null) }),
);
const made = fc.array(fc.tuple(event, fc.nat({ max: 4e9 })), { maxLength: 25 }).map((list) => {
  let t = 0;
  return list.map(([one, after]) => JSON.stringify({ ...one, t: (t += after), r: t })).join('\n');
});

export const target = {
  input: fc.oneof(made, made, damaged(texts, lines)),
  examine(text) {
    const first = verdicts(text);
    if (!isDeepStrictEqual(first, verdicts(text))) throw new Error('it is replayed in two ways');
    return first !== undefined;
  },
};

function verdicts(text) {
  try {
    return replay(parseTrace(text, 'trace'));
  } catch (error) {
    if (error instanceof TraceError) return undefined;
    throw error;
  }
}
