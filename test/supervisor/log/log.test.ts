/** foster's own log: what a line looks like in both formats, and what is left out. */
import { createRequire } from 'node:module';
import { test } from 'tap';
import { createLog, type Log } from '../../../src/supervisor/log/log.js';
import { ReportLane } from '../../../src/supervisor/engine/report-lane.js';

const require = createRequire(import.meta.url);

async function rig(format: 'text' | 'json'): Promise<{ log: Log; lane: ReportLane; lines: string[] }> {
  const lines: string[] = [];
  const lane = new ReportLane();
  const log = await createLog(format, 'message', (line) => lines.push(line), lane);
  return { log, lane, lines };
}

test('text is the message alone, and pino is not loaded for it', async (t) => {
  const { log, lines } = await rig('text');
  log('error', '/etc/foster/web.ini:3: Unknown stanza');
  t.same(lines, ['/etc/foster/web.ini:3: Unknown stanza\n']);
  const loaded = Object.keys(require.cache).filter((path) => path.includes('node_modules/pino/'));
  t.same(loaded, []);
});

test('JSON has level, time and message of each line', async (t) => {
  const { log, lines } = await rig('json');
  const began = Date.now();
  log('message', 'say "hi"');
  log('warn', 'two\nlines');
  const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, string>);
  t.strictSame({ ...first, time: '' }, { level: 'message', time: '', msg: 'say "hi"' });
  t.match(second, { level: 'warn', msg: 'two\nlines' });
  t.ok(Date.parse(first?.['time'] ?? '') >= began);
  t.ok(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1));
});

test('a message is one line of text, and only the stack of an error of foster itself is several', async (t) => {
  const { log, lines } = await rig('text');
  log('warn', 'web\nfaked: line \x1b[2J');
  log('fatal', 'Internal error: boom\n    at somewhere');
  t.same(lines, ['web\\nfaked: line \\x1b[2J\n', 'Internal error: boom\n', '    at somewhere\n']);
});

for (const format of ['text', 'json'] as const) {
  test(`${format}: what is less important than the priority is left out, and that can be changed`, async (t) => {
    const { log, lines } = await rig(format);
    log('info', 'one');
    t.equal(log.priority, 'message');
    log.priority = 'debug';
    log('debug', 'two');
    log.priority = 'error';
    log('warn', 'three');
    log('fatal', 'four');
    t.same(
      lines.map((line) => /two|three|four/.exec(line)?.[0]),
      ['two', 'four'],
    );
  });

  test(`${format}: a line that waited has the time at which that happened, and its place among reports`, async (t) => {
    const { log, lane, lines } = await rig(format);
    lane.turn(() => {
      log('error', 'first');
      lane.add(() => lines.push('second'));
      t.same(lines, []);
    });
    t.match(lines, [/first/, 'second']);
    lane.turn(() => {
      lane.programStarted();
      log('error', 'third');
    });
    t.equal(lines.length, 2, 'it waits');
    log.flush();
    t.match(lines[2], /third/);
  });
}
