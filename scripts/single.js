/**
 * npm run single: all that foster needs at run time in one directory, for images: `COPY --from=build /src/build/single /opt/foster`.
 * It needs Node.js 20 or later there, and /bin/sh. It runs wherever it is put, without npm and without this clone.
 *
 *   npm run build && npm run single [-- DIRECTORY]      build/single by default; replaces what is there
 *
 * It is not a single file, since the system's loader takes a native module only from a file of its own, and a container may have no
 * place where one could be unpacked: what is writable there is often mounted noexec.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = process.argv[2] ?? join(root, 'build/single');

/** In the same places as in the package, since foster looks for them there (src/installation.ts). */
const KEPT = [
  'package.json',
  'LICENSE',
  'bin',
  'build/bundle',
  'packaging',
  // the library of `ready log` patterns, which is loaded when a job has one
  'node_modules/re2js/package.json',
  'node_modules/re2js/LICENSE',
  'node_modules/re2js/build/index.cjs',
  // the foreign function interface: its program, and its native part for glibc and musl
  'node_modules/koffi/package.json',
  'node_modules/koffi/LICENSE.txt',
  'node_modules/koffi/index.cjs',
  'node_modules/koffi/src/koffi/index.cjs',
  'node_modules/koffi/src/koffi/src/static.cjs',
  'node_modules/@koromix',
];

/** Maps of sources are for those who change foster; the Debian package's own files are not for images. */
const LEFT_OUT = /\.map$|\.md$|\/packaging\/debian$/;

if (!existsSync(join(root, 'build/bundle/foster.cjs'))) {
  console.error('single: run "npm run build" first (there is no build/bundle/foster.cjs)');
  process.exit(1);
}
rmSync(target, { recursive: true, force: true });
for (const path of KEPT) {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(root, path), join(target, path), {
    recursive: true,
    filter: (source) => !LEFT_OUT.test(source),
    // links to programs stay relative
    verbatimSymlinks: true,
  });
}

const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
const bytes = files.reduce(
  (sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size,
  0,
);
console.log(`${target}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB`);
