/**
 * Tables as wide as the terminal: no line is longer than that, so none wraps. Where there is too little room, columns that
 * matter least are left out first, then the last column is cut. Into a pipe or a file everything goes, uncut. Pure.
 */
import { cutText, padText, textWidth } from '../../text/width.js';
import { visibleCell } from '../../text/visible.js';
import { painted, type Line, type Piece, type Shade } from './line.js';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly shade?: (row: Row) => Shade | undefined;
  readonly align?: 'right';
  /** where room is short, columns with the lowest number go first; without one, a column stays */
  readonly importance?: number;
}

export interface TableOptions {
  /** undefined: as wide as it gets */
  readonly width: number | undefined;
  /** what the last column is left before others go; so many columns say something */
  readonly leastLast?: number;
  /** the title line is part of it */
  readonly titles?: boolean;
}

const GAP = '  ';

/** What the last column has to be left, so that its beginning says something. */
const LEAST_LAST = 24;
/** The first column has the name, by which rows are told apart: it gets this share of the width before it is cut. */
const FIRST_SHARE = 0.4;
/** A cell with nothing in it. */
const NOTHING = '-';

/** @param columns the first has the name, the last may be cut */
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
      // nothing is filled up behind the last cell
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

/** Titles of the columns for which there is room. */
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

/** Says of a column that it has nothing in any row. */
function emptyColumns(columns: readonly { readonly cells: readonly string[] }[]): (index: number) => boolean {
  return (index) => columns[index]!.cells.every((cell) => cell === NOTHING);
}

/** Two spaces end a cell where a program reads the table: in a cell, the second one is escaped. */
function cellText(text: string): string {
  const cell = visibleCell(text).replaceAll('  ', ' \\x20');
  return cell === '' ? NOTHING : cell;
}

/** Colour is for the word, not for the space that fills the column up. */
function shaded(text: string, shade: Shade | undefined): readonly Piece[] {
  if (shade === undefined) return [text];
  const word = text.trimEnd();
  const space = text.slice(word.length);
  return space === '' ? [painted(word, shade)] : [painted(word, shade), space];
}

interface Kept {
  readonly index: number;
  /** columns that the cell may have; undefined: no limit */
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
  /** a column of numbers may go from the end, too */
  const last = (): number => kept.at(-1)!;
  /** what the columns before the last one take, gaps included */
  const taken = (): number =>
    kept.slice(0, -1).reduce((sum, index) => sum + (index === 0 ? first : widths[index]!) + GAP.length, 0);
  while (width - taken() < Math.min(leastLast, widths[last()]!)) {
    const least = leastImportant(columns, kept, isEmpty);
    if (least === undefined) break;
    kept = kept.filter((index) => index !== least);
  }
  // even what has to stay may not fit: it is cut at the right edge of the terminal, column by column
  let left = width;
  return kept.flatMap((index, position): readonly Kept[] => {
    if (position > 0) left -= GAP.length;
    if (left <= 0) return [];
    const wanted = index === last() ? left : Math.min(left, index === 0 ? first : widths[index]!);
    left -= wanted;
    return [{ index, columns: wanted }];
  });
}

/** A column that says nothing goes before any that says something. */
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
