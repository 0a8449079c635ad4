/** A test as a picture: a bar for each peer as long as its median, with a line from the least to the most. Logarithmic. */
import { figure } from './statistics.js';

const ROW = 26;
const [LEFT, WIDTH, RIGHT] = [110, 480, 90];
const TOP = 34;

/** @param rows { name, least, median, most } */
export function plot(title, unit, rows) {
  const [low, high] = bounds(rows);
  const x = (value) => LEFT + (WIDTH * Math.log(value / low)) / Math.log(high / low);
  const height = TOP + rows.length * ROW + 26;
  const bars = rows.map((row, index) => bar(row, TOP + index * ROW, x));
  const decades = decadesBetween(low, high).map((value) => grid(value, unit, x, height));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + RIGHT}" height="${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="8" y="20" font-size="15" font-weight="bold">${title}</text>
${decades.join('\n')}
${bars.join('\n')}
</svg>
`;
}

function bar({ name, least, median, most }, y, x) {
  const colour = name === 'foster' ? '#2563a8' : '#9aa5b1';
  const middle = y + ROW / 2;
  const end = x(median);
  return [
    `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${name}</text>`,
    `<rect x="${LEFT}" y="${y + 4}" width="${(end - LEFT).toFixed(1)}" height="${ROW - 8}" fill="${colour}"/>`,
    `<path d="M${x(least).toFixed(1)} ${middle}H${x(most).toFixed(1)}" stroke="#000" stroke-width="1.5"/>`,
    `<text x="${(Math.max(end, x(most)) + 6).toFixed(1)}" y="${middle + 4}">${figure(median)}</text>`,
  ].join('');
}

function grid(value, unit, x, height) {
  const at = x(value).toFixed(1);
  return `<path d="M${at} ${TOP}V${height - 24}" stroke="#e1e5ea"/><text x="${at}" y="${height - 8}" text-anchor="middle" fill="#555" font-size="11">${value} ${unit}</text>`;
}

function bounds(rows) {
  const least = Math.min(...rows.map((row) => row.least));
  const most = Math.max(...rows.map((row) => row.most));
  // the shortest bar has a length, too
  return [10 ** Math.floor(Math.log10(least / 1.5)), most * 1.1];
}

function decadesBetween(low, high) {
  const decades = [];
  for (let value = low; value <= high; value *= 10) decades.push(Number(value.toPrecision(1)));
  return decades;
}
