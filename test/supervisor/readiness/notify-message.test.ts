import fc from 'fast-check';
import { test } from 'tap';
import { readMessage } from '../../../src/supervisor/readiness/notify-message.js';

test('what is to be known first comes first, in whatever order it is said', (t) => {
  t.same(readMessage('READY=1\nSTATUS=serving 7 of 9\nMAINPID=812\n'), [
    { kind: 'main', pid: 812 },
    { kind: 'status', text: 'serving 7 of 9' },
    { kind: 'ready' },
  ]);
  t.end();
});

test('times come in microseconds', (t) => {
  t.same(readMessage('EXTEND_TIMEOUT_USEC=1500000\nWATCHDOG_USEC=250000'), [
    { kind: 'extend-timeout', by: 1500 },
    { kind: 'watchdog-interval', interval: 250 },
  ]);
  t.end();
});

test('each of the words of sd_notify(3) that foster acts on', (t) => {
  const cases = {
    'RELOADING=1': [{ kind: 'reloading' }],
    'STOPPING=1': [{ kind: 'stopping' }],
    'WATCHDOG=1': [{ kind: 'watchdog', sign: 'alive' }],
    'WATCHDOG=trigger': [{ kind: 'watchdog', sign: 'trouble' }],
    'FDSTORE=1': [{ kind: 'store', name: 'stored' }],
    'FDSTORE=1\nFDNAME=web': [{ kind: 'store', name: 'web' }],
    'FDSTOREREMOVE=1\nFDNAME=web': [{ kind: 'unstore', name: 'web' }],
    'STATUS=': [{ kind: 'status', text: '' }],
  };
  for (const [text, notices] of Object.entries(cases)) t.same(readMessage(text), notices, text);
  t.end();
});

test('what has no meaning, or no sense, is passed over', (t) => {
  const senseless = [
    'BARRIER=1',
    'X_CUSTOM=1',
    'READY=yes',
    'MAINPID=0',
    'MAINPID=-1',
    'MAINPID=12x',
    'EXTEND_TIMEOUT_USEC=9999999999999999',
    'FDSTORE=1\nFDNAME=a:b',
    'FDSTOREREMOVE=1',
    '=1',
    '',
  ];
  for (const text of senseless) t.same(readMessage(text), [], text);
  t.end();
});

test('the first of two lines with one name counts', (t) => {
  t.same(readMessage('STATUS=one\nSTATUS=two=2'), [{ kind: 'status', text: 'one' }]);
  t.end();
});

test('no message is too strange to be read', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      readMessage(text);
    }),
  );
  t.end();
});
