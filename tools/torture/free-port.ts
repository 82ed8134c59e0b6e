/** A TCP port nobody listens on, on loopback. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that outgoing connections are given (Linux: 32768 and above, ip(7); IANA: 49152).
 * One of those could be taken between the look and the use, or while a server that was killed is
 * down.
 */
const lowest = 10_240;
const end = 32_768;
/** Each process begins so far from the one before it, so that none looks where another is about to listen. */
const stride = 61;

let given = 0;

/** Each port once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + ((process.pid * stride + given++) % (end - lowest));
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
