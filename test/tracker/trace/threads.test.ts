import { test } from 'tap';
import { ThreadFolder } from '../../../src/tracker/trace/threads.js';

test('the exit of a process without threads is its end', (t) => {
  t.ok(new ThreadFolder().exited(100, 100));
  t.end();
});

test('the exit of a thread is not the end of its process', (t) => {
  const threads = new ThreadFolder();
  threads.began(100, 101);
  t.notOk(threads.exited(100, 101));
  t.ok(threads.exited(100, 100));
  t.end();
});

test('the exit of the leader is not the end while threads are left; that of the last thread is', (t) => {
  const threads = new ThreadFolder();
  threads.began(100, 101);
  threads.began(100, 102);
  t.notOk(threads.exited(100, 100));
  t.notOk(threads.exited(100, 101));
  t.ok(threads.exited(100, 102));
  t.end();
});

test('an exec ends all threads but one, whose exit is the end', (t) => {
  const threads = new ThreadFolder();
  threads.began(100, 101);
  threads.execd(100);
  t.ok(threads.exited(100, 100));
  t.end();
});

test('when a thread execs it takes the place of the leader, whose exit came before', (t) => {
  const threads = new ThreadFolder();
  threads.began(100, 101);
  t.notOk(threads.exited(100, 100));
  threads.execd(100);
  t.ok(threads.exited(100, 100));
  t.end();
});

test('the exit event of a thread that an exec has ended may come after the exec', (t) => {
  const threads = new ThreadFolder();
  threads.began(100, 101);
  threads.execd(100);
  t.notOk(threads.exited(100, 101));
  t.end();
});

test('a process with the pid of a former one has none of its threads', (t) => {
  const threads = new ThreadFolder();
  threads.began(100, 101);
  threads.born(100);
  t.ok(threads.exited(100, 100));
  t.end();
});
