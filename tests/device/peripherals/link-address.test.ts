import { expect, test } from 'vitest';
import { LinkError } from '../../../device/board.ts';
import { parseBrokerUrl, tlsOptions } from '../../../device/peripherals/link-address.ts';

const identity = { certificatePem: 'certificate', keyPem: 'key', caPem: 'authority' };

test.each([
  ['mqtts://cloud.example', 'cloud.example', 8883, true],
  ['mqtts://cloud.example:443', 'cloud.example', 443, true],
  ['ssl://cloud.example:8884', 'cloud.example', 8884, true],
  ['mqtts://[::1]:9000', '::1', 9000, true],
  ['mqtt://127.0.0.1', '127.0.0.1', 1883, false],
  ['tcp://127.0.0.1:1884', '127.0.0.1', 1884, false],
])('%s', (url, host, port, secure) => {
  const address = parseBrokerUrl(url, identity, 'auto');
  expect(address).toEqual({ host, port, tls: secure ? identity : null, mqttVersion: 'auto' });
});

test.each(['cloud.example', 'http://cloud.example', 'mqtts://', ''])('%j is refused', (url) => {
  expect(() => parseBrokerUrl(url, identity, 'auto')).toThrow(LinkError);
});

test('TLS needs an identity', () => {
  expect(() => parseBrokerUrl('mqtts://cloud.example', null, 3)).toThrow('needs a certificate');
});

test('on port 443 the protocol is named, as AWS IoT Core wants it there and nowhere else', () => {
  const at = (port: number) => parseBrokerUrl(`mqtts://cloud.example:${port}`, identity, 3);
  expect(tlsOptions(at(443))).toMatchObject({ ALPNProtocols: ['x-amzn-mqtt-ca'] });
  expect(tlsOptions(at(8883))).not.toHaveProperty('ALPNProtocols');
  expect(tlsOptions(at(8883))).toMatchObject({ minVersion: 'TLSv1.2', rejectUnauthorized: true });
});
