/** One line of `foster events`. */
import type { FeedEntry } from '../../supervisor/api.js';
import { processEventText } from './process-event.js';
import { clockTime } from './time.js';

export function feedLine(entry: FeedEntry): string {
  const millis = entry.at.slice(19, 23); // the fraction is the same in every time zone
  const job = entry.job === undefined ? '' : `${entry.job}${entry.instance ? ` (${entry.instance})` : ''} `;
  return `${clockTime(entry.at)}${millis} ${entry.type.padEnd(7)} ${job}${describe(entry)}`;
}

function describe(entry: FeedEntry): string {
  switch (entry.type) {
    case 'event':
      return [entry.name, ...entry.env].join(' ');
    case 'state':
      return `${entry.from} -> ${entry.goal}/${entry.to}`;
    case 'verdict':
      return `${entry.verdict} ${entry.pid}: ${entry.reason}`;
    case 'process':
      return processEventText(entry.event);
    case 'log':
      return `${entry.level}: ${entry.text}`;
    case 'missed':
      return `${entry.count} entries were left out: this reader is too slow`;
  }
}
