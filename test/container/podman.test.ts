/**
 * The image of examples/Dockerfile, built by podman, and run as people run it: read-only, as another user, without capabilities, on a
 * terminal, by `podman kube play` and by podman-compose. One image serves all; it takes some minutes to build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { test, type Test } from 'tap';
import { isInstalled } from '../daemons/support/requirements.js';
import { outcomeOf, spawnChild } from '../helpers/child.js';
import { until } from '../helpers/until.js';
import { noImages, Podman } from './support/podman.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const IMAGE = 'localhost/foster-example';
const INIT = ['--entrypoint', '["foster","init","--"]'];
/** `docker stop` waits 10 s */
const STOP_SECONDS = 9;

const example = (name: string): string => readFileSync(join(ROOT, 'examples', name), 'utf8');

async function untilReady(t: Test, podman: Podman, container: string): Promise<void> {
  const { status, out, err } = await podman.run(
    'exec',
    container,
    'foster',
    'health',
    '--level',
    'ready',
    '--wait',
    '60',
  );
  t.equal(status, 0, `${container}: ${out}${err}`);
}

/** Stops a container as `docker stop` does. @returns its exit status */
async function stop(t: Test, podman: Podman, container: string): Promise<string> {
  const began = performance.now();
  await podman.must('stop', container);
  const seconds = (performance.now() - began) / 1000;
  t.ok(seconds < STOP_SECONDS, `${container} was stopped within ${STOP_SECONDS} s: ${seconds.toFixed(1)} s`);
  return podman.must('inspect', '--format', '{{.State.ExitCode}}', container);
}

