/** The part of docs/benchmarks.md that is about supervisors, and its pictures. */
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

/** What stands between these lines is written anew; all else of the page is left alone. */
const [BEGIN, END] = ['<!-- npm run bench -->', '<!-- end of npm run bench -->'];

/** @param page what stands there now; '' where there is none */
export function withResults(page, text) {
  const own = `${BEGIN}\n\n${text}\n${END}\n`;
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin >= 0 && end > begin) return page.slice(0, begin) + own + page.slice(end + END.length + 1);
  return page === '' ? `# Benchmarks\n\n${own}` : `${page}\n${own}`;
}

function head({ jobs, repetitions, missing, date, load }) {
  const absent = missing.length === 0 ? '' : ` Not installed there: ${missing.join(', ')}.`;
  return `## Supervisors side by side

\`npm run bench\` writes this part of the page. It needs a C compiler and the supervisors that are to be compared
([bench/README.md](../bench/README.md)). All of them take turns, each as PID 1 of a pid namespace of its own. Compare the ratios to the C loop, which is the least that a
supervisor can do (\`bench/load/loop.c\`), or to \`node -e 0\`.

Measured on ${date} with Linux ${release()}, Node ${process.versions.node} and ${cpus().length} processors, at a load of ${load.toFixed(0)} before it began (above the
number of processors, times say little): ${repetitions} repetitions, and ${jobs} services where there are several.${absent}
`;
}

function section({ title, text, unit }, rows, file) {
  const base = rows.find(({ name }) => name === LOOP) ?? rows.find(({ name }) => name === 'node');
  const table = rows.map(({ name, least, median, most }) => {
    const ratio = base === undefined ? '' : figure(median / base.median);
    return `| ${name} | ${figure(median)} | ${ratio} | ${figure(least)} | ${figure(most)} |`;
  });
  return `### ${title}

${text}

![${title}: median of each, in ${unit}](pictures/${file})

| | median, ${unit} | ratio to ${base?.name ?? '–'} | least | most |
| --- | ---: | ---: | ---: | ---: |
${table.join('\n')}
`;
}
