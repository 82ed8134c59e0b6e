/** A TCP port nobody listens on, on loopback. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that outgoing connections are given (Linux: 32768 and above, ip(7); IANA: 49152).
 * One of those could be taken between the look and the use, or while a server that was killed is
 * down.
 */
const lowest = 10_240;
const end = 32_768;

/** Given to nobody else who asks here, in this process or another, as long as this process lives. */
export async function freePort(draw = () => randomInt(lowest, end)): Promise<number> {
  for (;;) {
    const port = draw();
    if ((await isMarked(port)) && (await canBeHad(port))) return port;
  }
}

/** UDP has ports of its own: one that is bound there, and used for nothing, is the sign that TCP's is given away. */
async function isMarked(port: number): Promise<boolean> {
  const mark = createSocket('udp4').unref();
  mark.bind(port, '127.0.0.1');
  try {
    await once(mark, 'listening');
    return true;
  } catch {
    return false;
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
