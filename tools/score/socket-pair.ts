/** Two sockets that are joined: one for a child to write to, one to read from into a single buffer, again and again. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type SocketPair = {
  readonly ours: Socket;
  /** To be handed to a child as its output, and then destroyed here. */
  readonly theirs: Socket;
};

/** What a socket holds by itself on Linux. */
const bufferBytes = 256 * 1024;

/**
 * `take` is given what comes, to be looked at and not kept; where it says false, nothing more is read until `ours` is
 * resumed. A child's own pipe would be read into a new buffer each time, which costs as much as the reading.
 */
export async function openSocketPair(take: (bytes: Uint8Array) => boolean): Promise<SocketPair> {
  // A private folder: who could connect to the socket in it would be taken for us.
  const folder = await mkdtemp(path.join(tmpdir(), 'doorbell-luma-'));
  const server = createServer({ pauseOnConnect: true });
  try {
    const file = path.join(folder, 'luma.sock');
    server.listen(file);
    await once(server, 'listening');
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const ours = connect({
      path: file,
      onread: {
        buffer: Buffer.allocUnsafeSlow(bufferBytes),
        callback: (count, buffer) => take(buffer.subarray(0, count)),
      },
    });
    const [[theirs]] = await Promise.all([accepted, once(ours, 'connect')]);
    return { ours, theirs };
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
