import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { runningJob } from '../control/fake-supervisor.js';
import { serve, type Served } from '../control/serve.js';
import { plainEnvironment, spawnChild } from '../helpers/child.js';
import { until } from '../helpers/until.js';
import { ask } from '../web/support/web.js';
import { runFoster } from './run-foster.js';

const FOSTER = fileURLToPath(new URL('../helpers/foster.js', import.meta.url));

function started(t: Test, served: Served, args: readonly string[]) {
  const child = spawnChild(process.execPath, [FOSTER, 'web', '--socket', served.path, ...args], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const printed = { out: '', err: '' };
  child.stdout!.on('data', (part: Buffer) => (printed.out += part.toString()));
  child.stderr!.on('data', (part: Buffer) => (printed.err += part.toString()));
  return { child, printed };
}

/** What is behind `http://` and behind `#token=`. */
function partsOf(url: string): readonly [address: string, token: string] {
  const [, address, token] = /^http:\/\/(127\.0\.0\.1:\d+)\/#token=([\w-]{43})\n$/.exec(url) ?? [];
  return [address ?? '', token ?? ''];
}

t.test('foster web prints its address with a token, and serves the page that was built', async (t) => {
  const served = await serve(t);
  served.api.statuses = [runningJob('sshd', 12)];
  served.pretend.uid = 4711;
  const { child, printed } = started(t, served, []);
  await until('the address', () => printed.out.endsWith('\n'));
  const [address, token] = partsOf(printed.out);
  t.match(await ask(address, '/'), { status: 200, text: /<script type="module" src="\/page\.js">/ });
  for (const path of ['/page.js', '/page.css', '/icon.svg'])
    t.equal((await ask(address, path)).status, 200, path);
  const { text } = await ask(address, '/');
  t.notMatch(text, /<style|style=|<script>| on\w+="|https?:/, 'nothing inline, nothing from elsewhere');
  t.equal((await ask(address, '/api/log?job=a&text=b')).status, 401);
  const headers = { authorization: `Bearer ${token}` };
  t.equal(
    (await ask(address, '/api/log?job=sshd&text=b', { headers })).status,
    403,
    'whoever runs it is not the owner',
  );
  child.kill('SIGTERM');
  t.strictSame(await once(child, 'exit'), [0, null]);
});

t.test('--token-file: for its owner alone, gone at the end, and a link there is not followed', async (t) => {
  const served = await serve(t);
  const directory = mkdtempSync(join(tmpdir(), 'foster-web-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const [file, victim] = [join(directory, 'url'), join(directory, 'victim')];
  writeFileSync(victim, 'untouched');
  chmodSync(victim, 0o644);
  symlinkSync(victim, file);
  const { child, printed } = started(t, served, ['--token-file', file]);
  await until('the file', () => printed.err.includes(file) && statSync(file).size > 20);
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.equal(readFileSync(victim, 'utf8'), 'untouched');
  const [address, token] = partsOf(readFileSync(file, 'utf8'));
  t.equal((await ask(address, '/')).status, 200);
  t.notOk(`${printed.out}${printed.err}`.includes(token), 'it is not printed as well');
  child.kill('SIGINT');
  t.strictSame(await once(child, 'exit'), [0, null]);
  t.notOk(existsSync(file));
});

t.test('no address but those of this machine', async (t) => {
  const served = await serve(t);
  for (const listen of ['0.0.0.0:80', '10.0.0.1:80', 'x', '99999', '[::]:80'])
    t.match(await runFoster(served, ['web', '--listen', listen]), { status: 2, err: /expected a port/ });
});
