import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { RefusedError } from '../../../src/control/client/client.js';
import { ControlServer } from '../../../src/control/server/server.js';
import { EventLoop } from '../../../src/kernel/event-loop.js';
import { failure, FakeSupervisor, jobStatus, runningJob } from '../fake-supervisor.js';
import { OWN_UID, serve, shortDirectory, type Served } from '../serve.js';

/** One request as curl would send it, with whatever body. */
async function raw(served: Served, method: string, path: string, body?: string) {
  const sent = request({ socketPath: served.path, method, path, agent: false });
  // Node's own client may still be writing when the answer comes
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return {
    status: response.statusCode,
    headers: response.headers,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

t.test('lists jobs, those that match when patterns are given', async (t) => {
  const served = await serve(t);
  served.api.statuses = [jobStatus('cron'), runningJob('web-1', 12), runningJob('web-2', 13)];
  t.same((await raw(served, 'GET', '/v1/jobs')).body, served.api.statuses);
  t.same((await raw(served, 'GET', '/v1/jobs?match=web-*')).body, served.api.statuses.slice(1));
});

t.test('answers the status of a job whose name holds a slash', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('net/apache', 12)];
  t.same((await raw(served, 'GET', '/v1/jobs/net%2Fapache')).body, served.api.statuses[0]);
});

t.test('a command carries everything that was asked', async (t) => {
  const served = await serve(t);
  const body = {
    env: ['N=1'],
    instance: '1',
    wait: 'upstart',
    dialect: 'upstart',
    fresh: true,
    timeout: 500,
  };
  const answer = await raw(served, 'POST', '/v1/jobs/sshd/restart', JSON.stringify(body));
  t.equal(answer.status, 200);
  t.same(served.api.commands, [{ verb: 'restart', name: 'sshd', by: 1000, ...body }]);
});

t.test('a command without a body has the defaults of foster', async (t) => {
  const served = await serve(t);
  await raw(served, 'POST', '/v1/jobs/sshd/start');
  t.same(served.api.commands, [
    { verb: 'start', name: 'sshd', env: [], wait: 'settled', dialect: 'foster', by: 1000 },
  ]);
});

t.test('a failed command is an error with the answer beside it', async (t) => {
  const served = await serve(t);
  const outcome = failure('job-failed', 'Job failed to start');
  served.api.onCommand = () => ({ outcome, status: jobStatus('sshd'), output: ['no host keys'] });
  const { status, body } = await raw(served, 'POST', '/v1/jobs/sshd/start');
  t.equal(status, 422);
  t.match(body, {
    error: 'job-failed',
    message: 'Job failed to start',
    answer: { output: ['no host keys'] },
  });
});

t.test('requests that make no sense get one clear error each', async (t) => {
  const served = await serve(t);
  const cases: [string, string, string | undefined, number, object][] = [
    ['GET', '/v2/jobs', undefined, 404, { error: 'not-found', message: 'There is no /v2/jobs' }],
    ['GET', '/v1/jobs/..', undefined, 404, { error: 'unknown-job', message: 'Unknown job: ..' }],
    ['PUT', '/v1/jobs', undefined, 405, { error: 'method-not-allowed', expected: 'GET' }],
    ['POST', '/v1/jobs/sshd/start', '{', 400, { error: 'bad-request', message: /^The body is not JSON/ }],
    ['POST', '/v1/jobs/sshd/start', '[]', 400, { error: 'bad-request', message: /not a JSON object/ }],
    ['POST', '/v1/jobs/sshd/start', '{"wiat":1}', 400, { message: 'Unknown field: wiat', expected: /wait/ }],
    ['POST', '/v1/jobs/sshd/start', '{"wait":1}', 400, { message: 'Field wait is 1', expected: /settled/ }],
    ['POST', '/v1/jobs/sshd/start', '{"env":["N"]}', 400, { message: 'Env must be KEY=VALUE pairs' }],
    ['POST', '/v1/jobs/sshd/start', '{"timeout":-1}', 400, { expected: 'a number of at least 0' }],
    ['POST', '/v1/jobs//start', undefined, 400, { message: 'Name may not be empty string' }],
    ['GET', '/v1/jobs/%ff', undefined, 400, { message: /percent-encoded/ }],
    ['GET', '/v1/jobs/nosuch', undefined, 404, { error: 'unknown-job', message: 'Unknown job: nosuch' }],
    ['POST', '/v1/events', '{}', 400, { message: 'Missing field: event' }],
    ['POST', '/v1/events', '{"event":""}', 400, { message: 'Name may not be empty string' }],
    ['PUT', '/v1/log-priority', '{"priority":"loud"}', 400, { expected: /debug, info/ }],
    ['GET', '/v1/health?level=great', undefined, 400, { expected: 'live or ready' }],
  ];
  for (const [method, path, body, status, expected] of cases) {
    const answer = await raw(served, method, path, body);
    t.equal(answer.status, status, `${method} ${path}`);
    t.match(answer.body, expected, `${method} ${path} ${body ?? ''}`);
  }
  t.equal((await raw(served, 'PUT', '/v1/jobs')).headers.allow, 'GET');
  t.same(served.api.commands, [], 'nothing reached the supervisor');
  t.same(served.warnings, []);
});

