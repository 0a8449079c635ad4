/**
 * Formats tables that fit the terminal, so that no line wraps. When space is short, the least important
 * columns are left out first, then the last column is cut. In a pipe or a file nothing is cut. Pure.
 */
import { cutText, padText, textWidth } from '../../text/width.js';
import { visibleCell } from '../../text/visible.js';
import { painted, type Line, type Piece, type Shade } from './line.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly shade?: (row: Row) => Shade | undefined;
  readonly align?: 'right';
  /**
   * when space is short, columns with the lowest number are dropped first; without a number, a column stays
   */
  readonly importance?: number;
}

interface TableOptions {
  /** undefined: no limit */
  readonly width: number | undefined;
  /** the least width of the last column, below which other columns are dropped */
  readonly leastLast?: number;
  /** print the title line */
  readonly titles?: boolean;
}

const GAP = '  ';

/** The least width of the last column at which its beginning still makes sense. */
const LEAST_LAST = 24;
/** The first column identifies the row: it may take this share of the width before it is cut. */
const FIRST_SHARE = 0.4;
/** An empty cell. */
const NOTHING = '-';

/**
 * Formats rows as a table.
 * @param columns the first identifies the row, the last may be cut
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, titles = true, leastLast = LEAST_LAST }: TableOptions,
): readonly Line[] {
  const shown = columns.map((column) => ({ column, cells: rows.map((row) => cellText(column.cell(row))) }));
  const widths = shown.map(({ column, cells }) => widest(cells, titles ? column.title : ''));
  const kept = fit(columns, widths, width, { leastLast, isEmpty: emptyColumns(shown) });
  const line = (cells: readonly string[], shades: readonly (Shade | undefined)[]): Line => {
    const pieces = kept.flatMap(({ index, columns: room }, position): readonly Piece[] => {
      const isLast = position === kept.length - 1;
      const cell = room === undefined ? cells[index]! : cutText(cells[index]!, room);
      const full = widthOf(room, widths[index]!);
      const side = columns[index]!.align === 'right' ? 'right' : 'left';
      // the last cell is not padded
      const text = isLast && side === 'left' ? cell : padText(cell, full, side);
      const gap = position === 0 ? [] : [GAP];
      return [...gap, ...shaded(text, shades[index])];
    });
    return pieces;
  };
  const head = titles
    ? [
        line(
          columns.map(({ title }) => title),
          columns.map(() => 'dim' as const),
        ),
      ]
    : [];
  const body = rows.map((row, at) =>
    line(
      shown.map(({ cells }) => cells[at]!),
      columns.map((column) => column.shade?.(row)),
    ),
  );
  return [...head, ...body];
}

/** Returns the titles of the columns that fit. */
export function shownTitles<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, leastLast = LEAST_LAST }: TableOptions,
): readonly string[] {
  const cells = columns.map((column) => ({ cells: rows.map((row) => cellText(column.cell(row))) }));
  const widths = cells.map((one, index) => widest(one.cells, columns[index]!.title));
  const options = { leastLast, isEmpty: emptyColumns(cells) };
  return fit(columns, widths, width, options).map(({ index }) => columns[index]!.title);
}

function widest(cells: readonly string[], title: string): number {
  return cells.reduce((most, cell) => Math.max(most, textWidth(cell)), title.length);
}

/** Returns a test for columns that are empty in every row. */
function emptyColumns(columns: readonly { readonly cells: readonly string[] }[]): (index: number) => boolean {
  return (index) => columns[index]!.cells.every((cell) => cell === NOTHING);
}

/**
 * Returns the text of a cell. Two spaces separate cells for programs that read the table, so within a cell
 * the second space is escaped.
 */
function cellText(text: string): string {
  const cell = visibleCell(text).replaceAll('  ', ' \\x20');
  return cell === '' ? NOTHING : cell;
}

/** Colours the word, but not its padding. */
function shaded(text: string, shade: Shade | undefined): readonly Piece[] {
  if (shade === undefined) return [text];
  const word = text.trimEnd();
  const space = text.slice(word.length);
  return space === '' ? [painted(word, shade)] : [painted(word, shade), space];
}

interface Kept {
  readonly index: number;
  /** the width of the cell; undefined: no limit */
  readonly columns: number | undefined;
}

function widthOf(room: number | undefined, needed: number): number {
  return room === undefined ? needed : Math.min(room, needed);
}

function fit<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  width: number | undefined,
  { leastLast, isEmpty }: { readonly leastLast: number; readonly isEmpty: (index: number) => boolean },
): readonly Kept[] {
  const all = columns.map((_, index) => index);
  if (width === undefined) return all.map((index) => ({ index, columns: undefined }));
  const first = Math.min(widths[0]!, Math.max(1, Math.floor(width * FIRST_SHARE)));
  let kept = all;
  /** columns of numbers may be dropped from the end, too */
  const last = (): number => kept.at(-1)!;
  /** the width of the columns before the last one, with gaps */
  const taken = (): number =>
    kept.slice(0, -1).reduce((sum, index) => sum + (index === 0 ? first : widths[index]!) + GAP.length, 0);
  while (width - taken() < Math.min(leastLast, widths[last()]!)) {
    const least = leastImportant(columns, kept, isEmpty);
    if (least === undefined) break;
    kept = kept.filter((index) => index !== least);
  }
  // if even the columns that stay do not fit, they are cut at the terminal's right edge, one after the other
  let left = width;
  return kept.flatMap((index, position): readonly Kept[] => {
    if (position > 0) left -= GAP.length;
    if (left <= 0) return [];
    const wanted = index === last() ? left : Math.min(left, index === 0 ? first : widths[index]!);
    left -= wanted;
    return [{ index, columns: wanted }];
  });
}

/** Returns the column to drop next: empty columns go before any other. */
function leastImportant<Row>(
  columns: readonly Column<Row>[],
  kept: readonly number[],
  isEmpty: (index: number) => boolean,
): number | undefined {
  const rank = (index: number): number => columns[index]!.importance! - (isEmpty(index) ? columns.length : 0);
  return kept
    .filter((index) => columns[index]!.importance !== undefined)
    .sort((one, other) => rank(one) - rank(other))[0];
}
