import { test } from 'tap';

import { capabilityNames, ownCapabilities } from '../../../src/kernel/process/capabilities.js';
import { isInitialNamespace, namespaceOf } from '../../../src/kernel/proc/namespace.js';
import { parseProcessStatus, readProcessStatus } from '../../../src/kernel/proc/process-status.js';

const STATUS = `Name:\tpid: x
Umask:\t0022
Uid:\t1000\t0\t0\t0
Gid:\t100\t5\t5\t5
TracerPid:\t12
NSpid:\t4711\t1
Threads:\t3
SigBlk:\t0000000000000001
SigIgn:\t8000000000001000
SigCgt:\t0000000000000000
CapEff:\t00000000a80425fb
CapBnd:\t00000000a80425fb
NoNewPrivs:\t1
Seccomp:\t2
`;

test('the fields are read by name', (t) => {
  t.strictSame(parseProcessStatus(STATUS), {
    uid: { real: 1000, effective: 0 },
    gid: { real: 100, effective: 5 },
    threads: 3,
    namespacePids: [4711, 1],
    blockedSignals: new Set([1]),
    ignoredSignals: new Set([13, 64]),
    caughtSignals: new Set(),
    tracer: 12,
    effectiveCapabilities: 0xa80425fbn,
    boundingCapabilities: 0xa80425fbn,
    seccomp: 'filter',
    noNewPrivileges: true,
  });
  t.end();
});

test('a process that does not exist has none', (t) => {
  t.equal(readProcessStatus(2 ** 22 + 1), undefined);
  t.end();
});

test("Docker's default capabilities by name", (t) => {
  t.strictSame(
    [...capabilityNames(0xa80425fbn)].sort(),
    'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
      ' ',
    ),
  );
  t.strictSame(capabilityNames(1n << 50n), new Set(['50']), 'one that is not known yet');
  t.end();
});

test('our own capabilities are those of /proc', (t) => {
  t.strictSame(ownCapabilities(), capabilityNames(readProcessStatus('self')?.effectiveCapabilities ?? -1n));
  t.end();
});

test('namespaces are told apart by number', (t) => {
  t.type(namespaceOf('self', 'pid'), 'number');
  t.equal(namespaceOf('self', 'pid'), namespaceOf(process.pid, 'pid'));
  t.type(isInitialNamespace('pid'), 'boolean');
  t.equal(isInitialNamespace('net'), undefined, 'that of the network has no fixed number');
  t.equal(namespaceOf(2 ** 22 + 1, 'pid'), undefined);
  t.end();
});
