/**
 * A proxy on the path between doorbells and broker that cuts, delays, duplicates and reorders MQTT messages. It
 * speaks TLS on both sides: towards the doorbell as the broker, towards the broker as that doorbell, whose identity
 * the harness holds.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import mqttPacket, { type Packet } from 'mqtt-packet';

/** What happens to messages from now on; probabilities are per PUBLISH. */
export type Weather = {
  readonly delayMsMax: number;
  readonly duplicateProbability: number;
  readonly reorderProbability: number;
  /** A PUBLISH and its acknowledgement vanish with the connection, as when a cable is pulled. */
  readonly cutProbability: number;
};
export const fairWeather: Weather = {
  delayMsMax: 0,
  duplicateProbability: 0,
  reorderProbability: 0,
  cutProbability: 0,
};

export type ProxyOptions = {
  readonly upstream: { readonly host: string; readonly port: number };
  /** Certificate and key the proxy shows to doorbells, and the authority it trusts. */
  readonly server: { readonly key: string; readonly cert: string; readonly ca: string };
  /** Folder of a doorbell's identity by its name. */
  readonly identityOf: (thing: string) => string;
  /** Sees what the broker sends to doorbells, as the doorbell will see it. */
  readonly onReceived: (thing: string, topic: string, payload: Uint8Array) => void;
  /** Uniform in [0, 1), from the torture's seed. */
  readonly random: () => number;
};

export type MessageProxy = {
  readonly port: number;
  setWeather(weather: Weather): void;
  /** Cuts every connection at once. Returns how many there were. */
  cutAll(): number;
  /** While blocked, connections are accepted and dropped. */
  block(blocked: boolean): void;
  readonly counts: { cut: number; delayed: number; duplicated: number; reordered: number };
  close(): Promise<void>;
};

export async function startMessageProxy(options: ProxyOptions): Promise<MessageProxy> {
  let weather = fairWeather;
  let blocked = false;
  const cables = new Set<() => void>();
  const counts = { cut: 0, delayed: 0, duplicated: 0, reordered: 0 };

  const server = tls.createServer(
    { ...options.server, requestCert: true, rejectUnauthorized: true },
    (downstream) => {
      const thing = downstream.getPeerCertificate().subject?.CN;
      if (blocked || typeof thing !== 'string') {
        downstream.destroy();
        return;
      }
      const identity = options.identityOf(thing);
      const upstream = tls.connect({
        ...options.upstream,
        key: readFileSync(path.join(identity, 'key.pem')),
        cert: readFileSync(path.join(identity, 'certificate.pem')),
        ca: options.server.ca,
        servername: 'localhost',
      });
      const cut = (): void => {
        downstream.destroy();
        upstream.destroy();
        cables.delete(cut);
      };
      cables.add(cut);
      for (const socket of [downstream, upstream]) {
        socket.setNoDelay(true);
        socket.on('error', cut).on('close', cut);
      }
      const pullCable = (): void => {
        counts.cut++;
        cut();
      };
      relay(downstream, upstream, pullCable, () => {});
      relay(upstream, downstream, pullCable, (topic, payload) =>
        options.onReceived(thing, topic, payload),
      );
    },
  );
  server.on('tlsClientError', () => {}); // a doorbell killed in its handshake
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  /** Parses what `from` sends and passes it on to `to`, as the weather has it. */
  function relay(
    from: tls.TLSSocket,
    to: tls.TLSSocket,
    pullCable: () => void,
    onPublish: (topic: string, payload: Uint8Array) => void,
  ): void {
    const parser = mqttPacket.parser({ protocolVersion: 4 });
    let held: Buffer | null = null;
    let lane = Promise.resolve();
    const send = (bytes: Buffer): void => {
      if (to.writable) to.write(bytes);
    };
    const pass = (packet: Packet): void => {
      const bytes = mqttPacket.generate(packet, { protocolVersion: 4 });
      if (packet.cmd !== 'publish') {
        send(bytes);
        return;
      }
      if (options.random() < weather.cutProbability) {
        pullCable();
        return;
      }
      onPublish(packet.topic, Buffer.from(packet.payload));
      if (options.random() < weather.duplicateProbability) {
        counts.duplicated++;
        // The copy travels at QoS 0, so that the sender sees one acknowledgement only.
        send(mqttPacket.generate({ ...packet, qos: 0, dup: false }, { protocolVersion: 4 }));
      }
      if (held === null && options.random() < weather.reorderProbability) {
        counts.reordered++;
        held = bytes;
        setTimeout(release, 300); // it may have been the last for a while
        return;
      }
      send(bytes);
      release();
    };
    const release = (): void => {
      if (held === null) return;
      const late = held;
      held = null;
      send(late);
    };
    parser.on('packet', (packet: Packet) => {
      const wait = weather.delayMsMax > 0 ? options.random() * weather.delayMsMax : 0;
      if (wait > 1) counts.delayed++;
      // Order is kept unless reordering is asked for: a delay holds up what comes after it, as a queue does.
      lane = lane
        .then(() => (wait > 1 ? new Promise<void>((done) => setTimeout(done, wait)) : undefined))
        .then(() => pass(packet));
    });
    parser.on('error', pullCable);
    from.on('data', (bytes) => parser.parse(bytes));
  }

  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    counts,
    setWeather: (next) => {
      weather = next;
    },
    cutAll: () => {
      const all = [...cables];
      for (const cut of all) cut();
      counts.cut += all.length;
      return all.length;
    },
    block: (next) => {
      blocked = next;
    },
    close: async () => {
      for (const cut of [...cables]) cut();
      server.close();
      await once(server, 'close');
    },
  };
}
