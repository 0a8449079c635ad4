/** Shows the state of a job as a word, a colour, and a shape for users who cannot see the colour. */
import type { JobView, Tone } from '../wire.js';
import { h, setText } from './dom.js';

const SHAPES = { good: '●', busy: '◐', bad: '✖', idle: '○' } as const satisfies Record<Tone, string>;

interface StatePill {
  readonly element: HTMLElement;
  set(job: Pick<JobView, 'tone' | 'condition'>): void;
}

export function statePill(): StatePill {
  const shape = h('span', { 'aria-hidden': 'true', class: 'shape' });
  const word = h('span');
  const element = h('span', { class: 'pill' }, shape, word);
  return {
    element,
    set: ({ tone, condition }) => {
      if (element.dataset['tone'] !== tone) element.dataset['tone'] = tone;
      setText(shape, SHAPES[tone]);
      setText(word, condition);
    },
  };
}
