/** What clients do to a connection, against the real server. */
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { until } from '../../helpers/until.js';
import { jobStatus } from '../fake-supervisor.js';
import { serve, type Served } from '../serve.js';

const GET = 'GET /v1/version HTTP/1.1\r\nhost: f\r\n\r\n';

/** A client that keeps what it reads. */
function client(served: Served, options: { readonly allowHalfOpen?: boolean } = {}) {
  const socket = connect({ path: served.path, ...options }).setEncoding('utf8');
  let text = '';
  socket.on('data', (part: string) => (text += part));
  socket.on('error', () => undefined);
  const answers = (): number => text.split('HTTP/1.1 200 OK').length - 1;
  return {
    socket,
    answers,
    text: () => text,
    ended: new Promise((resolve) => socket.once('close', resolve)),
  };
}

const answered = (client: { answers(): number }, count: number) =>
  until(`${count} answers`, () => client.answers() >= count);

for (const isGuarded of [false, true]) {
  t.test(`${isGuarded ? 'guarded: ' : ''}one connection serves one request after the other`, async (t) => {
    const served = await serve(t, isGuarded);
    const one = client(served);
    one.socket.write(GET);
    await answered(one, 1);
    one.socket.write(GET);
    await answered(one, 2);
    one.socket.destroy();
  });

  t.test(
    `${isGuarded ? 'guarded: ' : ''}requests sent together are answered in order, the next one when the last has been`,
    async (t) => {
      const served = await serve(t, isGuarded);
      let release: (() => void) | undefined;
      const begun: string[] = [];
      served.api.onCommand = async ({ name }) => {
        begun.push(name);
        await new Promise<void>((resolve) => (release = resolve));
        return { outcome: { ok: true, job: { name, instance: '' } }, status: jobStatus(name), output: [] };
      };
      const one = client(served);
      one.socket.write('POST /v1/jobs/a/start HTTP/1.1\r\n\r\nPOST /v1/jobs/b/start HTTP/1.1\r\n\r\n');
      await until('the first', () => begun.length === 1);
      // another client is answered meanwhile
      t.match(await served.client.request('/v1/version'), { pid: 77 });
      t.same(begun, ['a']);
      release!();
      await until('the second', () => begun.length === 2);
      t.equal(one.answers(), 1);
      release!();
      await answered(one, 2);
      one.socket.destroy();
    },
  );

  t.test(
    `${isGuarded ? 'guarded: ' : ''}a client that has said all that it has to say gets its answers all the same`,
    async (t) => {
      const served = await serve(t, isGuarded);
      const one = client(served, { allowHalfOpen: true });
      one.socket.end(`${GET}${GET}GET /v1/health HTTP/1.0\r\n\r\n`);
      await one.ended;
      t.equal(one.answers(), 3);
    },
  );

  t.test(
    `${isGuarded ? 'guarded: ' : ''}a waiting command of such a client is answered, and abandoned only when the client goes`,
    async (t) => {
      const served = await serve(t, isGuarded);
      const signals: AbortSignal[] = [];
      let release: (() => void) | undefined;
      served.api.onCommand = async ({ name }, abandoned) => {
        signals.push(abandoned!);
        await new Promise<void>((resolve) => (release = resolve));
        return { outcome: { ok: true, job: { name, instance: '' } }, status: jobStatus(name), output: [] };
      };
      const one = client(served, { allowHalfOpen: true });
      one.socket.end('POST /v1/jobs/a/start HTTP/1.1\r\n\r\n');
      await until('the command', () => signals.length === 1);
      t.match(await served.client.request('/v1/version'), { pid: 77 });
      t.notOk(signals[0]!.aborted);
      release!();
      await one.ended;
      t.equal(one.answers(), 1);

      const other = client(served);
      other.socket.write('POST /v1/jobs/a/start HTTP/1.1\r\n\r\n');
      await until('the command', () => signals.length === 2);
      other.socket.destroy();
      await until('the end of the command', () => signals[1]!.aborted);
    },
  );

  t.test(`${isGuarded ? 'guarded: ' : ''}HEAD gets no body, HTTP/1.0 gets its end`, async (t) => {
    const served = await serve(t, isGuarded);
    const head = client(served);
    head.socket.write('HEAD /v1/version HTTP/1.1\r\nconnection: close\r\n\r\n');
    await head.ended;
    t.match(head.text(), /^HTTP\/1\.1 405 .*\r\n\r\n$/s);
    const old = client(served);
    old.socket.write('GET /v1/version HTTP/1.0\r\n\r\n');
    await old.ended;
    t.match(old.text(), /connection: close\r\n\r\n\{.*\}\n$/s);
  });

  t.test(`${isGuarded ? 'guarded: ' : ''}leave to send a body is given when it is asked for`, async (t) => {
    const served = await serve(t, isGuarded);
    const one = client(served);
    one.socket.write('POST /v1/events HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 13\r\n\r\n');
    await until('the leave', () => one.text() === 'HTTP/1.1 100 Continue\r\n\r\n');
    one.socket.write('{"event":"x"}');
    await answered(one, 1);
    one.socket.destroy();
  });

  t.test(
    `${isGuarded ? 'guarded: ' : ''}a body of whatever length is refused at once, and its sender sees why`,
    async (t) => {
      const served = await serve(t, isGuarded);
      const one = client(served, { allowHalfOpen: true });
      one.socket.write('POST /v1/events HTTP/1.1\r\ncontent-length: 999999999\r\n\r\n');
      const block = Buffer.alloc(64 * 1024);
      const more = (): void => {
        if (one.socket.writable) one.socket.write(block, more);
      };
      more();
      await until('the refusal', () => one.text().startsWith('HTTP/1.1 413 '));
      await one.ended;
    },
  );

  t.test(
    `${isGuarded ? 'guarded: ' : ''}clients that ask and never read hold one answer each, and nobody up`,
    async (t) => {
      const served = await serve(t, isGuarded);
      served.api.statuses = Array.from({ length: 500 }, (_, index) => jobStatus(`job-${index}`));
      let lists = 0;
      const jobs = served.api.jobs.bind(served.api);
      served.api.jobs = (patterns) => {
        lists += 1;
        return jobs(patterns);
      };
      served.pretend.uid = 4711;
      const crowd: Socket[] = [];
      t.teardown(() => crowd.forEach((socket) => socket.destroy()));
      for (let index = 0; index < 16; index += 1) {
        const socket = connect(served.path);
        socket.on('error', () => undefined);
        socket.write('GET /v1/jobs HTTP/1.1\r\n\r\n'.repeat(1500));
        crowd.push(socket);
      }
      await until('their first answers', () => lists >= 16);
      served.pretend.uid = 0;
      for (let index = 0; index < 20; index += 1)
        t.match(await served.client.request('/v1/version'), { pid: 77 });
      // what fits into the buffers of the sockets is answered, too: some 200 KB each
      t.ok(lists < 16 * 10, `${lists} of 24,000 were answered`);
    },
  );

  t.test(`${isGuarded ? 'guarded: ' : ''}whoever is refused learns why`, async (t) => {
    const served = await serve(t, isGuarded);
    served.pretend.uid = 4711;
    const crowd = Array.from({ length: 40 }, () => client(served));
    t.teardown(() => crowd.forEach(({ socket }) => socket.destroy()));
    await until('refusals', () => crowd.filter(({ text }) => text() !== '').length === 8);
    const refused = crowd.find(({ text }) => text() !== '')!;
    await refused.ended;
    t.match(
      refused.text(),
      /^HTTP\/1\.1 429 Too Many Requests\r\n.*"error":"busy","message":"User 4711 has 32/s,
    );
    crowd.find(({ text }) => text() === '')!.socket.destroy();
    await until('a place', async () => {
      const one = client(served);
      one.socket.write(GET.replace('host', 'connection: close\r\nhost'));
      await one.ended;
      return one.answers() === 1;
    });
  });
}
