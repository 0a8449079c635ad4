/**
 * The Upstart that foster behaves like. Boot scripts look for the word and the number in exactly this form
 * (`initctl version | grep -q upstart` in LSB's init-functions); `foster version` says what really runs.
 */
export const UPSTART_VERSION = 'upstart 1.13.2';
