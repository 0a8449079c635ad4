/** Makes a page of what a terminal shows: text with colours (SGR sequences of `tmux capture-pane -e`). */

const COLOURS = ['#2e3440', '#d9646c', '#8fbc7a', '#e0b860', '#6ea8dc', '#b48ead', '#6fc3c9', '#d8dee9'];

function styleOf({ bold, dim, reverse, colour }) {
  const text = colour === undefined ? '#d8dee9' : COLOURS[colour];
  return [
    bold ? 'font-weight: bold' : '',
    dim ? 'opacity: 0.65' : '',
    reverse ? `color: #1d2128; background: ${text}` : `color: ${text}`,
  ].join('; ');
}

/** Applies the numbers of one sequence to a style. */
function applied(style, numbers) {
  let next = style;
  for (const number of numbers)
    if (number === 0) next = {};
    else if (number === 1) next = { ...next, bold: true };
    else if (number === 2) next = { ...next, dim: true };
    else if (number === 7) next = { ...next, reverse: true };
    else if (number === 22) next = { ...next, bold: false, dim: false };
    else if (number === 27) next = { ...next, reverse: false };
    else if (number === 39) next = { ...next, colour: undefined };
    else if ((number >= 30 && number <= 37) || (number >= 90 && number <= 97))
      next = { ...next, colour: number % 10 };
  return next;
}

const escaped = (text) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);

export function terminalPage(screen) {
  let style = {};
  const parts = screen
    .trimEnd()
    .split(/(\x1b\[[\d;]*m)/)
    .map((part) => {
      const [, numbers] = /^\x1b\[([\d;]*)m$/.exec(part) ?? [];
      if (numbers === undefined) return `<span style="${styleOf(style)}">${escaped(part)}</span>`;
      style = applied(style, numbers.split(';').map(Number));
      return '';
    });
  return `<body style="margin: 0; background: #1d2128"><pre style="margin: 0; padding: 12px; display: inline-block; background: #1d2128; font: 14px/1.35 'DejaVu Sans Mono', monospace">${parts.join('')}</pre>`;
}