t.test('a body over the limit is refused with an answer', async (t) => {
  const served = await serve(t);
  const { status, body } = await raw(served, 'POST', '/v1/events', 'x'.repeat(300_000));
  t.equal(status, 413);
  t.equal(body['error'], 'too-large');
});

t.test('what is not HTTP gets a JSON error', async (t) => {
  const { path } = await serve(t);
  const socket = connect(path).setEncoding('utf8');
  socket.end('start sshd\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  t.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
  t.match(JSON.parse(text.split('\r\n\r\n')[1]!), { error: 'bad-request', expected: 'HTTP/1.1' });
});

t.test('a mistake inside the supervisor is answered, and reported with its place', async (t) => {
  const served = await serve(t);
  served.api.onCommand = () => {
    throw new Error('out of cheese');
  };
  const { status, body } = await raw(served, 'POST', '/v1/jobs/sshd/start');
  t.equal(status, 500);
  t.same(body, { error: 'internal', message: 'out of cheese' });
  t.match(served.warnings, [/POST \/v1\/jobs\/sshd\/start failed: Error: out of cheese\n/]);
  t.equal((await raw(served, 'GET', '/v1/jobs')).status, 200, 'the next request is served');
});

t.test('strangers read the list and the status, nothing else', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12, { waitingFor: 'event starting SECRET=1' })];
  served.pretend.uid = 4711;
  t.equal((await raw(served, 'GET', '/v1/jobs')).status, 200);
  t.notOk('waitingFor' in (await raw(served, 'GET', '/v1/jobs/sshd')).body, 'no environment of events');
  t.equal((await raw(served, 'GET', '/v1/version')).status, 200);
  for (const [method, path, body] of [
    ['POST', '/v1/jobs/sshd/stop', undefined],
    ['GET', '/v1/jobs/sshd/tree', undefined],
    ['GET', '/v1/jobs/sshd/log-files', undefined],
    ['GET', '/v1/classes', undefined],
    ['GET', '/v1/environment', undefined],
    ['GET', '/v1/events', undefined],
    ['POST', '/v1/events', '{"event":"x"}'],
    ['POST', '/v1/shutdown', undefined],
  ] as const) {
    const answer = await raw(served, method, path, body);
    t.equal(answer.status, 403, `${method} ${path}`);
    t.match(answer.body, { error: 'forbidden', message: /^Permission denied: user 4711 may not / });
  }
  t.same([...served.api.commands, ...served.api.calls], []);
});

t.test("root may do everything beside the supervisor's own user", async (t) => {
  const served = await serve(t);
  for (const uid of [0, OWN_UID]) {
    served.pretend.uid = uid;
    t.equal((await raw(served, 'POST', '/v1/jobs/sshd/stop')).status, 200);
  }
});

t.test('a client that goes away abandons its command', async (t) => {
  const served = await serve(t);
  const asked = new Promise<AbortSignal>((resolve) => {
    served.api.onCommand = (_request, abandoned) => {
      resolve(abandoned!);
      return new Promise(() => undefined);
    };
  });
  const sent = request({
    socketPath: served.path,
    method: 'POST',
    path: '/v1/jobs/sshd/start',
    agent: false,
  });
  sent.on('error', () => undefined);
  sent.end();
  const abandoned = await asked;
  sent.destroy();
  if (!abandoned.aborted) await once(abandoned, 'abort');
  t.ok(abandoned.aborted);
});

