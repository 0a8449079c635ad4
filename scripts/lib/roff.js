/** Text for man(7). */

/** Characters that mean something to roff, and lines that would begin a request. */
export function escape(text) {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replace(/^\./, '\\&.');
}

/** Markdown inside a line: `code` and **strong** in bold, *emphasis* in italics, links by their text. */
export function inline(markdown) {
  const parts = markdown.split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*]+\*|\[[^\]]+\]\([^)]+\))/);
  return parts.map(inlinePart).join('');
}

function inlinePart(part) {
  if (/^`.+`$/.test(part)) return `\\fB${escape(part.slice(1, -1))}\\fR`;
  if (/^\*\*.+\*\*$/.test(part)) return `\\fB${escape(part.slice(2, -2))}\\fR`;
  if (/^\*.+\*$/.test(part)) return `\\fI${escape(part.slice(1, -1))}\\fR`;
  const link = /^\[(.+)\]\(.+\)$/.exec(part);
  return escape(link === null ? part : link[1]);
}

/** A page: its head, and sections of lines that are roff already. */
export function page({ name, section, summary, version, sections }) {
  const lines = [
    '.\\" Made by scripts/man-pages.js',
    `.TH ${name.toUpperCase()} ${section} "" "foster ${version}" "foster"`,
    '.SH NAME',
    `${escape(name)} \\- ${escape(summary)}`,
    ...Object.entries(sections).flatMap(([title, body]) => [`.SH ${title}`, ...body]),
  ];
  return `${lines.join('\n')}\n`;
}

/** An entry of a list: what it is about, and what is said of it. */
export function entry(term, text) {
  return ['.TP', term, text];
}

/** The body of a Markdown page: headings, paragraphs, lists, tables of two columns or more, and code. */
export function fromMarkdown(markdown) {
  const blocks = markdown.trim().split(/\n{2,}/);
  return joinCode(blocks).flatMap(block);
}

/** A fenced block may hold empty lines. */
function joinCode(blocks) {
  const joined = [];
  for (const text of blocks) {
    const last = joined.at(-1);
    const open = last?.startsWith('```') && !last.endsWith('```');
    if (open) joined[joined.length - 1] = `${last}\n\n${text}`;
    else joined.push(text);
  }
  return joined;
}

function block(text) {
  const lines = text.split('\n');
  if (text.startsWith('```')) return code(lines.slice(1, -1));
  if (text.startsWith('    ')) return code(lines.map((line) => line.slice(4)));
  if (text.startsWith('## ')) return [`.SH ${escape(text.slice(3)).toUpperCase()}`];
  if (text.startsWith('# ')) return [];
  if (text.startsWith('|')) return lines.slice(2).flatMap(row);
  if (text.startsWith('- ')) return items(text);
  return ['.PP', inline(lines.join(' '))];
}

function code(lines) {
  return ['.PP', '.nf', '.RS 4', ...lines.map(escape), '.RE', '.fi'];
}

function items(text) {
  const entries = text.slice(2).split('\n- ');
  return entries.flatMap((item) => ['.IP \\(bu 2', inline(item.replace(/\n\s*/g, ' '))]);
}

/** The last column is what is said; the first is the term, and those between are put behind it. */
function row(line) {
  const cells = line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
  const [term, ...rest] = cells;
  const text = rest.pop();
  const between = rest.filter((cell) => cell !== '').map((cell) => ` (${inline(cell)})`);
  return entry(`${inline(term)}${between.join('')}`, inline(text));
}
