import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  HANDOVER_VARIABLE,
  savedDescriptors,
  parseHandover,
  receiveHandover,
  writeHandover,
  type Handover,
} from '../../../src/supervisor/state/handover.js';

const PLACE = { boot: 'boot', pidNamespace: 1, began: 7 };
const JOB = { name: 'job', instance: 'one' };

const HANDOVER: Handover = {
  kind: 'state',
  pid: process.pid,
  place: PLACE,
  state: {
    at: 12.5,
    core: { version: 1 },
    jobs: [
      {
        job: JOB,
        lineage: { processes: [], follower: undefined },
        processes: [{ pid: 3, startTime: 4 }],
        gates: [3],
      },
    ],
    outputs: [
      { job: JOB, stream: undefined, supervisor: 20, end: 21 },
      { job: JOB, stream: 'stderr', supervisor: 26, end: 27 },
    ],
    readiness: {
      socket: 22,
      pipes: [{ job: JOB, fd: 23 }],
      stored: [{ job: JOB, name: 'store', fd: 24 }],
      reports: [{ job: JOB, text: 'fine', doing: undefined }],
    },
    health: [
      {
        job: JOB,
        health: { state: 'unhealthy', failures: 3, startedAt: 1.5, last: { ok: false, text: 'no', at: 2.5 } },
      },
    ],
    activation: [{ key: 'inet 127.0.0.1:80', fd: 25 }],
    memory: {
      began: '2026-01-02T03:04:05.678Z',
      clockOffset: 1_796_000_000_000.25,
      ambiguities: [{ job: JOB, candidates: [3, 4] }],
      coreDumps: [{ job: JOB, pid: 5, time: 6e12 }],
    },
  },
  lock: 18,
  socket: undefined,
  terminal: 0,
  logPriority: 'info',
  failures: [1.5],
  shutdown: { status: 3, machine: 'halt', end: 8000.5 },
  signals: ['TERM'],
};

t.test('what is handed over is received as it was', (t) => {
  t.strictSame(parseHandover(writeHandover(HANDOVER)), HANDOVER);
  const bare: Handover = { ...HANDOVER, kind: 'files', state: undefined };
  t.strictSame(parseHandover(writeHandover(bare)), bare);
  t.end();
});

t.test('everything but the terminal, which is one of the standard descriptors, has to be kept open', (t) => {
  t.strictSame(savedDescriptors(HANDOVER), [18, 20, 21, 26, 27, 22, 23, 24, 25]);
  t.end();
});

t.test('something else is refused in words', (t) => {
  t.throws(() => parseHandover('{'), { name: 'DecodeError', message: /^expected JSON, found other text/ });
  t.throws(() => parseHandover('{}'), { message: /kind: expected one of state, files, degraded/ });
  t.throws(() => parseHandover(writeHandover(HANDOVER).replace('[1.5]', '["x"]')), {
    message: /failures\[0\]: expected a number, found "x"/,
  });
  t.end();
});

t.test('it is for the same process in the same place alone, and out of the environment in any case', (t) => {
  const file = join(t.testdir(), 'handover');
  const receive = (handover: Handover, place = PLACE): Handover | undefined => {
    writeFileSync(file, writeHandover(handover));
    const fd = openSync(file, 'r');
    const env = { [HANDOVER_VARIABLE]: String(fd), OTHER: 'kept' };
    const received = receiveHandover(place, env);
    t.strictSame(env, { OTHER: 'kept' });
    t.throws(() => closeSync(fd), { code: 'EBADF' }, 'its descriptor is closed');
    return received;
  };
  t.strictSame(receive(HANDOVER), HANDOVER);
  t.equal(receive({ ...HANDOVER, pid: process.pid + 1 }), undefined);
  t.equal(receive(HANDOVER, { ...PLACE, began: 8 }), undefined);
  t.equal(receiveHandover(PLACE, {}), undefined);
  t.end();
});

t.test(
  'a mistake in the state of a job leaves the rest, and the jobs to the files of the run directory',
  (t) => {
    const errors: string[] = [];
    const text = writeHandover(HANDOVER).replace('"startTime":4', '"startTime":"x"');
    const { state, ...rest } = HANDOVER;
    t.ok(state);
    t.strictSame(
      parseHandover(text, ({ message }) => errors.push(message)),
      { ...rest, kind: 'files', state: undefined },
    );
    t.match(errors, [/^state\.jobs\[0\]\.processes\[0\]\.startTime: expected /]);
    t.throws(() => parseHandover('{}', () => undefined), { name: 'DecodeError' });
    t.end();
  },
);
