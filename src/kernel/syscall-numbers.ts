/**
 * System calls for which the oldest supported C library (glibc 2.28) has no function. All are younger than the unification
 * of the tables in Linux 5.0: their numbers are the same on x86_64, arm64 and every other architecture that Node runs on
 * (include/uapi/asm-generic/unistd.h and arch/x86/entry/syscalls/syscall_64.tbl).
 */
export const SYS_PIDFD_SEND_SIGNAL = 424;
export const SYS_PIDFD_OPEN = 434;
export const SYS_CLOSE_RANGE = 436;
/** Older than the unification, so they have numbers of their own on each of the two architectures that foster runs on. */
export const SYS_PERF_EVENT_OPEN = process.arch === 'arm64' ? 241 : 298;
export const SYS_GETDENTS64 = process.arch === 'arm64' ? 61 : 217;
export const SYS_BPF = process.arch === 'arm64' ? 280 : 321;
