/** Service directories of runit, s6 and s6-rc as jobs. */
import { test } from 'tap';
import { imported, verdicts } from '../imported.js';

const RUN = '#!/bin/sh\nexec chpst -u www web\n';

test('runit: run, finish, check, down, log, control', (t) => {
  const files = {
    '/sv/web/run': RUN,
    '/sv/web/finish': '#!/bin/sh\n',
    '/sv/web/check': '#!/bin/sh\n',
    '/sv/web/conf': 'X=1\n',
    '/sv/web/control/t': '#!/bin/sh\n',
    '/sv/web/log/run': '#!/bin/sh\nexec svlogd -tt /var/log/web\n',
    '/sv/web/log/config': 's1000000\nn7\n',
    '/sv/off/run': RUN,
    '/sv/off/down': '',
    '/sv/plain/run': 'exec x\n',
    '/sv/notes/README': '',
  };
  const { jobs, findings, result } = imported(files, ['/sv']);
  t.same(result.problems, []);
  t.same(Object.keys(jobs), ['off', 'plain', 'web']);
  for (const line of [
    'exec = ./run',
    'chdir = /sv/web',
    'start on = startup',
    'env inherit = true',
    'respawn = true',
    'respawn limit = unlimited',
    'respawn delay = 1 1 1',
    'log size = 1000000',
    'log count = 7',
    'pre-stop exec = ./control/t',
  ])
    t.ok(jobs['web']!.includes(line), line);
  t.ok(jobs['web']!.includes('script[] = ./finish "$status" "$signal"'));
  t.ok(jobs['web']!.some((line) => line.includes('until ./check; do')));
  t.notOk(jobs['off']!.some((line) => line.startsWith('start on')));
  t.ok(
    jobs['plain']!.includes('exec = /bin/sh ./run'),
    'what may not be executed has its interpreter before it',
  );
  t.ok(verdicts(findings).includes('run: chpst: dropped'));
  t.end();
});

test('s6: files of its own', (t) => {
  const files = {
    '/s/db/run': '#!/command/execlineb -P\ns6-notifyoncheck -d db\n',
    '/s/db/notification-fd': '3\n',
    '/s/db/timeout-kill': '295000\n',
    '/s/db/timeout-finish': '10000\n',
    '/s/db/down-signal': 'SIGINT\n',
    '/s/db/finish': '#!/bin/sh\nexit 125\n',
  };
  const { jobs, result } = imported(files, ['/s/db']);
  t.equal(result.jobs[0]!.kind, 's6');
  for (const line of ['ready fd = 3', 'kill timeout = 295', 'kill signal = INT', 'timeout = post-stop 10'])
    t.ok(jobs['db']!.includes(line), line);
  t.ok(jobs['db']!.includes('script[] = ./finish "$status" "$signal" db'));
  t.end();
});

test('s6-rc: longruns, oneshots, bundles, what they depend on', (t) => {
  const files = {
    '/rc/web/type': 'longrun\n',
    '/rc/web/run': '#!/bin/sh\n',
    '/rc/web/dependencies.d/base': '',
    '/rc/web/dependencies.d/all': '',
    '/rc/web/producer-for': 'web-log\n',
    '/rc/mount/type': 'oneshot\n',
    '/rc/mount/up': 'mount /srv\n',
    '/rc/mount/down': 'if { test -e /srv } umount /srv\n',
    '/rc/mount/timeout-up': '3000\n',
    '/rc/all/type': 'bundle\n',
    '/rc/all/contents': 'mount\n',
    '/rc/odd/type': 'strange\n',
  };
  const { jobs, findings, result } = imported(files, ['/rc']);
  t.same(Object.keys(jobs), ['mount', 'web']);
  t.ok(jobs['web']!.includes('requires = mount'));
  for (const line of [
    'pre-start exec = mount /srv',
    "post-stop exec = execlineb -P '/rc/mount/down'",
    'timeout = pre-start 3',
  ])
    t.ok(jobs['mount']!.includes(line), line);
  t.notOk(jobs['mount']!.some((line) => /^exec|^respawn/.test(line)));
  t.ok(verdicts(findings).includes('producer-for: dropped'));
  t.match(result.problems, [{ message: /type that s6-rc does not know: strange/ }]);
  t.end();
});
