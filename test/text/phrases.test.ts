import { test } from 'tap';
import { counted, messageOf } from '../../src/text/phrases.js';

test('a count is followed by the right form of the word', (t) => {
  t.equal(counted(0, 'job'), '0 jobs');
  t.equal(counted(1, 'job'), '1 job');
  t.equal(counted(2, 'process', 'processes'), '2 processes');
  t.end();
});

test('whatever was thrown has a message', (t) => {
  t.equal(messageOf(new Error('no such file')), 'no such file');
  t.equal(messageOf('no such file'), 'no such file');
  t.end();
});
