/**
 * `foster` with faults of its own, for tests: XFSZ makes it throw where nobody catches, VTALRM rejects a promise. With
 * FOSTER_TEST_FAULT=lasting, each program that replaces one that has failed fails as well; with `closing`, an orderly end meets an error,
 * and with `spinning` one that comes again and again; with `stuck`, a shutdown waits for ever; with `handing over`, the first
 * re-exec fails. FOSTER_TEST_DAMAGE says how the first handover is damaged. As long as the file FOSTER_TEST_CRASH is there, which says `ftruncateSync 2`, foster is killed instead of its second such call since then. Not a test.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { main } from '../../src/cli/main.js';
import { processTerminal } from '../../src/cli/terminal.js';
import { createKernel } from '../../src/kernel/linux.js';

/** By what foster changes files: between two of these, a kill makes no difference. */
const CHANGES = ['writeSync', 'renameSync', 'ftruncateSync'] as const;

const crashFile = process.env['FOSTER_TEST_CRASH'];
if (crashFile !== undefined) {
  for (const name of CHANGES) crashInsteadOf(name, crashFile);
  syncBuiltinESMExports();
}

function crashInsteadOf(name: (typeof CHANGES)[number], file: string): void {
  const original = fs[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  const changed = (...args: unknown[]): unknown => {
    const isWanted = fs.existsSync(file) && fs.readFileSync(file, 'utf8').startsWith(`${name} `);
    calls = isWanted ? calls + 1 : 0;
    if (isWanted && fs.readFileSync(file, 'utf8') === `${name} ${calls}`)
      process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
  Object.assign(fs, { [name]: changed });
}

const fault = process.env['FOSTER_TEST_FAULT'];

/** Calls back among the last things that foster does: the mark of a supervisor that runs is removed. */
function atTheEnd(act: () => void): void {
  const { rmSync } = fs;
  fs.rmSync = (path, options) => {
    rmSync(path, options);
    if (String(path).endsWith('/begun')) act();
  };
  syncBuiltinESMExports();
}

if (fault === 'closing')
  atTheEnd(() =>
    queueMicrotask(() => {
      throw new Error('a fault at the end');
    }),
  );

if (fault === 'spinning')
  atTheEnd(() => {
    const { files, descriptors } = createKernel();
    const { read, write } = files.makePipe();
    fs.writeSync(write, 'this is never read');
    descriptors.onReadable(read, () => {
      throw new Error('a fault again and again');
    });
  });

if (fault === 'stuck') {
  // the event `shutdown` is waited for without an end
  AbortSignal.timeout = () => new AbortController().signal;
}

const originalStringify = JSON.stringify;
const damage = process.env['FOSTER_TEST_DAMAGE'];
if (damage !== undefined && process.env['FOSTER_HANDOVER'] === undefined) damageHandover(damage);

function damageHandover(how: string): void {
  JSON.stringify = (value: unknown, ...rest: unknown[]): string => {
    const text = originalStringify(value, ...(rest as []));
    if (typeof value !== 'object' || value === null || !('logPriority' in value)) return text;
    return damaged(how, text);
  };
}

function damaged(how: string, text: string): string {
  if (how === 'truncated') return text.slice(0, text.length / 2);
  const json = JSON.parse(text) as Record<string, unknown> & { readonly state: Record<string, unknown> };
  const { state } = json;
  const changes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    kind: { kind: 'of a later version' },
    failures: { failures: 'none' },
    jobs: { state: { ...state, jobs: 7 } },
    core: { state: { ...state, core: { version: 99 } } },
    lock: { lock: 999 },
    socket: { socket: 999 },
    outputs: {
      state: {
        ...state,
        outputs: (state['outputs'] as object[]).map((one) => ({ ...one, supervisor: 999 })),
      },
    },
    sockets: { state: { ...state, sockets: [{ key: 'inet 127.0.0.1:1', fd: 999 }] } },
  };
  return originalStringify({ ...json, ...changes[how] });
}

if (fault === 'handing over') {
  const { stringify } = JSON;
  JSON.stringify = (value: unknown, ...rest: unknown[]): string => {
    if (typeof value === 'object' && value !== null && 'logPriority' in value) {
      JSON.stringify = stringify;
      throw new TypeError('a fault while foster hands over');
    }
    return stringify(value, ...(rest as []));
  };
}

process.on('SIGXFSZ', () => {
  throw new Error('a fault that the test has asked for');
});
process.on('SIGVTALRM', () => {
  void Promise.reject(new Error('a rejection that the test has asked for'));
});
if (fault === 'lasting' && process.env['FOSTER_HANDOVER'] !== undefined) {
  setInterval(() => {
    if (process.listenerCount('uncaughtException') > 0) throw new Error('a fault that lasts');
  }, 5).unref();
}
process.exitCode = await main(process.argv.slice(2), processTerminal('foster'));
