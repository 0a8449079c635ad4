/**
 * Defines the data of an import: a service in a form common to all sources, and what became of each setting.
 * Plain data.
 */

/** The kinds of sources. */
export const KINDS = ['systemd', 'supervisord', 'procfile', 'pm2', 's6', 'runit', 'compose'] as const;
export type Kind = (typeof KINDS)[number];

/** A setting of the source. */
export interface Origin {
  readonly file: string;
  readonly line?: number;
  /** as the source spells it: `ExecStart`, `stopwaitsecs`, `depends_on` */
  readonly word: string;
  readonly value?: string;
  /** the comments before it, without their `#` */
  readonly comments?: readonly string[];
}

/** What became of one setting. */
export type Finding = {
  readonly file: string;
  readonly line?: number;
  /** the job that it belongs to; undefined when it concerns the whole file */
  readonly job?: string;
  readonly word: string;
  readonly value?: string;
} & Outcome;

export type Outcome =
  /** the job has the same setting */
  | { readonly verdict: 'kept'; readonly as: string }
  /** the job has a similar setting */
  | { readonly verdict: 'approximated'; readonly as: string; readonly how: string }
  | {
      readonly verdict: 'dropped';
      readonly why: string;
      /** a possible substitute */
      readonly instead?: string;
      /** it restricted the service, and the job lacks the restriction */
      readonly sandbox?: true;
      /** the comments before it in the source */
      readonly comments?: readonly string[];
    };

/** A file or a service from which no job could be made. */
export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** One line of a job file to be written: the words of a stanza in foster's own table. */
export interface Setting {
  readonly stanza: string;
  readonly words: readonly string[];
  readonly comments: readonly string[];
}

/** A service of any kind: readers produce it, and the writer takes it. */
export interface Service {
  /** the name of the job */
  readonly name: string;
  /** the source file */
  readonly source: string;
  /** comments for the top of the job file */
  readonly head: readonly string[];
  readonly settings: readonly Setting[];
  readonly findings: readonly Finding[];
}

/** The result of a reader. */
export interface Imported {
  readonly services: readonly Service[];
  /** of settings that belong to no single service */
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

/** Access to files and variables: those of the machine, or a test's. */
export interface Surroundings {
  /** undefined when nothing is there */
  readonly kindOf: (path: string) => 'file' | 'directory' | undefined;
  /** the sorted names in a directory */
  readonly list: (directory: string) => readonly string[];
  /** @throws Error with a message for people */
  readonly read: (path: string) => string;
  readonly isExecutable: (path: string) => boolean;
  /** an absolute path */
  readonly resolve: (path: string) => string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}
