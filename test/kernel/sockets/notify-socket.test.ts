import { closeSync, existsSync, fstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type Test } from 'tap';
import { NotifySocket, type NotifyDatagram } from '../../../src/kernel/sockets/notify-socket.js';
import { end, kernel, shell } from '../support.js';
import { reapNow } from '../../../src/kernel/process/wait.js';

const SEND = `perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die; send($s, $ARGV[1], 0, pack_sockaddr_un($ARGV[0])) or die'`;

const PYTHON = '/usr/bin/python3';
const withoutPython = existsSync(PYTHON) ? false : `${PYTHON} is needed to send descriptors`;

interface Bench {
  readonly socket: NotifySocket;
  /** runs a shell script in which $S is the path of the socket; what came, and the pid of the shell */
  readonly send: (script: string) => Promise<{ datagram: NotifyDatagram | undefined; pid: number }>;
}

function bench(t: Test): Bench {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  const socket = NotifySocket.bind(join(directory, 'notify'));
  t.teardown(() => {
    socket.close();
    rmSync(directory, { recursive: true });
  });
  return {
    socket,
    send: async (script) => {
      const pid = shell(`S=${socket.path}; ${script}`);
      await end(pid);
      t.equal(reapNow(pid), 0, 'the sender has succeeded');
      return { datagram: socket.receive(), pid };
    },
  };
}

test('a message comes with the process that sent it, though that has ended by then', async (t) => {
  const { send, socket } = bench(t);
  const { datagram, pid } = await send(`exec ${SEND} $S 'READY=1\nSTATUS=größer'`);
  t.same(datagram, { pid, uid: process.getuid!(), text: 'READY=1\nSTATUS=größer', descriptors: [] });
  t.equal(socket.receive(), undefined, 'there was one only');
});

test('a message wakes the event loop', async (t) => {
  const { socket, send } = bench(t);
  const came = new Promise<NotifyDatagram | undefined>((resolve) => {
    const watch = kernel.descriptors.onReadable(socket.fd, () => {
      watch.dispose();
      resolve(socket.receive());
    });
  });
  const [datagram] = await Promise.all([came, send(`${SEND} $S WATCHDOG=1`)]);
  t.equal(datagram?.text, 'WATCHDOG=1');
});

test('everybody may write to it', { skip: process.getuid?.() === 0 ? false : 'needs root' }, (t) => {
  const { socket } = bench(t);
  t.equal(statSync(socket.path).mode & 0o777, 0o666);
  t.end();
});

test(
  'descriptors come with a message, and close by themselves in children',
  { skip: withoutPython },
  async (t) => {
    const { send, socket } = bench(t);
    const script = [
      'import array, os, socket, sys',
      's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
      'fds = array.array("i", [os.open("/dev/null", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY)])',
      's.sendmsg([b"FDSTORE=1"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], 0, sys.argv[1])',
    ].join('\n');
    const { datagram } = await send(`exec ${PYTHON} -c '${script}' $S`);
    t.equal(datagram?.text, 'FDSTORE=1');
    const devices = datagram!.descriptors.map((fd) => fstatSync(fd).rdev);
    t.same(devices, [statSync('/dev/null').rdev, statSync('/dev/zero').rdev]);
    const [first] = datagram!.descriptors;
    const child = shell(`[ ! -e /proc/$$/fd/${first} ]`);
    await end(child);
    t.equal(reapNow(child), 0);
    for (const fd of datagram!.descriptors) closeSync(fd);
    t.equal(socket.receive(), undefined);
  },
);

test('a message that is too long is not taken for its beginning', async (t) => {
  const { send } = bench(t);
  const { datagram } = await send(`exec ${SEND} $S READY=1$(printf '%05000d' 0)`);
  t.equal(datagram?.text, undefined);
});

test('takes the place of a socket that was left behind, and leaves none itself', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'foster-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'notify');
  writeFileSync(path, '');
  const socket = NotifySocket.bind(path);
  t.ok(statSync(path).isSocket());
  socket.close();
  t.notOk(existsSync(path));
  t.throws(() => NotifySocket.bind(join(directory, 'none', 'notify')), { code: 'ENOENT', syscall: 'bind' });
  t.throws(() => NotifySocket.bind(`/${'x'.repeat(107)}`), /at most 107 bytes/);
  t.end();
});
