import t from 'tap';
import {
  inheritedEnvironment,
  protectedEnvironment,
} from '../../../src/supervisor/launch/inherited-environment.js';

t.test('what bin/foster has set aside is there again, and what it tells foster alone is not', (t) => {
  const env = {
    PATH: '/bin',
    FOSTER_KEPT_NODE_OPTIONS: '--require /x',
    FOSTER_KEPT_LD_PRELOAD: '',
    FOSTER_OPEN_FILES: '1024',
    FOSTER_SOCKET: '/s',
  };
  t.same(inheritedEnvironment(env), {
    PATH: '/bin',
    NODE_OPTIONS: '--require /x',
    LD_PRELOAD: '',
    FOSTER_SOCKET: '/s',
  });
  t.end();
});

t.test('a program of foster’s that Node runs is not changed by the environment of a job', (t) => {
  const env = [
    'PATH=/bin',
    'NODE_OPTIONS=--require /home/app/x',
    'LD_PRELOAD=/x.so',
    'OPENSSL_CONF=/c',
    'NODE=1',
  ];
  const aside = protectedEnvironment(env);
  t.same(
    aside.filter((variable) => !variable.startsWith('FOSTER_KEPT_')),
    ['PATH=/bin', 'NODE=1'],
  );
  const pairs = aside.map((variable) => variable.split('=', 2) as [string, string]);
  const again = Object.entries(inheritedEnvironment(Object.fromEntries(pairs)));
  t.same(
    again.map(([name, value]) => `${name}=${value}`),
    env,
    'and the job gets it whole',
  );
  t.end();
});
