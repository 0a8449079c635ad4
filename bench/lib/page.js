/** The page with all results, and its pictures. */
import { cpus, release } from 'node:os';
import { LOOP } from './peers.js';
import { plot } from './plot.js';
import { figure, summary } from './statistics.js';

/**
 * @param results of each test: { test, values: Map of name to numbers }
 * @param run { jobs, repetitions, missing, date }
 * @returns the page, and the pictures by file name
 */
export function page(results, run) {
  const pictures = new Map();
  const sections = results.map(({ test, values }) => {
    const rows = [...values]
      .map(([name, all]) => ({ name, ...summary(all) }))
      .filter(({ count }) => count > 0);
    const file = `benchmark-${test.name}.svg`;
    if (rows.length > 0) pictures.set(file, plot(test.title, test.unit, rows));
    return section(test, rows, file);
  });
  return { text: `${head(run)}\n${sections.join('\n')}`, pictures };
}

function head({ jobs, repetitions, missing, date }) {
  const absent = missing.length === 0 ? '' : ` Not installed there: ${missing.join(', ')}.`;
  return `# Benchmarks

\`npm run bench\` writes this page and its pictures; it needs a C compiler and the supervisors that are to be compared (Debian packages
runit, s6, supervisor, tini, dumb-init; dinit and pm2 where they are). [bench/README.md](../bench/README.md) says what it does.

Measured on ${date}, Linux ${release()}, Node ${process.versions.node}, ${cpus().length} processors: ${repetitions} repetitions, ${jobs} services where
there are several. All peers take turns, each as PID 1 of a pid namespace of its own. What counts is the ratio to the C loop, the least that a
supervisor can do (\`bench/load/loop.c\`), or to \`node -e 0\`: times depend on the machine, and on what else it does.${absent}
`;
}

function section({ title, text, unit }, rows, file) {
  const base = rows.find(({ name }) => name === LOOP) ?? rows.find(({ name }) => name === 'node');
  const table = rows.map(({ name, least, median, most }) => {
    const ratio = base === undefined ? '' : figure(median / base.median);
    return `| ${name} | ${figure(median)} | ${ratio} | ${figure(least)} | ${figure(most)} |`;
  });
  return `## ${title}

${text}

![${title}: median of each, in ${unit}](pictures/${file})

| | median, ${unit} | ratio to ${base?.name ?? '–'} | least | most |
| --- | ---: | ---: | ---: | ---: |
${table.join('\n')}
`;
}