test('the image of examples/Dockerfile', { skip: noImages, timeout: 1_500_000 }, async (t) => {
  const podman = new Podman(t);
  await podman.makeBase('bookworm', [
    'docker.io/library/node:20-slim',
    'docker.io/library/debian:bookworm-slim',
  ]);
  const file = join(ROOT, 'examples/Dockerfile');
  // Docker's form has health checks, which OCI's has not
  const build = ['build', '--pull-never', '--network', 'host', '--layers=false', '--format', 'docker'];
  await podman.must(...build, '--file', file, '--tag', IMAGE, ROOT);
  const size = async (image: string): Promise<number> =>
    Number(await podman.must('image', 'inspect', '--format', '{{.Size}}', image));
  const added = (await size(IMAGE)) - (await size('docker.io/library/debian:bookworm-slim'));
  t.comment(`nginx, Node.js and foster: ${(added / 1e6).toFixed(0)} MB`);

  await t.test('its service is up, its health check passes, and a stop ends with 0', async (t) => {
    const began = performance.now();
    await podman.must('run', '--detach', '--name', 'plain', IMAGE);
    await untilReady(t, podman, 'plain');
    t.comment(`ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
    t.match(await podman.must('exec', 'plain', 'foster', 'list'), /^nginx +running/m);
    t.equal((await podman.run('healthcheck', 'run', 'plain')).status, 0);
    t.equal(await stop(t, podman, 'plain'), '0');
    t.match((await podman.run('logs', 'plain')).err, /1 job up after/);
  });

  await t.test('a read-only root', async (t) => {
    const tmpfs = ['/run', '/tmp', '/var/log/foster', '/var/log/nginx', '/var/lib/nginx'].flatMap((path) => [
      '--tmpfs',
      path,
    ]);
    await podman.must('run', '--detach', '--name', 'read-only', '--read-only', ...tmpfs, IMAGE);
    await untilReady(t, podman, 'read-only');
    t.equal(await stop(t, podman, 'read-only'), '0');
  });

  const traps = 'trap "exit 7" TERM; while :; do sleep 0.1; done';
  for (const [name, flags] of Object.entries({
    'another user': ['--user', '12345'],
    'no capability': ['--cap-drop', 'all'],
  })) {
    await t.test(`${name}: COMMAND runs, and its status is the container's`, async (t) => {
      const container = name.replace(' ', '-');
      await podman.must('run', '--detach', '--name', container, ...flags, ...INIT, IMAGE, 'sh', '-c', traps);
      await podman.must('exec', container, 'foster', 'health', '--wait', '60');
      t.match(await podman.must('exec', container, 'foster', 'list', 'command'), /^command +running/m);
      t.equal(await stop(t, podman, container), '7');
    });
  }

  await t.test('a COMMAND that does not listen is killed before podman would', async (t) => {
    const deaf = 'trap "" TERM; echo deaf; while :; do sleep 0.1; done';
    await podman.must('run', '--detach', '--name', 'deaf', ...INIT, IMAGE, 'sh', '-c', deaf);
    await until('the trap', async () => (await podman.run('logs', 'deaf')).out.includes('deaf'));
    t.equal(await stop(t, podman, 'deaf'), '137');
  });

  await t.test('a shell on the terminal has job control, and Ctrl-C is for its foreground', async (t) => {
    const words = ['podman', 'run', '--rm', '--interactive', '--tty', ...INIT, IMAGE, 'sh', '-i'];
    const line = words.map((word) => `'${word}'`).join(' ');
    const script = spawnChild('script', ['-qec', line, '/dev/null'], {
      env: { ...podman.env, TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let seen = '';
    script.stdout!.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    const ended = outcomeOf(script);
    // what is typed once more may come when the shell has just ended
    script.stdin!.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    /**
     * Types it again and again until it is answered: a key that signals to the foreground also empties what the terminal has not
     * handed over yet, and the shell may not have put its program there.
     */
    const type = async (text: string, answer: () => boolean): Promise<void> => {
      seen = '';
      await until(JSON.stringify(text), async () => {
        if (!answer()) script.stdin!.write(text);
        await pause(200);
        return answer();
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; there was ${JSON.stringify(seen)}`, { cause: error });
      });
    };
    const printed = (pattern: RegExp) => (): boolean => pattern.test(seen);
    await until('a prompt', () => seen.includes('# '));
    await type('echo begun-$((1 + 1)); sleep 1000\n', printed(/begun-2/));
    await type('\x1a', printed(/Stopped/));
    await type('bg; echo back-$((1 + 1))\n', printed(/back-2/));
    await type('echo fore-$((1 + 1)); fg\n', printed(/fore-2[\s\S]*sleep 1000/));
    await type('\x03', printed(/# $/));
    let isOver = false;
    void ended.then(() => (isOver = true));
    await type('exit 5\n', () => isOver);
    t.equal((await ended).status, 5);
  });

  const kube = isInstalled('catatonit') ? false : 'needs catatonit, for the pause container';
  await t.test('podman kube play of pod.yaml, with its probes', { skip: kube }, async (t) => {
    const manifest = join(podman.directory, 'pod.yaml');
    writeFileSync(manifest, example('pod.yaml'));
    await podman.must('kube', 'play', manifest);
    const container = 'foster-example-web';
    await untilReady(t, podman, container);
    t.equal((await podman.run('healthcheck', 'run', container)).status, 0, 'the liveness probe');
    await podman.must('pod', 'stop', 'foster-example');
    t.equal(await podman.must('inspect', '--format', '{{.State.ExitCode}}', container), '0');
    await podman.must('kube', 'play', '--down', manifest);
  });

  const compose = isInstalled('podman-compose') ? false : 'there is no podman-compose';
  await t.test('podman-compose with compose.yaml', { skip: compose }, async (t) => {
    const manifest = join(podman.directory, 'compose.yaml');
    // the image is there already, and its port may be taken on this machine
    const text = example('compose.yaml')
      .replace(/ {4}build:\n(?: {6}.*\n)+/, `    image: ${IMAGE}\n`)
      .replace(/ {4}ports:\n(?: {6}.*\n)+/, '');
    writeFileSync(manifest, text);
    const run = (...args: readonly string[]) =>
      outcomeOf(
        spawnChild('podman-compose', ['-f', manifest, '-p', 'foster', ...args], {
          env: podman.env,
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      );
    const up = await run('up', '--detach');
    t.equal(up.status, 0, up.status === 0 ? 'up' : up.err);
    await untilReady(t, podman, 'foster_web_1');
    t.equal((await run('down')).status, 0);
  });
});
