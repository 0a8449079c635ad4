import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import type { ActionAnswer } from '../../../src/web/wire.js';
import { jobStatus, runningJob } from '../../control/fake-supervisor.js';
import { OWN_UID } from '../../control/serve.js';
import { until } from '../../helpers/until.js';
import { ask, follow, open, openWeb, TOKEN, WITH_TOKEN } from '../support/web.js';

const JSON_TYPE = { 'content-type': 'application/json' };

function act(body: unknown) {
  return { method: 'POST', headers: { ...WITH_TOKEN, ...JSON_TYPE }, body: JSON.stringify(body) };
}

t.test('only names of this machine are answered (DNS rebinding)', async (t) => {
  const { address } = await openWeb(t);
  const port = address.split(':')[1]!;
  for (const host of [address, `localhost:${port}`, `[::1]:${port}`, '127.0.0.1', '127.8.9.1:80'])
    t.equal((await ask(address, '/', { headers: { host } })).status, 200, host);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.evil',
    '10.0.0.1',
  ])
    for (const path of ['/', '/api/stream'])
      t.equal(
        (await ask(address, path, { headers: { ...WITH_TOKEN, host } })).status,
        403,
        `${host} ${path}`,
      );
});

t.test('the page itself needs no token; everything else does', async (t) => {
  const { address } = await openWeb(t);
  t.match(await ask(address, '/'), { status: 200, text: '<p>page</p>' });
  t.match(await ask(address, '/', { method: 'HEAD' }), { status: 200, text: '' });
  const wrong = [
    undefined,
    'Bearer',
    'Bearer x',
    `Basic ${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
  ];
  for (const authorization of wrong) {
    const headers = authorization === undefined ? {} : { authorization };
    for (const path of ['/api/stream', '/api/log?job=a&text=b', '/api/nothing'])
      t.match(
        await ask(address, path, { headers }),
        { status: 401, text: /"error":"The token/ },
        `${authorization} ${path}`,
      );
  }
  t.equal((await ask(address, '/api/stream?token=' + TOKEN)).status, 401, 'an address ends up in logs');
  t.equal(
    (await ask(address, '/api/stream', { headers: { cookie: `token=${TOKEN}` } })).status,
    401,
    'no cookie',
  );
});

t.test('requests of other pages are refused even with the token', async (t) => {
  const { address, served } = await openWeb(t);
  served.pretend.uid = OWN_UID;
  served.api.statuses = [runningJob('web', 12)];
  const body = { name: 'web', instance: '', action: 'stop' };
  const from = (headers: Record<string, string>) => {
    const sent = act(body);
    return ask(address, '/api/act', { ...sent, headers: { ...sent.headers, ...headers } });
  };
  t.equal((await from({ origin: 'http://evil.example' })).status, 403);
  t.equal((await from({ origin: 'http://127.0.0.1:1' })).status, 403, 'another port of this machine');
  t.equal((await from({ origin: 'null' })).status, 403, 'a sandboxed frame');
  t.equal((await from({ 'sec-fetch-site': 'cross-site' })).status, 403);
  t.equal(
    (await from({ 'sec-fetch-site': 'same-site' })).status,
    403,
    "another user's port is the same site",
  );
  t.equal((await from({ 'content-type': 'text/plain' })).status, 415, 'what a form can send');
  t.equal(served.api.commands.length, 0);
  t.equal((await from({ origin: `http://${address}`, 'sec-fetch-site': 'same-origin' })).status, 200);
  t.match(served.api.commands, [{ verb: 'stop', name: 'web' }]);
});

t.test('no header lets other pages in', async (t) => {
  const { address } = await openWeb(t);
  const preflight = {
    method: 'OPTIONS',
    headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
  };
  for (const answer of [
    await ask(address, '/'),
    await ask(address, '/api/act', preflight),
    await ask(address, '/x'),
  ]) {
    t.notOk(Object.keys(answer.headers).some((name) => name.startsWith('access-control')));
    t.notOk(answer.headers['set-cookie']);
    t.match(answer.headers, {
      'content-security-policy':
        /default-src 'none'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    t.notMatch(answer.headers['content-security-policy'], /unsafe|\*|https?:/);
  }
});

t.test('a path names one of the files of the page, and nothing else', async (t) => {
  const { address } = await openWeb(t);
  const paths = [
    '/../package.json',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
    '//etc/passwd',
    '/index.html/..',
    '/./../x',
  ];
  for (const path of paths) t.notMatch((await ask(address, path)).text, /"name"|root:/, path);
  t.equal((await ask(address, '/%2e%2e/package.json')).status, 404);
  t.equal((await ask(address, '/page.js')).status, 404, 'not among the files that were read');
});

t.test('other methods are refused', async (t) => {
  const { address } = await openWeb(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
    t.equal((await ask(address, '/', { method })).status, 405, method);
  t.equal((await ask(address, '/api/act', { headers: WITH_TOKEN })).status, 405);
  t.equal((await ask(address, '/api/stream', { headers: WITH_TOKEN, method: 'POST' })).status, 405);
});

t.test('an action reaches foster, and its failure reaches the page', async (t) => {
  const { address, served } = await openWeb(t);
  served.api.statuses = [runningJob('net/apache', 12, { instance: '2' })];
  const send = async (body: unknown) => {
    const { status, text } = await ask(address, '/api/act', act(body));
    return { status, ...(JSON.parse(text) as ActionAnswer) };
  };
  t.match(await send({ name: 'net/apache', instance: '2', action: 'restart' }), {
    status: 200,
    ok: true,
    message: 'net/apache (2) restarted',
  });
  t.match(served.api.commands, [{ verb: 'restart', name: 'net/apache', instance: '2', wait: 'settled' }]);
  t.match(await send({ name: 'net/apache', instance: '2', action: 'signal', signal: 'HUP' }), {
    ok: true,
    message: 'net/apache (2): HUP sent to process 7',
  });
  t.match(served.api.calls, ['signal net/apache 1 process']);
  served.api.onCommand = () => ({
    outcome: { ok: false, error: 'job-failed', message: 'Job failed to start' },
    status: null,
    output: ['\x1b[31mno <b>such</b> table'],
  });
  t.match(await send({ name: 'db', instance: '', action: 'start' }), {
    status: 200,
    ok: false,
    message: 'Job failed to start',
    output: ['\\x1b[31mno <b>such</b> table'],
  });
});

t.test('what is no action is refused before foster is asked', async (t) => {
  const { address, served } = await openWeb(t);
  const bodies = [
    {},
    { name: '', action: 'stop' },
    { name: 'a', action: 'shutdown' },
    { name: 'a', action: 'toString' },
    { name: 'a', action: 'signal' },
    { name: 'a', instance: 1, action: 'stop' },
    ['a'],
    null,
  ];
  for (const body of bodies)
    t.equal((await ask(address, '/api/act', act(body))).status, 400, JSON.stringify(body));
  t.match(await ask(address, '/api/act', { ...act({}), body: '{' }), { status: 400, text: /is not JSON/ });
  t.match(await ask(address, '/api/act', act({ name: 'x'.repeat(5000) })), { status: 413 });
  t.equal(served.api.commands.length, 0);
});

t.test('--read-only: nothing can be changed', async (t) => {
  const { address, served } = await openWeb(t, { mayAct: false });
  t.equal((await ask(address, '/api/act', act({ name: 'a', action: 'stop' }))).status, 403);
  t.equal(served.api.commands.length, 0);
  const stream = await follow(t, address);
  t.equal((await stream.next('hello')).mayAct, false);
});

t.test('there is a limit of open pages, and a page that closes makes room', async (t) => {
  const { address, web } = await openWeb(t);
  const streams = await Promise.all(Array.from({ length: 16 }, () => follow(t, address)));
  for (const stream of streams) await stream.next('hello');
  t.equal((await ask(address, '/api/stream', { headers: WITH_TOKEN })).status, 429);
  streams[0]!.close();
  await until('room', async () => {
    const response = await open(address, '/api/stream', { headers: WITH_TOKEN });
    response.destroy();
    return response.statusCode === 200;
  });
  t.ok(web.hub.isActive);
});

t.test('a page that does not read is not waited for, and its part in memory has a bound', async (t) => {
  const { address, served } = await openWeb(t);
  served.api.statuses = [jobStatus('a')];
  const [host, port] = address.split(':');
  const stalled = connect(Number(port), host);
  await once(stalled, 'connect');
  stalled.pause();
  stalled.write(`GET /api/stream HTTP/1.1\r\nhost: ${address}\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
  t.teardown(() => stalled.destroy());
  const reader = await follow(t, address);
  await reader.next('foster', ({ isUp }) => isUp);
  await until('a subscription', () => served.api.listeners.size > 0);
  // more than sockets and the server keep: the reader gets all, and the other one nothing from some entry on
  const text = 'x'.repeat(900);
  let last = '';
  for (let batch = 0; batch < 60; batch += 1) {
    for (let number = 0; number < 250; number += 1) {
      last = `${batch}/${number} ${text}`;
      served.api.publish({ at: new Date().toISOString(), type: 'log', level: 'warn', text: last });
    }
    await reader.next('entries', ({ entries }) => entries.some((entry) => entry.text === last));
    reader.messages.length = 0;
  }
  let read = '';
  stalled.on('data', (part) => (read += part.toString()));
  stalled.resume();
  const missed = await until('the notice', () => /"type":"missed","count":(\d+)/.exec(read)?.[1]);
  t.ok(Number(missed) > 10, `${missed} messages were dropped`);
  t.ok(read.length < 12 * 1024 * 1024);
});

t.test('with no page open foster is asked for nothing', async (t) => {
  const { address, served, web } = await openWeb(t);
  t.notOk(web.hub.isActive);
  t.equal(served.api.listeners.size, 0);
  const stream = await follow(t, address);
  await until('a subscription', () => served.api.listeners.size === 1);
  stream.close();
  await until('the end of the subscription', () => served.api.listeners.size === 0);
  t.notOk(web.hub.isActive);
});
