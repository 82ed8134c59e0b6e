/**
 * Accepts TLS connections that show a certificate of our authority, and refuses the rest before
 * MQTT is spoken.
 */
import { constants } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type PeerCertificate, type Server, type TLSSocket } from 'node:tls';
import { isThingName, type ThingName } from '../../../device/wire/ids.ts';
import type { Identity } from '../pki/pki.ts';
import type { Admission, ConnectionGuard } from './connection-guard.ts';

export type Caller = {
  readonly socket: TLSSocket;
  readonly thing: ThingName;
  readonly serial: string;
  readonly fingerprint: string;
  readonly admission: Admission;
};

export type ListenerOptions = {
  readonly host: string;
  readonly port: number;
  readonly identity: Identity;
  readonly guard: ConnectionGuard;
  readonly onCaller: (caller: Caller) => void;
  readonly onRefused: (address: string, because: string) => void;
};

/** The broker cannot listen where it was told to. */
export class BrokerListenError extends Error {
  override readonly name = 'BrokerListenError';
  readonly host: string;
  readonly port: number;
  constructor(host: string, port: number, options: ErrorOptions) {
    super(`the broker cannot listen on ${host} port ${port}`, options);
    this.host = host;
    this.port = port;
  }
}

export type TlsListener = { readonly port: number; close(): Promise<void> };

/** Throws BrokerListenError. */
export async function listenTls(options: ListenerOptions): Promise<TlsListener> {
  const { identity, guard, host, port, onRefused } = options;
  const admissions = new WeakMap<Socket, Admission>();
  const open = new Set<Socket>();
  const server = createServer({
    key: identity.keyPem,
    cert: identity.certificatePem,
    ca: identity.caPem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    // A session resumed would not show its certificate again, and that is what everything rests on.
    secureOptions: constants.SSL_OP_NO_TICKET,
    noDelay: true,
    // The guard has one deadline for handshake and CONNECT together; this one never comes first.
    handshakeTimeout: 120_000,
  });
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const admission = guard.admit(address, (because) => {
      onRefused(address, because);
      socket.destroy();
    });
    if (admission === null) {
      onRefused(address, 'too many connections');
      socket.destroy();
      return;
    }
    admissions.set(socket, admission);
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      admission.leave();
    });
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    onRefused(socket.remoteAddress ?? '', `TLS: ${error.message}`);
    socket.destroy();
  });
  server.on('secureConnection', (socket: TLSSocket) => {
    greet(socket, admissions, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new BrokerListenError(host, port, { cause })));
    server.listen({ host, port, backlog: 1024 }, resolve);
  });
  // Running out of file descriptors, above all: those who are in stay in.
  server.on('error', (error) => onRefused('', error.message));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closeServer(server, open),
  };
}

function greet(
  socket: TLSSocket,
  admissions: WeakMap<Socket, Admission>,
  { onCaller, onRefused }: ListenerOptions,
): void {
  // Node keeps the socket beneath in `_parent`; nothing public leads from a TLSSocket to it.
  const { _parent: beneath } = socket as TLSSocket & { readonly _parent?: Socket };
  const admission = beneath === undefined ? undefined : admissions.get(beneath);
  const peer: Partial<PeerCertificate> = socket.getPeerCertificate();
  const thing = peer.subject?.CN;
  if (admission === undefined || typeof thing !== 'string' || !isThingName(thing)) {
    onRefused(socket.remoteAddress ?? '', `no doorbell's certificate: '${thing}'`);
    socket.on('error', () => {});
    socket.destroy();
    return;
  }
  onCaller({
    socket,
    thing,
    serial: (peer.serialNumber ?? '').toLowerCase(),
    fingerprint: (peer.fingerprint256 ?? '').replaceAll(':', '').toLowerCase(),
    admission,
  });
}

function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of open) socket.destroy();
  });
}
