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
    meaning: 'Says in one line what the job does.',
    fields: { description: TEXT },
  },
  {
    name: 'author',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesField('author', text('TEXT', 'a name, in quotes if it has blanks')),
    meaning: 'Says who wrote the job file.',
    fields: { author: TEXT },
  },
  {
    name: 'version',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesField('version', text('TEXT', 'a version, in quotes if it has blanks')),
    meaning: 'Says which version of the job file this is.',
    fields: { version: TEXT },
  },
  {
    name: 'usage',
    topic: 'About the job',
    origin: 'Upstart',
    body: takesField('usage', text('TEXT', 'a text, in quotes if it has blanks')),
    meaning: 'Says which variables `start` takes; printed by `usage`, and when one is missing.',
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
    meaning: 'Names events, or patterns of events, that the job may emit, so that `check-config` knows them.',
    fields: { emits: TEXTS },
  },
];
