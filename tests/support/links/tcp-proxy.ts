/** A TCP path that can be frozen or cut, to fail as networks do. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type TcpProxy = {
  readonly port: number;
  /** How many connections were let in so far. */
  readonly accepted: number;
  /** How many bytes were swallowed so far, being frozen. */
  readonly swallowed: number;
  /** From now on nothing is carried in either direction, and nobody is told. */
  freeze(): void;
  /** Breaks all connections, and thaws. */
  cut(): void;
  /** Breaks all connections, and from now on each new one, until it may carry again. */
  block(blocked: boolean): void;
  close(): Promise<void>;
};

export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let isBlocked = false;
  let accepted = 0;
  let swallowed = 0;
  const carry = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (bytes) => {
      if (frozen) swallowed += bytes.length;
      else to.write(bytes);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((incoming) => {
    if (isBlocked) {
      incoming.destroy();
      return;
    }
    accepted += 1;
    const outgoing = connect(targetPort, '127.0.0.1');
    carry(incoming, outgoing);
    carry(outgoing, incoming);
  });
  const cut = (): void => {
    frozen = false;
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    get swallowed() {
      return swallowed;
    },
    freeze: () => {
      frozen = true;
    },
    cut,
    block: (blocked) => {
      isBlocked = blocked;
      if (blocked) cut();
    },
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
