/** How a machine ends (reboot(2)). */
export const MACHINE_ENDS = ['power-off', 'halt', 'reboot'] as const;
export type MachineEnd = (typeof MACHINE_ENDS)[number];
