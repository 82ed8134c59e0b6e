/** Where the cloud's broker is, and with what certificates it is met. */
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';
import { LinkError } from '../board.ts';

export type LinkAddress = {
  readonly host: string;
  readonly port: number;
  /** Null: plain TCP, for a broker on the same machine. */
  readonly tls: LinkIdentity | null;
  readonly mqttVersion: 3 | 5 | 'auto';
};
/** PEM texts: the device's certificate (with its chain) and key, and the authority that signs brokers. */
export type LinkIdentity = {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly caPem: string;
};

/** AWS IoT Core speaks MQTT on port 443 only to clients that offer this (iot.md 1.1). */
const awsProtocolName = 'x-amzn-mqtt-ca';

/**
 * Reads `mqtts://host[:8883]` (or `ssl:`), and without TLS `mqtt://host[:1883]` (or `tcp:`). Throws LinkError
 * saying what was expected; `identity` is needed for TLS.
 */
export function parseBrokerUrl(
  text: string,
  identity: LinkIdentity | null,
  mqttVersion: LinkAddress['mqttVersion'],
): LinkAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  const secure = url?.protocol === 'mqtts:' || url?.protocol === 'ssl:';
  const plain = url?.protocol === 'mqtt:' || url?.protocol === 'tcp:';
  if (url === null || url.hostname === '' || !(secure || plain)) {
    throw new LinkError(`broker ${text}: expected mqtts://host:port or mqtt://host:port`);
  }
  if (secure && identity === null) {
    throw new LinkError(`broker ${text}: mqtts needs a certificate, a key and an authority`);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (secure ? 8883 : 1883) : Number(url.port),
    tls: secure ? identity : null,
    mqttVersion,
  };
}

/** Mutual TLS 1.2 or 1.3; the broker must be named in its certificate's subjectAltName. */
export function tlsOptions({ port, tls }: LinkAddress) {
  if (tls === null) return {};
  const options = {
    cert: tls.certificatePem,
    key: tls.keyPem,
    ca: tls.caPem,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    checkServerIdentity: checkAlternativeName,
  } as const satisfies ConnectionOptions;
  return port === 443 ? { ...options, ALPNProtocols: [awsProtocolName] } : options;
}

/** Node falls back on the common name, which AWS's own client and RFC 9525 refuse. */
function checkAlternativeName(host: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname === undefined) {
    return new Error(`the broker's certificate has no subjectAltName, expected one for ${host}`);
  }
  return checkServerIdentity(host, certificate);
}
