import { text } from './argument.js';
import { takesField, takesMany, type Stanza } from './stanza.js';

const TEXT = { type: 'string', minLength: 1 };
const TEXTS = { type: 'array', items: TEXT };

/** What people and tools read about a job. */
export const ABOUT: readonly Stanza[] = [
  {
    name: 'description',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesField('description', text('TEXT', 'a description, in quotes if it has blanks')),
    meaning: 'Describes the job in one line.',
    fields: { description: TEXT },
  },
  {
    name: 'author',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesField('author', text('TEXT', 'a name, in quotes if it has blanks')),
    meaning: 'Names the author of the job file.',
    fields: { author: TEXT },
  },
  {
    name: 'version',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesField('version', text('TEXT', 'a version, in quotes if it has blanks')),
    meaning: 'Gives the version of the job file.',
    fields: { version: TEXT },
  },
  {
    name: 'usage',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesField('usage', text('TEXT', 'a text, in quotes if it has blanks')),
    meaning:
      'Describes the variables that `start` takes. `initctl usage` prints it, and so does a start without a required variable.',
    fields: { usage: TEXT },
  },
  {
    name: 'emits',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesMany(
      text('EVENT...', 'the name of an event'),
      (draft, events) => {
        draft.emits = [...draft.emits, ...events];
      },
      (job) => job.emits,
    ),
    accumulates: true,
    meaning: 'Declares events that the job may emit, as names or patterns, for `check-config`.',
    fields: { emits: TEXTS },
  },
];
