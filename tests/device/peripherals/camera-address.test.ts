import { expect, test } from 'vitest';
import { addressName, withoutSecrets } from '../../../device/peripherals/camera-address.ts';
import { ffmpegInput, parseSource } from '../../../device/peripherals/footage-source.ts';

test.each([
  ['rtsp://cam/door', 'rtsp://cam/door'],
  ['rtsp://ann:secret@cam:554/door', 'rtsp://***@cam:554/door'],
  ['RTSPS://ann:p@ss/w@cam/door', 'RTSPS://***@cam/door'],
  ['http://cam/video?user=ann&pwd=secret', 'http://cam/video?***'],
  ['http://ann@cam/video?pwd=a@b', 'http://***@cam/video?***'],
])('%s is named %s', (url, name) => {
  expect(addressName(url)).toBe(name);
});

test.each([
  'rtsp://ann:s3cret@cam/door',
  'rtsp://ann:s3cret%2F1@cam/door',
  'http://cam/video?pwd=s3cret',
  'rtsp://ann:s3@cret@cam/door',
])('what is said of %s tells no secret', (url) => {
  const said = [
    `Input #0, rtsp, from '${url}':`,
    `${decodeURIComponent(url)}: Connection refused`,
    `[tcp @ 0x1] Connection to ${url.replace('door', 'door/track1')} failed`,
    `asked for ${url.slice(url.lastIndexOf('/'))}`,
  ].join('\n');
  const told = withoutSecrets(said, url);
  expect(told).not.toMatch(/s3|cret/);
  expect(told).toContain('Connection refused');
});

test('an address nobody knows how to read is refused without its password', async () => {
  const parsing = parseSource('rtmp://ann:secret@cam/door', { mode: 'loop', pace: 'real-time' });
  await expect(parsing).rejects.toThrow(
    'camera rtmp://***@cam/door: not a kind of address that is known, expected rtsp, rtsps, http or https',
  );
});

test.each([
  ['v4l2:/dev/video2', ['-f', 'v4l2', '-threads', '1'], '/dev/video2'],
  ['rtsp://cam/door', expect.arrayContaining(['-rtsp_transport', 'tcp']), 'rtsp://cam/door'],
  ['http://cam/video', expect.arrayContaining(['-re']), 'http://cam/video'],
])('%s is read by ffmpeg with these options', async (text, options, target) => {
  const source = await parseSource(text, { mode: 'loop', pace: 'real-time' });
  expect(await ffmpegInput(source, 15)).toEqual({ options, target });
});
