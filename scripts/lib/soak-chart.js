/** The curve of a soak as SVG: one strip for each measure, the phase with re-execs shaded. Pure. */
import { MEASURES } from './soak-judge.js';

const [WIDTH, STRIP, LEFT, RIGHT, TOP] = [760, 90, 120, 90, 40];
/** Points in a curve; more cannot be seen. */
const POINTS = 400;

export function chart(samples, totals) {
  const names = Object.keys(MEASURES);
  const height = TOP + names.length * STRIP + 40;
  const last = samples.at(-1)?.second ?? 1;
  const x = (second) => LEFT + ((WIDTH - LEFT - RIGHT) * second) / last;
  const re = samples.find(({ phase }) => phase === 'programs')?.second ?? last;
  const text = Object.entries(totals)
    .map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
    .join(', ');
  const parts = [
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="20" font-weight="bold">${Math.round(last / 60)} min: ${text}</text>`,
    `<rect x="${fixed(x(re))}" y="${TOP}" width="${fixed(x(last) - x(re))}" height="${names.length * STRIP}" fill="#eef3fa"/>`,
    ...names.map((name, index) => strip(name, samples, { x, y: TOP + index * STRIP })),
    `<text x="${LEFT}" y="${height - 14}" fill="#555">minutes 0 to ${(last / 60).toFixed(1)}; shaded: a re-exec every 2 s</text>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">\n${parts.join('\n')}\n</svg>\n`;
}

function strip(name, samples, { x, y }) {
  const { shown, title } = MEASURES[name];
  const step = Math.max(1, Math.floor(samples.length / POINTS));
  const some = samples.filter((_, index) => index % step === 0);
  const most = Math.max(...samples.map((sample) => sample[name]), 1);
  // from 0 on: a curve that is flat looks flat
  const at = (value) => y + STRIP - 10 - ((STRIP - 25) * value) / most;
  const points = some.map((sample) => `${fixed(x(sample.second))},${fixed(at(sample[name]))}`).join(' ');
  return [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y + STRIP - 10}" y2="${y + STRIP - 10}" stroke="#999"/>`,
    `<text x="8" y="${y + STRIP / 2}">${title}</text>`,
    `<text x="${WIDTH - RIGHT + 6}" y="${fixed(at(samples.at(-1)?.[name] ?? 0))}">${shown(samples.at(-1)?.[name] ?? 0)}</text>`,
    `<polyline fill="none" stroke="#2a5db0" stroke-width="1.2" points="${points}"/>`,
  ].join('\n');
}

function fixed(number) {
  return number.toFixed(1);
}
