/**
 * What an import works with: a service as every kind of source ends up, before it is written as a job file, and what became of
 * each setting on the way. Plain data.
 */

/** Where definitions come from. */
export const KINDS = ['systemd', 'supervisord', 'procfile', 'pm2', 's6', 'runit', 'compose'] as const;
export type Kind = (typeof KINDS)[number];

/** A setting of the source. */
export interface Origin {
  readonly file: string;
  readonly line?: number;
  /** as the source spells it: `ExecStart`, `stopwaitsecs`, `depends_on` */
  readonly word: string;
  readonly value?: string;
  /** comments that stand before it there, without their `#` */
  readonly comments?: readonly string[];
}

/** What became of one setting. */
export type Finding = {
  readonly file: string;
  readonly line?: number;
  /** the job that it belongs to; undefined for what concerns all of the file */
  readonly job?: string;
  readonly word: string;
  readonly value?: string;
} & Outcome;

export type Outcome =
  /** the job means the same */
  | { readonly verdict: 'kept'; readonly as: string }
  /** the job comes close */
  | { readonly verdict: 'approximated'; readonly as: string; readonly how: string }
  | {
      readonly verdict: 'dropped';
      readonly why: string;
      /** what could stand in */
      readonly instead?: string;
      /** it kept something from the service that it has now */
      readonly sandbox?: true;
      /** that stand before it in the source */
      readonly comments?: readonly string[];
    };

/** A file, or a service of it, from which no job could be made. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** One line of a job file before it is written: the words of a stanza, in the terms of foster's own table. */
export interface Setting {
  readonly stanza: string;
  readonly words: readonly string[];
  readonly comments: readonly string[];
}

/** A service of any kind: the common form between the readers and the writer. */
export interface Service {
  /** the name of the job */
  readonly name: string;
  /** the file that it comes from */
  readonly source: string;
  /** comments for the top of the job file */
  readonly head: readonly string[];
  readonly settings: readonly Setting[];
  readonly findings: readonly Finding[];
}

/** What a reader of one kind makes of its files. */
export interface Imported {
  readonly services: readonly Service[];
  /** of what belongs to no single service */
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

/** The files and variables around an import: the edge gives the disk's, a test its own. */
export interface Surroundings {
  /** undefined where there is nothing */
  readonly kindOf: (path: string) => 'file' | 'directory' | undefined;
  /** names in a directory, in order */
  readonly list: (directory: string) => readonly string[];
  /** @throws Error with a message for people */
  readonly read: (path: string) => string;
  readonly isExecutable: (path: string) => boolean;
  /** an absolute path */
  readonly resolve: (path: string) => string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
