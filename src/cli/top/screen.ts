/** Draws the screen of `foster top`: as many lines as the terminal has, none wider than it. Pure. */
import { visibleCell } from '../../text/visible.js';
import { cutText } from '../../text/width.js';
import { conditionOf, SHADES } from '../format/condition.js';
import { painted, prefixed, type Line } from '../format/line.js';
import { processTree } from '../format/process-tree.js';
import { ifKnown, sharedColumns, withUptime } from '../format/job-table.js';
import { shownTitles, table, type Column } from '../format/table.js';
import { listed, type Action, type TopJob, type TopState } from './state.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The title, the titles of the columns, and the bottom line. */
const FIXED_ROWS = 3;
/** The pane takes this share of the rows, if there are enough to show anything. */
const PANE_SHARE = 0.4;
const LEAST_ROWS_FOR_PANE = 12;
/** Marks the job under the cursor, so that it is visible without colour. */
const CURSOR = '> ';
const NO_CURSOR = '  ';
const LEAST_COLUMNS_FOR_CURSOR = 10;
/** Here usage matters more than the full reason. */
const LEAST_REASON = 8;

/** Returns for how many jobs there is room. */
export function roomForJobs(state: TopState, { rows }: ScreenSize): number {
  return Math.max(1, rows - FIXED_ROWS - paneRows(state, rows));
}

function paneRows({ pane }: TopState, rows: number): number {
  return pane && rows >= LEAST_ROWS_FOR_PANE ? Math.floor(rows * PANE_SHARE) : 0;
}

/**
 * Returns the lines of the screen.
 * @param now milliseconds since 1970
 */
export function screen(state: TopState, size: ScreenSize, now: number): readonly Line[] {
  const { columns, rows } = size;
  const body =
    state.mode.kind === 'help' ? HELP.map((line) => cut(line, columns)) : jobLines(state, size, now);
  const pane = paneRows(state, rows) === 0 ? [] : paneLines(state, size);
  const room = rows - 2 - pane.length;
  const shown = body.slice(0, Math.max(0, room));
  const empty = new Array<Line>(Math.max(0, room - shown.length)).fill('');
  const lines = [cut(heading(state), columns), ...shown, ...empty, ...pane, bottom(state, columns)];
  return lines.slice(0, rows);
}

function heading(state: TopState): string {
  const running = state.jobs.filter(({ job }) => conditionOf(job) === 'running').length;
  const failed = state.jobs.filter(({ job }) => SHADES[conditionOf(job)] === 'red').length;
  const counts = `${state.jobs.length} jobs, ${running} running${failed === 0 ? '' : `, ${failed} failed`}`;
  const filter = state.filter === '' ? '' : `  filter: ${state.filter}`;
  return `foster top: ${counts}  by ${state.sort}${filter}`;
}

function jobLines(state: TopState, size: ScreenSize, now: number): readonly Line[] {
  const all = listed(state);
  const room = roomForJobs(state, size);
  const at = all.findIndex(({ title }) => title === state.selected);
  // scroll so that the cursor stays on the screen
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), all.length - room));
  const shown = all.slice(first, first + room);
  const hasCursor = size.columns >= LEAST_COLUMNS_FOR_CURSOR;
  const width = hasCursor ? size.columns - CURSOR.length : size.columns;
  const options = { width, leastLast: LEAST_REASON };
  const columns = columnsAt(now);
  const fitting = withUptime(columns, shownTitles(shown, columns, options), now);
  const [titles, ...lines] = table(shown, fitting, options);
  if (titles === undefined) return [];
  if (!hasCursor) return [titles, ...lines];
  const body = lines.map((line, index) =>
    prefixed(shown[index]!.title === state.selected ? CURSOR : NO_CURSOR, line),
  );
  return [prefixed(NO_CURSOR, titles), ...body];
}

function columnsAt(now: number): readonly Column<TopJob>[] {
  const { state, up, restarts, pid, memory, reason } = sharedColumns<TopJob>(now);
  return [
    { title: 'NAME', cell: ({ title }) => title },
    state,
    {
      title: 'CPU%',
      align: 'right',
      importance: 6,
      cell: ({ share }) => ifKnown(share, (value) => value.toFixed(1)),
    },
    { ...memory, importance: 5 },
    { ...up, importance: 4 },
    { title: 'TASKS', align: 'right', importance: 2, cell: ({ usage }) => ifKnown(usage?.tasks, String) },
    { ...restarts, importance: 1 },
    { ...pid, importance: 3 },
    reason,
  ];
}

/** Returns the processes of the job under the cursor, and its last lines. */
function paneLines(state: TopState, { columns, rows }: ScreenSize): readonly Line[] {
  const room = paneRows(state, rows) - 1;
  const { facts, selected = '' } = state;
  const tree = processTree(facts?.processes ?? []).map((line) => line.trimStart());
  const written = facts?.lastLines ?? [];
  // each gets half of the room, and more if the other needs less
  const treeRoom = Math.max(Math.ceil(room / 2), room - written.length);
  const processes = tree.slice(0, treeRoom);
  const lines = [
    ...processes,
    ...written.slice(-(room - processes.length) || written.length).map((line) => `| ${line}`),
  ];
  const text =
    facts === undefined ? ['...'] : lines.length === 0 ? ['no process, and nothing written'] : lines;
  const title = [
    painted(cut(`-- ${selected} ${'-'.repeat(columns)}`, columns).replace('…', '-'), 'dim' as const),
  ];
  const all: readonly Line[] = [title, ...text.slice(0, room).map((line) => cut(line, columns))];
  return [...all, ...new Array<Line>(Math.max(0, room + 1 - all.length)).fill('')];
}

function bottom(state: TopState, columns: number): Line {
  switch (state.mode.kind) {
    case 'filter':
      return cut(`filter: ${state.filter}_  (Enter keeps it, Esc clears it)`, columns);
    case 'signal':
      return cut(
        `signal for ${state.mode.job.title}: ${state.mode.text}_  (HUP, USR1, TERM ...; Esc)`,
        columns,
      );
    case 'confirm':
      return [painted(cut(`${question(state.mode.action)} y/n`, columns), 'bold')];
    case 'help':
      return cut('any key goes back', columns);
    case 'list':
      return cut(state.message === '' ? KEYS : state.message, columns);
  }
}

function question(action: Action): string {
  return action.kind === 'signal'
    ? `send ${action.signal} to ${action.job.title}?`
    : `${action.verb} ${action.job.title}?`;
}

const KEYS = '? help  q quit  / filter  Enter processes  s start  x stop  r restart  K signal';

const HELP: readonly string[] = [
  'q, Ctrl-C       quit',
  'up, down, j, k  choose a job (page up, page down, home, end)',
  'Enter           its processes and last lines',
  's  x  r         start, stop, restart it',
  'K               send it a signal',
  '/               show only names that contain this, or a state',
  'Esc             show all again',
  'sort by         c cpu, m memory, n name, u uptime,',
  '                t restarts, f failed first',
];

function cut(text: string, columns: number): string {
  return cutText(visibleCell(text), columns);
}
