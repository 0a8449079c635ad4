/** How a machine ends (reboot(2)). */
export const MACHINE_ENDS = ['power-off', 'halt', 'reboot'] as const;
export type MachineEnd = (typeof MACHINE_ENDS)[number];

/**
 * What the event `runlevel` with these variables means for the machine; undefined where it goes on. INIT_HALT is what
 * Upstart's shutdown(8) adds for `halt`.
 */
export function machineEndOf(env: readonly string[]): MachineEnd | undefined {
  if (env.includes('RUNLEVEL=6')) return 'reboot';
  if (!env.includes('RUNLEVEL=0')) return undefined;
  return env.includes('INIT_HALT=HALT') ? 'halt' : 'power-off';
}
