/**
 * Whether what foster passes to the C library is what musl, Alpine's, takes. Node for musl is in no registry of Debian or
 * npm, so this looks at the library itself (Debian packages musl-dev, musl-tools, binutils and gcc): every other test shows
 * that glibc takes it, and musl is compared with that.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'tap';

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const LIBRARY = `/usr/lib/${MACHINE}-linux-musl/libc.so`;
const NEEDED = [LIBRARY, '/usr/bin/musl-gcc', '/usr/bin/gcc', '/usr/bin/nm'];
const missing = NEEDED.filter((path) => !existsSync(path));
const skip = missing.length === 0 ? false : `needs ${missing.join(', ')}`;

/** The compiled modules that declare functions of the C library, as `declare('int', 'kill', ...)`. */
const KERNEL = fileURLToPath(new URL('../../src/kernel/', import.meta.url));
/** what Node itself brings */
const OF_LIBUV = 'uv_';

/** Names by kind: `declare` needs the function, `declareOptional` does without. */
function declared(): { readonly needed: readonly string[]; readonly optional: readonly string[] } {
  const files = readdirSync(KERNEL, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.js'),
  );
  const text = files.map((path) => readFileSync(join(KERNEL, path), 'utf8')).join('\n');
  const names = (how: string) =>
    [...text.matchAll(new RegExp(`\\b${how}\\(\\s*'[^']+',\\s*'(\\w+)'`, 'g'))].flatMap(
      ([, name]) => name ?? [],
    );
  return { needed: names('declare'), optional: names('declareOptional') };
}

/** Everything that foster reads or fills in by offset, and the numbers that are the library's rather than the kernel's. */
const LAYOUT = [
  'sizeof(posix_spawnattr_t)',
  'sizeof(posix_spawn_file_actions_t)',
  'POSIX_SPAWN_SETPGROUP',
  'POSIX_SPAWN_SETSIGDEF',
  'POSIX_SPAWN_SETSIGMASK',
  'POSIX_SPAWN_SETSID',
  'sizeof(sigset_t)',
  'sizeof(siginfo_t)',
  'offsetof(siginfo_t, si_code)',
  'offsetof(siginfo_t, si_pid)',
  'offsetof(siginfo_t, si_status)',
  'sizeof(struct termios)',
  'offsetof(struct termios, c_oflag)',
  'sizeof(struct rlimit)',
  'sizeof(struct msghdr)',
  'offsetof(struct msghdr, msg_iov)',
  'offsetof(struct msghdr, msg_control)',
  'sizeof(struct mmsghdr)',
  'offsetof(struct mmsghdr, msg_len)',
  'sizeof(struct cmsghdr)',
  'sizeof(struct ucred)',
  'sizeof(struct sockaddr_un)',
  'sizeof(struct itimerspec)',
];

const HEADERS = [
  ...['spawn', 'signal', 'termios', 'stddef', 'stdio', 'time'],
  ...['sys/resource', 'sys/socket', 'sys/un'],
];

function layoutBy(compiler: string, directory: string): string {
  const source = join(directory, 'layout.c');
  const program = join(directory, compiler);
  const includes = HEADERS.map((header) => `#include <${header}.h>`).join('\n');
  const lines = LAYOUT.map((what) => `  printf("%s %ld\\n", "${what}", (long)(${what}));`).join('\n');
  writeFileSync(source, `#define _GNU_SOURCE\n${includes}\nint main(void) {\n${lines}\n}\n`);
  execFileSync(compiler, ['-o', program, source]);
  return execFileSync(program, { encoding: 'utf8' });
}

test('musl has every function that foster cannot do without', { skip }, (t) => {
  const symbols = execFileSync('nm', ['-D', '--defined-only', LIBRARY], { encoding: 'utf8' });
  const exported = new Set(symbols.split('\n').map((line) => line.split(' ').at(-1)));
  const { needed, optional } = declared();
  t.ok(needed.includes('waitid') && optional.includes('pwritev2'), 'the declarations are found');
  t.same(
    needed.filter((name) => !exported.has(name) && !name.startsWith(OF_LIBUV)),
    [],
  );
  t.notOk(exported.has('gnu_get_libc_version'), 'by which the two are told apart');
  t.end();
});

test('musl lays out what foster passes by offset as glibc does', { skip }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-musl-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  t.equal(layoutBy('musl-gcc', directory), layoutBy('gcc', directory));
  t.end();
});
