import { expect, test } from 'vitest';
import { CloudConfigError, readCloudConfig } from '../../cloud-stub/config.ts';

test('nothing set gives an embedded broker with the AWS profile and a window of eight', () => {
  const config = readCloudConfig({});
  expect(config).toMatchObject({
    broker: { kind: 'embedded', port: 8883, profile: 'aws', names: [] },
    api: { host: '127.0.0.1', port: 8080, publicUrl: null },
    policy: 'ring-2019',
    windowMax: 8,
    logLevel: 'info',
  });
  expect(config.folders.secrets.startsWith(config.folders.data)).toBe(false);
});

test('a flag overrules the environment, an empty variable is none', () => {
  const config = readCloudConfig(
    { CLOUD_API_PORT: '81', CLOUD_BROKER_PROFILE: 'open', CLOUD_LOG_LEVEL: '' },
    { 'api-port': '82' },
  );
  expect(config.api.port).toBe(82);
  expect(config.windowMax).toBe(64);
  expect(config.logLevel).toBe('info');
});

test.each([
  ['CLOUD_API_PORT', '99999', "CLOUD_API_PORT is '99999': "],
  ['CLOUD_API_PORT', 'http', "CLOUD_API_PORT is 'http': expected a port, 0 for any free one"],
  ['CLOUD_BROKER', 'http://x', "expected 'embedded' or a URL such as mqtts://host:8883"],
  ['CLOUD_BROKER_PROFILE', 'azure', "CLOUD_BROKER_PROFILE is 'azure': "],
  ['CLOUD_WINDOW_MAX', '101', "CLOUD_WINDOW_MAX is '101': "],
  ['CLOUD_VIRTUAL_CLOCK', 'perhaps', "expected 'true' or 'false'"],
  ['CLOUD_AT', 'noon', 'expected a time such as 2026-11-22T10:00:00Z'],
  ['CLOUD_AT', '2026-11-22T10:00:00Z', 'only a virtual clock begins at a time of your choice'],
  ['CLOUD_PUBLIC_URL', 'example', 'expected a URL such as https://host'],
])(
  '%s=%s is refused by name, with what was found and what is expected',
  (name, value, sentence) => {
    expect(() => readCloudConfig({ [name]: value })).toThrow(sentence);
  },
);

test('the clock is real, or virtual from a time of choice', () => {
  expect(readCloudConfig({}).clock).toBe('real');
  expect(readCloudConfig({ CLOUD_VIRTUAL_CLOCK: 'true' }).clock).toEqual({ virtualFrom: null });
  const from = { 'virtual-clock': 'true', at: '2019-10-14T12:00:00+02:00' };
  expect(readCloudConfig({}, from).clock).toEqual({
    virtualFrom: Date.parse('2019-10-14T10:00:00Z'),
  });
});

test('every problem is told at once, by the flag where it came from', () => {
  try {
    readCloudConfig({ CLOUD_API_PORT: 'x' }, { 'broker-port': 'y' });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(CloudConfigError);
    expect((error as CloudConfigError).problems).toEqual([
      "--broker-port is 'y': expected a port, 0 for any free one",
      "CLOUD_API_PORT is 'x': expected a port, 0 for any free one",
    ]);
  }
});
