/** The records of the tracker. Each field is declared once, with its type and how it is saved, or why it is not. */
export * from './model/process.js';
export * from './model/follower.js';
export * from './model/job-lineage.js';
