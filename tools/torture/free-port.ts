/** A TCP port nobody listens on, on loopback. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that outgoing connections are given (Linux: 32768 and above, ip(7); IANA: 49152).
 * One of those could be taken between the look and the use, or while a server that was killed is
 * down.
 */
const lowest = 10_240;
const end = 32_768;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, end);
    if (await canBeHad(port)) return port;
  }
}

async function canBeHad(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
