/** The ways in which a machine ends (reboot(2)). */
export const MACHINE_ENDS = ['power-off', 'halt', 'reboot'] as const;
export type MachineEnd = (typeof MACHINE_ENDS)[number];

/**
 * Returns how the machine ends after the event `runlevel` with these variables; undefined if it goes on. Upstart's
 * shutdown(8) adds INIT_HALT for `halt`.
 */
export function machineEndOf(env: readonly string[]): MachineEnd | undefined {
  if (env.includes('RUNLEVEL=6')) return 'reboot';
  if (!env.includes('RUNLEVEL=0')) return undefined;
  return env.includes('INIT_HALT=HALT') ? 'halt' : 'power-off';
}
