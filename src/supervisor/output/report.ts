/** Where the parts of the supervisor say what an administrator should know: foster's own log. */
export type Report = (level: 'debug' | 'info' | 'warn' | 'error', text: string) => void;
