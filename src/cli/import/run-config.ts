/**
 * Runs a JavaScript configuration and returns what it exports.
 * The code is not trusted. It runs in a separate process without privileges or environment, for a few seconds
 * at most. If foster is root, the process belongs to nobody; it has no network where namespaces allow that.
 */
import { spawnSync } from 'node:child_process';

/** A configuration that loads a few packages takes a second on a slow machine. */
const SECONDS = 20;
const MOST_OUTPUT = 4 * 1024 * 1024;

/** The descriptor for the result, since the configuration may print to standard output. */
const RESULT = 3;

/**
 * Runs in the process: compiles the text under its file name, so that `require`, `__dirname` and `import`
 * work.
 */
const LOADER = `
const { Module } = require('node:module');
const { createWriteStream } = require('node:fs');
const path = require('node:path');
let text = '';
process.stdin.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', async () => {
  const file = process.argv[1];
  const write = (value) =>
    createWriteStream('', { fd: ${RESULT} }).end(JSON.stringify(value, (_, one) => (typeof one === 'function' ? String(one) : one)));
  try {
    if (/^\\s*(?:export|import)\\s/m.test(text) && !/module\\.exports/.test(text)) {
      const loaded = await import('data:text/javascript;base64,' + Buffer.from(text).toString('base64'));
      write(await (loaded.default ?? loaded));
      return;
    }
    const module = new Module(file);
    module.filename = file;
    module.paths = Module._nodeModulePaths(path.dirname(file));
    const isJson = file.endsWith('.json');
    module._compile(isJson ? 'module.exports = (' + text + '\\n)' : text, file);
    write(await module.exports);
  } catch (error) {
    process.stderr.write(String(error && error.message || error));
    process.exitCode = 1;
  }
});
`;

/**
 * Runs the configuration.
 * @param path absolute
 * @param text of the file, since the process may not be allowed to read it
 * @throws Error with a message for people
 */
export function runConfig(path: string, text: string, isRoot: boolean): unknown {
  const node = [process.execPath, '--no-warnings', '-e', LOADER, path];
  const confined = isRoot ? [...NOBODY, ...node] : [...UNPRIVILEGED, ...node];
  const alone = ['unshare', ...(isRoot ? [] : ['--user', '--map-current-user']), '--net', '--', ...confined];
  // a container may not be allowed to create namespaces
  const first = run(alone, text);
  const result = first.stderr.startsWith('unshare:') || first.missing ? run(confined, text) : first;
  if (result.missing)
    throw new Error('cannot be run: setpriv(1) of util-linux is missing, which takes its rights away');
  if (result.timedOut) throw new Error(`did not end within ${SECONDS} s`);
  if (result.status !== 0)
    throw new Error(
      `failed when it was run without rights: ${result.stderr.trim().split('\n')[0] ?? 'no reason was given'}`,
    );
  return JSON.parse(result.written === '' ? 'null' : result.written);
}

const UNPRIVILEGED = ['setpriv', '--no-new-privs', '--'];
const NOBODY = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--inh-caps=-all',
  '--',
];

interface Run {
  readonly status: number | null;
  /** through the descriptor of the result */
  readonly written: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly missing: boolean;
}

function run([program = '', ...args]: readonly string[], input: string): Run {
  const result = spawnSync(program, args, {
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent' },
    input,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    timeout: SECONDS * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: MOST_OUTPUT,
  });
  const code = result.error !== undefined && 'code' in result.error ? result.error.code : undefined;
  return {
    status: result.status,
    written: result.error === undefined ? (result.output[RESULT] ?? '') : '',
    stderr: result.error === undefined ? result.stderr : '',
    timedOut: code === 'ETIMEDOUT',
    missing: code === 'ENOENT',
  };
}
