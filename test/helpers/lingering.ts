/** A process that sends a connection whose close(2) waits: SO_LINGER, a full buffer, and a peer that never reads. Not a test. */

export const PYTHON = '/usr/bin/python3';

/** Ten minutes: longer than any test. */
const LINGER_S = 600;

/** @returns a Python program that prints `sent` or `refused`, and keeps the peer open until it is killed */
export function lingering(path: string, kind: 'datagram' | 'stream', text = 'hello'): string {
  return `
import array, os, socket, struct, time
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
listener.bind(('127.0.0.1', 0))
listener.listen(1)
sent = socket.socket()
sent.connect(listener.getsockname())
peer, _ = listener.accept()
sent.setblocking(False)
try:
    while True: sent.send(b'x' * 65536)
except BlockingIOError: pass
sent.setblocking(True)
sent.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, ${LINGER_S}))
unix = socket.socket(socket.AF_UNIX, socket.SOCK_${kind === 'stream' ? 'STREAM' : 'DGRAM'})
unix.connect(${JSON.stringify(path)})
rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [sent.fileno()]))]
try:
    unix.sendmsg([${JSON.stringify(text)}.encode()], rights)
    print('sent', flush=True)
except PermissionError:
    print('refused', flush=True)
# the receiver has the last one now
os.close(sent.detach())
time.sleep(${LINGER_S})
`;
}
