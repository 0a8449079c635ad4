import t from 'tap';
import { missingPlaces, placementOf } from '../../src/rules/placement.js';
import { HYBRID, NAMES, rules, subject, UNIFIED } from './support.js';

const place = (text: string, hierarchies = HYBRID, name = '/bin/x') => {
  const { places, problems } = placementOf(rules(text)[0]!, subject(1001, name), NAMES, hierarchies);
  return { directories: places.map(({ directory }) => directory), problems, places };
};

t.test('version 1: a group in each hierarchy that is named', (t) => {
  t.same(place('ann cpu,memory a/%u/\n% pids b\n').directories, [
    '/cg/cpu/a/ann',
    '/cg/memory/a/ann',
    '/cg/pids/b',
  ]);
  t.same(
    place('ann * a\n').directories,
    ['/cg/cpu/a', '/cg/memory/a', '/cg/pids/a'],
    'not systemd, not version 2',
  );
  t.same(
    place('ann cpu a\n% cpu,memory b\n').directories,
    ['/cg/cpu/b', '/cg/memory/b'],
    'the last line wins',
  );
  t.end();
});

t.test('version 2: one group, whatever controller is named', (t) => {
  t.same(place('ann cpu,memory a\n', UNIFIED).directories, ['/cg/unified/a']);
  t.same(place('ann * a\n', UNIFIED).directories, ['/cg/unified/a']);
  t.end();
});

t.test('a controller that is not there is told, and the others are used', (t) => {
  const { directories, problems } = place('ann rdma,cpu a\n');
  t.same(directories, ['/cg/cpu/a']);
  t.same(problems, ['rules:1: the controller rdma is not there']);
  t.same(place('ann rdma a\n', UNIFIED).problems, ['rules:1: the controller rdma is not there']);
  t.end();
});

t.test('a destination that leads elsewhere is refused', (t) => {
  const { directories, problems } = place('ann cpu %p\n', HYBRID, '../../../etc');
  t.same(directories, []);
  t.same(problems, ['rules:1: %p leads out of the hierarchy']);
  t.end();
});

t.test('only what a process is not in is missing', (t) => {
  const { places } = place('ann cpu,memory a\n');
  const groups = new Map([
    ['cpu', '/a'],
    ['memory', '/b'],
  ]);
  t.same(
    missingPlaces(places, groups).map(({ directory }) => directory),
    ['/cg/memory/a'],
  );
  t.end();
});
