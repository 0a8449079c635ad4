/** Small charts: what a job used in the last minutes, and when its main processes ran. */
import type { RunView, UsagePoint } from '../wire.js';
import { svg, type Attributes } from './dom.js';
import { bytes, clock, count, lifetime, percent } from './format.js';

const WIDTH = 200;
const HEIGHT = 32;
/** No line is drawn between points further apart than this. */
const GAP = 12_000;

type Measure = 'cpu' | 'memory';

const MEASURES = {
  cpu: { index: 1, least: 1, name: 'CPU', show: percent },
  memory: { index: 2, least: 1024 * 1024, name: 'Memory', show: bytes },
} as const;

interface Spark {
  readonly label: string;
  /** current usage; empty when unknown */
  readonly value: string;
  readonly most: string;
  readonly line: string;
  readonly area: string;
}

/** The least span of a chart in milliseconds, which fits a page that was just opened. */
const NARROWEST = 60_000;

/**
 * Returns the points of a chart.
 * @param longest the span in milliseconds when there is enough data
 */
export function sparkOf(
  points: readonly UsagePoint[],
  measure: Measure,
  now: number,
  longest: number,
): Spark {
  const { index, least, name, show } = MEASURES[measure];
  const window = Math.min(longest, Math.max(NARROWEST, now - (points[0]?.[0] ?? now)));
  const known = points.flatMap((point) => {
    const value = point[index];
    return value === null || point[0] < now - window ? [] : [{ at: point[0], value }];
  });
  const most = Math.max(...known.map(({ value }) => value), 0);
  const scale = Math.max(most, least) * 1.1;
  const last = known.at(-1);
  const value = last === undefined ? '' : show(last.value);
  const strokes: { x: string; y: string }[][] = [];
  let before = -Infinity;
  for (const point of known) {
    if (point.at - before > GAP) strokes.push([]);
    before = point.at;
    const x = (1 - (now - point.at) / window) * WIDTH;
    strokes
      .at(-1)
      ?.push({ x: x.toFixed(1), y: (HEIGHT - 1 - (point.value / scale) * (HEIGHT - 3)).toFixed(1) });
  }
  const line = strokes.map((stroke) => `M${stroke.map(({ x, y }) => `${x} ${y}`).join('L')}`).join('');
  const area = strokes
    .map((stroke) => {
      const [first, end] = [stroke[0], stroke.at(-1)];
      if (first === undefined || end === undefined) return '';
      return `M${first.x} ${HEIGHT}L${stroke.map(({ x, y }) => `${x} ${y}`).join('L')}L${end.x} ${HEIGHT}Z`;
    })
    .join('');
  const label =
    value === '' ? `${name}: not known` : `${name} ${value}, at most ${show(most)} in the last minutes`;
  return { label, value, most: known.length === 0 ? '' : show(most), line, area };
}

/** A chart that `draw` redraws. */
export class SparkPicture {
  readonly element: SVGSVGElement;
  readonly #line = svg('path', { class: 'spark-line', 'vector-effect': 'non-scaling-stroke' });
  readonly #area = svg('path', { class: 'spark-area' });
  #label = '';

  constructor(measure: Measure) {
    this.element = picture({ class: `spark spark-${measure}` }, WIDTH, HEIGHT);
    this.element.append(this.#area, this.#line);
  }

  draw({ label, line, area }: Spark): void {
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', area);
    if (label !== this.#label) this.element.setAttribute('aria-label', label);
    this.#label = label;
  }
}

const LANE = 24;
const LANE_WIDTH = 600;

const OUTCOMES = {
  runs: 'runs',
  stopped: 'stopped as it was asked to',
  finished: 'finished',
  respawned: 'ended, and was respawned',
  failed: 'failed',
} as const satisfies Record<RunView['outcome'], string>;

/** Returns `process 812: 12s, status 1, ended, and was respawned`. */
export function runWords(run: RunView, now: number): string {
  const lasted = lifetime((run.until ?? now) - run.since);
  const end = run.end === '' ? '' : `, ${run.end}`;
  return `process ${run.pid}: ${lasted}${end}, ${OUTCOMES[run.outcome]}`;
}

/** Shows main processes as bars, with a mark where one failed. */
export class TimelinePicture {
  readonly element: SVGSVGElement;
  #drawn = '';

  constructor() {
    this.element = picture({ class: 'timeline' }, LANE_WIDTH, LANE);
  }

  /** @param window the span in milliseconds */
  draw(runs: readonly RunView[], now: number, window: number): void {
    const shown = runs.filter((run) => (run.until ?? now) >= now - window);
    const x = (at: number): number => Math.max(0, (1 - (now - at) / window) * LANE_WIDTH);
    const parts: Node[] = [svg('line', { class: 'lane', x1: 0, x2: LANE_WIDTH, y1: LANE / 2, y2: LANE / 2 })];
    for (const run of shown) {
      const [from, to] = [x(run.since), x(run.until ?? now)];
      const bar = svg('rect', {
        class: `run run-${run.outcome}`,
        x: from.toFixed(1),
        y: 7,
        width: Math.max(1.5, to - from - 1).toFixed(1),
        height: LANE - 14,
      });
      const title = svg('title');
      title.textContent = `${runWords(run, now)} (${clock(run.since, now)})`;
      bar.append(title);
      parts.push(bar);
      if (run.outcome !== 'failed' && run.outcome !== 'respawned') continue;
      const mark = {
        class: `end end-${run.outcome}`,
        x1: to.toFixed(1),
        x2: to.toFixed(1),
        y1: 2,
        y2: LANE - 2,
      };
      parts.push(svg('line', { ...mark, 'vector-effect': 'non-scaling-stroke' }));
    }
    const label = timelineLabel(shown, now);
    // bars move by a pixel every few seconds: the same picture is not drawn again
    const drawn = `${label} ${shown.map((run) => `${run.pid}${run.outcome}${x(run.since).toFixed(0)}`).join()}`;
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.element.setAttribute('aria-label', label);
    this.element.replaceChildren(...parts);
  }
}

function timelineLabel(runs: readonly RunView[], now: number): string {
  const bad = runs.filter(({ outcome }) => outcome === 'failed' || outcome === 'respawned');
  const last = bad.at(-1);
  if (runs.length === 0) return 'Did not run in this time';
  if (last === undefined || last.until === null) return 'No crash in this time';
  return `${count(bad.length, 'crash', 'crashes')} in this time; the last at ${clock(last.until, now)}: ${last.end}`;
}

function picture(attributes: Attributes, width: number, height: number): SVGSVGElement {
  return svg('svg', {
    role: 'img',
    'aria-label': '',
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: 'none',
    ...attributes,
  });
}
