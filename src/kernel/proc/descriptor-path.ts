/**
 * Returns a path to what this descriptor has open, even if it was renamed or removed: for opening it again,
 * or for looking something up in it.
 */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
