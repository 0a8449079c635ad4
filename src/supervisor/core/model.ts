/**
 * The records that the core is made of: events and who holds them, jobs, their classes. Each field is declared once, with its
 * type, its initial value and how it is saved. What happens to them is in the files beside this one.
 */
export * from './model/event.js';
export * from './model/history.js';
export * from './model/job.js';
export * from './model/names.js';
export * from './model/run.js';
