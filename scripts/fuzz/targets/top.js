/**
 * `foster top`: keys as a terminal sends them, in any pieces, on screens of any size, with jobs of any name. The screen has no more
 * lines and no wider ones than the terminal, no control characters, and the cursor is on a job that is listed.
 */
import fc from 'fast-check';
import { plainText } from '../../../build/src/cli/format/line.js';
import { keysOf } from '../../../build/src/cli/top/keys.js';
import { roomForJobs, screen } from '../../../build/src/cli/top/screen.js';
import { FIRST_STATE, listed, pressed, withSample } from '../../../build/src/cli/top/state.js';
import { textWidth } from '../../../build/src/text/width.js';
import { jobStatus, runningJob } from '../../../build/test/control/fake-supervisor.js';
import { oddText } from '../words.js';

const typed = fc.oneof(
  fc.constantFrom(
    '\x1b[A',
    '\x1b[B',
    '\x1b[5~',
    '\x1b[6~',
    '\x1b[H',
    '\x1bOF',
    '\x1b',
    '\x1b[',
    '\r',
    '\x7f',
    ...'qjk/?hcmnutfsxrKy',
  ),
  oddText,
);
const job = fc.record({
  name: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), oddText),
  running: fc.boolean(),
  cpu: fc.nat(),
  memory: fc.oneof(fc.nat(), fc.constantFrom(null, 1e15)),
  respawns: fc.nat(),
});
const size = fc.record({
  columns: fc.oneof(fc.nat({ max: 200 }), fc.constantFrom(0, 1, 2, 9, 10, 11)),
  rows: fc.oneof(fc.nat({ max: 60 }), fc.constantFrom(0, 1, 2, 3, 11, 12)),
});

export const target = {
  input: fc.record({
    jobs: fc.array(job, { maxLength: 12 }),
    keys: fc.array(typed, { maxLength: 12 }),
    sizes: fc.array(size, { minLength: 1, maxLength: 3 }),
  }),
  examine({ jobs, keys, sizes }) {
    const statuses = jobs.map(({ name, running, respawns }, index) =>
      running ? runningJob(name, index + 1, { respawns }) : jobStatus(name, { respawns }),
    );
    const usages = jobs.map(({ name, cpu, memory }) => ({
      name,
      instance: '',
      source: 'processes',
      cpu,
      memory,
      tasks: 1,
      memoryLimit: null,
      ioRead: null,
      ioWritten: null,
      frozen: false,
    }));
    let state = withSample(FIRST_STATE, statuses, { jobs: usages, at: 1000 }, undefined);
    for (const [index, sent] of keys.entries()) {
      for (const key of keysOf(sent)) {
        const next = pressed(state, key, roomForJobs(state, sizes[index % sizes.length]));
        if (next.quit === true) return true;
        state = next.state;
      }
      look(state, sizes[index % sizes.length]);
    }
    for (const one of sizes) look(state, one);
    return false;
  },
};

function look(state, { columns, rows }) {
  const lines = screen(state, { columns, rows }, 1e12).map((line) => plainText(line));
  if (lines.length > rows) throw new Error(`${lines.length} lines of ${rows}`);
  for (const line of lines) {
    if (textWidth(line) > columns)
      throw new Error(`${textWidth(line)} columns of ${columns}: ${JSON.stringify(line)}`);
    if (/[\x00-\x1f\x7f-\x9f]/.test(line)) throw new Error(`a control character: ${JSON.stringify(line)}`);
  }
  const shown = listed(state);
  if (shown.length > 0 && !shown.some(({ title }) => title === state.selected))
    throw new Error(`the cursor is on ${state.selected}`);
}
