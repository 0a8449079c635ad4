/** Links between the pages lead somewhere. Nothing is fetched. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));

const pages = [projectRoot, join(projectRoot, 'docs'), join(projectRoot, 'examples')].flatMap((directory) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(directory, name)),
);

/** Prose alone: what stands in code is no link. */
const proseOf = (page: string): string =>
  readFileSync(page, 'utf8')
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => 'x'.repeat(code.length));

/** As the pages' usual readers (Git forges) make them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = readFileSync(page, 'utf8')
    .replace(/^ *```[\s\S]*?^ *```/gm, '')
    .match(/^#+ .*$/gm);
  return new Set(
    (headings ?? []).map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

for (const page of pages) {
  t.test(relative(projectRoot, page), (t) => {
    for (const [, target = ''] of proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      t.ok(existsSync(file), `${target} is there`);
      if (anchor !== undefined) t.ok(anchorsOf(file).has(anchor), `${target} has the heading`);
    }
    t.end();
  });
}