t.test('the socket', (t) => {
  const options = (path: string) => ({
    api: new FakeSupervisor(),
    path,
    ownUid: OWN_UID,
    connections: 100,
    descriptors: new EventLoop(),
    peerCredentials: () => ({ pid: 1, uid: 0, gid: 0 }),
    warn: () => undefined,
  });

  t.test('is open to everybody, since credentials decide', async (t) => {
    const { path } = await serve(t);
    t.equal(statSync(path).mode & 0o777, 0o666);
  });

  t.test('answers nobody before whoever listens has gone on: a request would find no jobs yet', async (t) => {
    const path = join(shortDirectory(t), 's');
    let hasGoneOn = false;
    const listening = ControlServer.listen(options(path)).then((server) => ((hasGoneOn = true), server));
    while (!existsSync(path)) await new Promise(setImmediate);
    t.ok(hasGoneOn, 'before anything else can happen in the event loop');
    (await listening).close();
  });

  t.test('is removed at the end', async (t) => {
    const path = join(shortDirectory(t), 's');
    (await ControlServer.listen(options(path))).close();
    t.notOk(existsSync(path));
  });

  t.test('of a living supervisor is not taken away', async (t) => {
    const { path, client } = await serve(t);
    await t.rejects(ControlServer.listen(options(path)), { message: /another supervisor listens there/ });
    t.match(await client.request('/v1/version'), { pid: 77 });
  });

  t.test('left behind by a dead supervisor is replaced', async (t) => {
    const path = join(shortDirectory(t), 's');
    // a socket that is bound but closed without being unlinked: rename it away from under its owner's clean-up
    const dead = createServer().listen(`${path}.dead`);
    await once(dead, 'listening');
    renameSync(`${path}.dead`, path);
    dead.close();
    await once(dead, 'close');
    t.ok(existsSync(path));
    const server = await ControlServer.listen(options(path));
    server.close();
  });

  t.test('does not replace a file', async (t) => {
    const path = join(shortDirectory(t), 's');
    writeFileSync(path, 'precious');
    await t.rejects(ControlServer.listen(options(path)), { message: /something that is not a socket/ });
  });

  t.test('with a path that is too long is a clear error', async (t) => {
    const path = join(shortDirectory(t), 'x'.repeat(100));
    await t.rejects(ControlServer.listen(options(path)), { message: /bytes, at most 107 are possible/ });
  });

  t.test('in a directory that is not there is a clear error', async (t) => {
    await t.rejects(ControlServer.listen(options(join(shortDirectory(t), 'no/s'))), {
      message: /there is no directory .*\/no$/,
    });
  });
  t.end();
});

t.test('the environment of jobs', async (t) => {
  const { api, client } = await serve(t);
  t.same(await client.request('/v1/environment'), api.variables);
  const change = { kind: 'set', variable: 'A=1', retain: false };
  await client.request('/v1/environment', { method: 'POST', body: { change } });
  t.same(api.calls, [`environment ${JSON.stringify(change)}`]);
  api.environmentWritable = false;
  await t.rejects(
    client.request('/v1/environment', { method: 'POST', body: { change: { kind: 'reset' } } }),
    new RefusedError(403, {
      error: 'not-permitted',
      message: 'Not permissible to modify PID 1 job environment',
    }),
  );
  await t.rejects(client.request('/v1/environment?job=nosuch'), { message: 'Unknown job: nosuch' });
});

t.test('health', async (t) => {
  const served = await serve(t);
  served.api.statuses = [
    runningJob('a', 1),
    jobStatus('b', { goal: 'start', state: 'pre-start', waitingFor: 'pre-start process (5) to end' }),
    jobStatus('c', { failure: 'main process (6) terminated with status 1' }),
    jobStatus('d'),
  ];
  t.match(await raw(served, 'GET', '/v1/health'), { status: 200, body: { live: true, ready: false } });
  t.match(await raw(served, 'GET', '/v1/health?level=ready'), {
    status: 503,
    body: {
      unready: [
        { job: 'b', reason: 'waits for pre-start process (5) to end' },
        { job: 'c', reason: 'main process (6) terminated with status 1' },
      ],
    },
  });
  served.api.statuses = [runningJob('a', 1)];
  t.match(await raw(served, 'GET', '/v1/health?level=ready'), { status: 200, body: { ready: true } });
});
