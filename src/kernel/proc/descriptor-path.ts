/**
 * A path that leads to what is open as this descriptor, whatever has become of its name: it is opened once more, or is the directory
 * in which something is looked up. Nothing of it vanishes as long as the descriptor is open.
 */
export function descriptorPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
