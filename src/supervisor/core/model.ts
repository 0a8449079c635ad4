/**
 * The records of the core: events and their holders, jobs, their classes. Each field is declared once, with
 * its type, its initial value and how it is saved. The neighbouring files change them.
 */
export * from './model/event.js';
export * from './model/history.js';
export * from './model/job.js';
export * from './model/names.js';
export * from './model/run.js';
