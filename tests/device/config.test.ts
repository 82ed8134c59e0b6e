import { expect, test } from 'vitest';
import {
  ConfigError,
  configLeaves,
  readConfig,
  settingsIn,
  withoutCredentials,
} from '../../device/config.ts';
import { defaultSettings } from '../../device/core/settings.ts';

const nothing = { file: null, environment: {}, flags: {} };
const file = (value: unknown) => ({ name: 'bell.json', text: JSON.stringify(value) });

test('nothing given is the default', () => {
  const config = readConfig(nothing);
  expect(config.thing).toBe('front-door');
  expect(settingsIn(config)).toEqual(defaultSettings);
});

test('a flag overrules the environment, which overrules the file', () => {
  const config = readConfig({
    file: file({
      thing: 'from-file',
      clip: { preRollMs: 1, postRollMs: 1_001, maxLengthMs: 5_001 },
    }),
    environment: { DOORBELL_CLIP_PRE_ROLL_MS: '2', DOORBELL_CLIP_POST_ROLL_MS: '1002' },
    flags: { 'clip.preRollMs': '3' },
  });
  expect(config.thing).toBe('from-file');
  expect(config.clip).toMatchObject({ preRollMs: 3, postRollMs: 1_002, maxLengthMs: 5_001 });
});

test.each([
  ['a number', 'DOORBELL_PANEL_PORT', '0', 'panelPort', 0],
  ['nothing', 'DOORBELL_PANEL_PORT', 'null', 'panelPort', null],
  [
    'a boolean',
    'DOORBELL_IMAGER_AUDIO',
    'false',
    'imager',
    { ...defaultSettings.imager, audio: false },
  ],
  ['text', 'DOORBELL_SOURCE', 'lavfi:testsrc', 'source', 'lavfi:testsrc'],
  [
    'a list as JSON',
    'DOORBELL_IMAGER_PRIVACY_MASKS',
    '[{"x":0,"y":0,"width":0.5,"height":1}]',
    'imager',
    { ...defaultSettings.imager, privacyMasks: [{ x: 0, y: 0, width: 0.5, height: 1 }] },
  ],
] as const)('the environment gives %s', (_name, variable, text, key, expected) => {
  expect(readConfig({ ...nothing, environment: { [variable]: text } })[key]).toEqual(expected);
});

test('each problem names the field, its source, what was found and what is allowed', () => {
  const read = () =>
    readConfig({
      file: file({ clip: { preRollMs: -4, foo: 1 }, pace: 'slow' }),
      environment: { DOORBELL_PANEL_PORT: 'ninety' },
      flags: { thing: 'a/b' },
    });
  expect(read).toThrow(ConfigError);
  try {
    read();
  } catch (error) {
    const { problems } = error as ConfigError;
    expect(problems.map(({ field, source, found }) => [field, source, found])).toEqual([
      ['thing', '--thing', '"a/b"'],
      ['pace', 'settings file bell.json', '"slow"'],
      ['panelPort', 'DOORBELL_PANEL_PORT', '"ninety"'],
      ['clip.preRollMs', 'settings file bell.json', '-4'],
      ['clip.foo', 'settings file bell.json', '1'],
    ]);
    expect(problems.map(({ allowed }) => allowed)).toEqual([
      'expected a thing name: 1 to 64 of A-Z a-z 0-9 _ -',
      expect.stringContaining('"real-time"|"fast"'),
      expect.stringContaining('expected number'),
      expect.stringContaining('>=0'),
      'there is no such setting',
    ]);
  }
});

test.each([['['], ['[1]'], ['"text"'], ['null']])(
  'a settings file that is %s is refused',
  (text) => {
    expect(() => readConfig({ ...nothing, file: { name: 'bell.json', text } })).toThrow(
      /the file \(from settings file bell\.json\)/,
    );
  },
);

test('credentials in a URL are never shown', () => {
  expect(withoutCredentials('rtsp://me:secret@camera/1')).toBe('rtsp://***@camera/1');
  expect(() => readConfig({ ...nothing, flags: { broker: 'https://me:secret@host' } })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});

test('the configuration is frozen, all the way down', () => {
  const config = readConfig(nothing);
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.motion.zones)).toBe(true);
});

test('every value has one variable and one flag', () => {
  const names = configLeaves.flatMap(({ variable, flag }) => [variable, flag]);
  expect(new Set(names).size).toBe(names.length);
  expect(configLeaves.find(({ path }) => path === 'clip.preRollMs')).toEqual({
    path: 'clip.preRollMs',
    variable: 'DOORBELL_CLIP_PRE_ROLL_MS',
    flag: '--clip-pre-roll-ms',
    type: 'number',
    about: 'how much before its trigger a clip shows',
    choices: [],
    untold: 4_000,
  });
});

test('every value says what it is', () => {
  expect(configLeaves.filter(({ about }) => about === null)).toEqual([]);
});
