/**
 * Records of launches with damaged, doubled and torn lines. Nothing throws; what is read has a job, a process and a pid that may be
 * one; lines that are right count whatever stands beside them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { PROCESS_NAMES } from '../../../build/src/jobfile/job-class/values.js';
import { LaunchRecord } from '../../../build/src/supervisor/state/launch-record.js';
import { damaged, damagedJson } from '../words.js';

const announced = { id: 1, job: 'cron', instance: '', process: 'main', at: 81726350, gated: false };
const started = { id: 1, pid: 4711, gated: false, startTime: 8172, inode: '913' };
const json = damagedJson([announced, started, { ...announced, id: 2 }, { ...started, id: 2 }]).map((one) =>
  JSON.stringify(one),
);
const text = [announced, started].map((one) => JSON.stringify(one));
const line = fc.oneof(json, json, damaged(text, text));

const directory = mkdtempSync(join(tmpdir(), 'foster-fuzz-'));
const launches = join(directory, 'launches');
/** Is written behind all others. */
const LAST = [
  { ...announced, id: 77777, job: 'last' },
  { ...started, id: 77777 },
];

export const target = {
  input: fc.array(line, { maxLength: 8 }),
  examine(lines) {
    const tail = LAST.map((one) => `${JSON.stringify(one)}\n`).join('');
    writeFileSync(launches, `${lines.map((one) => `${one}\n`).join('')}${tail}{"id":9,"torn`);
    let reports = 0;
    const record = LaunchRecord.open(
      { launches },
      () => 0,
      () => reports++,
    );
    const found = record.read();
    for (const { job, process, pid } of found) {
      const isRight =
        typeof job.name === 'string' &&
        PROCESS_NAMES.includes(process) &&
        (pid === undefined || (Number.isInteger(pid) && pid > 0));
      if (!isRight) throw new Error(`it was read as ${JSON.stringify({ job, process, pid })}`);
    }
    if (!lines.some((one) => one.includes('77777')) && found.at(-1)?.job.name !== 'last')
      throw new Error('a line that is right was lost');
    return reports === 0;
  },
  close: () => rmSync(directory, { recursive: true }),
};
