/** Where output goes by `log file`, `log split` and `log compress`, and that of containers. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import type { JobClass } from '../../../src/jobfile/job-class/job-class.js';
import { Compressor } from '../../../src/supervisor/output/compress.js';
import { JobOutputs, type OutputOptions } from '../../../src/supervisor/output/job-outputs.js';
import { logPath } from '../../../src/supervisor/output/log-place.js';
import { rotate } from '../../../src/supervisor/output/rotation.js';
import { realKernel } from '../support/children.js';
import { conf } from '../support/job-classes.js';

const JOB = { name: 'foo', instance: '' };

interface Rig {
  readonly directory: string;
  readonly outputs: JobOutputs;
  readonly reports: string[];
  readonly console: string[];
  readonly write: (jobClass: JobClass, target: 1 | 2, text: string) => void;
  readonly read: (name: string) => string;
}

function rig(t: Test, options: Partial<OutputOptions> = {}): Rig {
  const directory = mkdtempSync(join(tmpdir(), 'foster-forms-'));
  const [logdir, fifodir] = [join(directory, 'log'), join(directory, 'run')];
  mkdirSync(fifodir);
  const reports: string[] = [];
  const console: string[] = [];
  const outputs = new JobOutputs({
    kernel: realKernel,
    logdir,
    logIndex: join(directory, 'log-index'),
    fifodir,
    defaultConsole: 'log',
    console: {
      isTerminal: false,
      write: (lines: string | Uint8Array) => void console.push(Buffer.from(lines).toString()),
    },
    consoleDevice: undefined,
    beforeRead: () => undefined,
    report: (_, text) => void reports.push(text),
    ...options,
  });
  t.teardown(() => {
    outputs.close();
    rmSync(directory, { recursive: true });
  });
  return {
    directory,
    outputs,
    reports,
    console,
    write: (jobClass, target, text) => {
      const stdio = outputs.stdio({ job: JOB, class: jobClass, process: 'main', env: [] }, undefined);
      const source = stdio.find((action) => action.target === target)!.source;
      writeSync(source as number, text);
      outputs.processEnded(JOB, undefined, { add: (report) => report() });
    },
    read: (name) => readFileSync(join(directory, name), 'utf8'),
  };
}

const classWith = (fields: Partial<JobClass>): JobClass =>
  conf({ processes: { main: { exec: 'x' } }, ...fields });

t.test('log split keeps standard error apart, over a restart of foster as well', (t) => {
  const { outputs, write, read, directory } = rig(t);
  const jobClass = classWith({ logSplit: true });
  write(jobClass, 1, 'out\n');
  write(jobClass, 2, 'err\n');
  t.equal(read('log/foo.log'), 'out\n');
  t.equal(read('log/foo.err.log'), 'err\n');
  t.same(outputs.logFiles(JOB, 'stderr'), [join(directory, 'log/foo.err.log')]);
  t.same(outputs.lastLines(JOB, 5), ['out', 'err']);
  t.same(readdirSync(join(directory, 'run')).sort(), ['foo.err', 'foo.out']);
  const lines: string[] = [];
  outputs.onLine(JOB, (line) => lines.push(line));
  write(jobClass, 2, 'ready\n');
  t.same(lines, ['ready']);
  const request = { job: JOB, class: jobClass, process: 'main', env: [] } as const;
  t.equal(outputs.stdio(request, undefined), outputs.stdio(request, undefined), 'the same array');
  t.end();
});

t.test('log file names another file, and makes its directory', (t) => {
  const { outputs, write, read, directory } = rig(t);
  const path = join(directory, 'elsewhere/below/app.txt');
  write(classWith({ logFile: path }), 1, 'hello\n');
  t.equal(read('elsewhere/below/app.txt'), 'hello\n');
  t.same(outputs.logFiles(JOB, 'stdout'), [path]);
  t.end();
});

t.test('an instance and standard error have files of their own beside it', (t) => {
  const jobClass = classWith({ logFile: '/var/log/app.txt' });
  t.equal(logPath('/log', { name: 'a', instance: 'x/y' }, jobClass), '/var/log/app-x_y.txt');
  t.equal(logPath('/log', { ...JOB, stream: 'stderr' }, jobClass), '/var/log/app.err.txt');
  t.equal(logPath('/log', { name: 'net/a', instance: '1' }, undefined), '/log/net_a-1.log');
  t.end();
});

t.test(
  'a log file where others may write is not trusted: the log directory is used, and the reason named',
  (t) => {
    const { outputs, write, read, reports, directory } = rig(t);
    const open = join(directory, 'open');
    mkdirSync(open);
    writeFileSync(join(open, 'app.log'), '');
    chmodSync(open, 0o777);
    write(classWith({ logFile: join(open, 'app.log') }), 1, 'hello\n');
    t.equal(read('open/app.log'), '');
    t.equal(read('log/foo.log'), 'hello\n');
    t.match(reports, [
      /^log file .*\/open\/app.log is not used, since .*\/open is writable by everyone \(chmod o-w/,
    ]);
    t.same(outputs.logFiles(JOB, 'stdout'), [join(directory, 'log/foo.log')]);
    t.end();
  },
);

t.test('a device may be a log file', (t) => {
  const { write, reports } = rig(t);
  write(classWith({ logFile: '/dev/null' }), 1, 'hello\n');
  t.same(reports, []);
  t.end();
});

t.test('in a container, what a job logs goes to standard output as well, each line with its name', (t) => {
  const { write, read, console } = rig(t, { logsToConsole: true });
  const jobClass = classWith({});
  write(jobClass, 1, 'one\ntwo\n');
  t.equal(read('log/foo.log'), 'one\ntwo\n');
  t.equal(console.join(''), 'foo: one\nfoo: two\n');
  t.end();
});

t.test('the beginning of a line outlives a kill of foster', (t) => {
  const jobClass = classWith({ console: 'output' });
  const { write, console, directory } = rig(t);
  write(jobClass, 1, 'whole\n');
  const fifodir = join(directory, 'run');
  t.same(readdirSync(fifodir), ['foo.out']);
  writeFileSync(join(fifodir, 'foo.rest'), 'begun by the one that was killed, ');
  const next = rig(t, { fifodir });
  next.write(jobClass, 1, 'and ended by the next\n');
  t.equal(console.join(''), 'foo: whole\n');
  t.equal(next.console.join(''), 'foo: begun by the one that was killed, and ended by the next\n');
  t.end();
});

t.test('old files are compressed, whatever is rotated meanwhile', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-gz-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const log = join(directory, 'foo.log');
  const compressor = new Compressor((_, text) => t.fail(text));
  const expected: string[] = [];
  for (let n = 1; n <= 4; n += 1) {
    const text = `file ${n}\n`.repeat(50_000);
    expected.unshift(text);
    writeFileSync(log, text);
    rotate(log, 10, join(directory, 'log-index'));
    compressor.compressOldFiles(log);
  }
  await compressor.idle();
  t.same(readdirSync(directory).sort(), ['foo.log.1.gz', 'foo.log.2.gz', 'foo.log.3.gz', 'foo.log.4.gz']);
  for (const [index, text] of expected.entries())
    t.ok(gunzipSync(readFileSync(`${log}.${index + 1}.gz`)).toString() === text, `${index + 1}`);
  t.ok(statSync(`${log}.1.gz`).size < 10_000);
});
