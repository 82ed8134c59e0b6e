import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished } from 'vitest';
import { FfmpegImager } from '../../../device/peripherals/ffmpeg-imager.ts';
import { parseSource, type RtspTransport } from '../../../device/peripherals/footage-source.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import { plainSettings } from '../../contract/imager.ts';
import { createRecordingSink } from '../../support/footage/recording-sink.ts';
import { type CameraSetup, openRtspCamera } from '../../support/footage/rtsp-camera.ts';
import {
  ffmpegUnderTest,
  runFfmpeg,
  withFfmpeg as test,
} from '../../support/footage/test-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

async function watching(address: string, rtspTransport: RtspTransport = 'tcp') {
  const heard: string[] = [];
  const imager = new FfmpegImager({
    clock: new SystemClock(),
    binary: await ffmpegUnderTest(),
    source: await parseSource(address, { mode: 'loop', pace: 'real-time' }, rtspTransport),
    encoder: 'auto',
    onLine: (line) => heard.push(line),
  });
  onTestFinished(() => imager.stop());
  const sink = createRecordingSink();
  const started = imager.start(plainSettings, sink);
  started.catch(() => {}); // stopped before the first picture, where none comes
  return { imager, sink, heard, started };
}

async function rtspCamera(setup: CameraSetup = {}) {
  const camera = await openRtspCamera(temporaryFolder(), setup);
  onTestFinished(() => camera.unplug());
  return camera;
}

async function httpCamera(serve: RequestListener): Promise<string> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ann = { user: 'ann', password: 's3cret' } as const;

test.each([
  ['Basic', 'tcp'],
  ['Digest', 'udp'],
] as const)(
  'a camera by RTSP, signed in to by %s, is recorded over %s: fragments of a second that decode',
  async (how, only) => {
    const camera = await rtspCamera({ signIn: { how, ...ann }, only });
    const address = `rtsp://ann:s3cret@127.0.0.1:${camera.port}/door`;
    const { imager, sink, heard } = await watching(address, only);
    await waitFor('three fragments', () => sink.fragments.length >= 3);
    await imager.stop();
    expect(sink.faults).toEqual([]);
    expect(sink.inits.map(({ widthPx, heightPx }) => [widthPx, heightPx])).toEqual([[320, 180]]);
    expect(sink.fragments.every(({ durationMs }) => durationMs <= 1000)).toBe(true);
    expect(sink.luma.length).toBeGreaterThan(5);
    await runFfmpeg('-xerror', '-i', sink.save(temporaryFolder()), '-f', 'null', '-');
    expect(heard.join('\n')).toContain('rtsp://***@127.0.0.1');
    expect(heard.join('\n')).not.toContain('s3cret');
  },
);

test('the sound of a camera by RTSP is recorded with its pictures', async () => {
  const camera = await rtspCamera({ withSound: true });
  const { imager, sink } = await watching(`rtsp://127.0.0.1:${camera.port}/door`);
  await waitFor('four fragments', () => sink.fragments.length >= 4);
  await imager.stop();
  expect(sink.faults).toEqual([]);
  expect(sink.inits[0]).toMatchObject({ hasAudio: true });
  const folder = temporaryFolder();
  const file = sink.save(folder);
  await runFfmpeg('-xerror', '-i', file, '-f', 'null', '-');
  const sound = join(folder, 'sound.pcm');
  await runFfmpeg('-i', file, '-vn', '-ac', '1', '-f', 's16le', sound);
  const samples = readFileSync(sound);
  const loud = Array.from({ length: samples.length / 2 }, (_, i) => samples.readInt16LE(i * 2));
  expect(loud.filter((sample) => Math.abs(sample) > 3000).length).toBeGreaterThan(loud.length / 4);
});

test('a camera that does not send as it is asked to is named', async () => {
  const camera = await rtspCamera({ only: 'udp' });
  const { sink } = await watching(`rtsp://127.0.0.1:${camera.port}/door`, 'tcp');
  await waitFor('a fault', () => sink.faults.length > 0);
  expect(sink.faults[0]?.because).toContain('it does not send this way');
});

test('a camera by RTSP that goes away and comes back is recorded on, in a stream of its own', async () => {
  const camera = await rtspCamera();
  const { imager, sink } = await watching(`rtsp://127.0.0.1:${camera.port}/door`);
  await waitFor('a fragment', () => sink.fragments.length >= 1);
  await camera.unplug();
  const isToldWhy = (): boolean =>
    sink.faults.some(({ because }) => because.includes('nothing listens there'));
  await waitFor('what is wrong', isToldWhy);
  const before = sink.fragments.length;
  await camera.plugIn();
  await waitFor('more fragments', () => sink.fragments.length > before);
  await imager.stop();
  expect(camera.played).toBeGreaterThanOrEqual(2);
  expect(sink.inits.length).toBe(2);
  expect(sink.fragments[before]?.continuous).toBe(false);
  expect(sink.faults.every(({ ended }) => !ended)).toBe(true);
});

test.each([
  ['a wrong password', 'ann:wr0ng@', '/door', 'it refuses this user name and password'],
  ['no password', '', '/door', 'it refuses this user name and password'],
  ['a path it does not have', 'ann:s3cret@', '/garden', 'it has no stream at this path'],
])('by RTSP with %s it is said so, and no password with it', async (_, signIn, path, because) => {
  const camera = await rtspCamera({ signIn: { how: 'Digest', ...ann } });
  const address = `127.0.0.1:${camera.port}${path}`;
  const { sink, heard } = await watching(`rtsp://${signIn}${address}`);
  await waitFor('a fault', () => sink.faults.length > 0);
  const shown = signIn === '' ? '' : '***@';
  expect(sink.faults[0]).toEqual({
    ended: false,
    because: `camera rtsp://${shown}${address}: ${because}`,
  });
  expect(heard.join('\n')).not.toMatch(/wr0ng|s3cret/);
});

test('a camera by HTTP that sends JPEG after JPEG is recorded', async () => {
  const jpeg = await sharp({
    create: { width: 320, height: 180, channels: 3, background: '#3a6ea5' },
  })
    .jpeg()
    .toBuffer();
  const address = await httpCamera((_request, response) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
    const send = (): void => {
      const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`;
      response.write(Buffer.concat([Buffer.from(head), jpeg, Buffer.from('\r\n')]));
    };
    const timer = setInterval(send, 1000 / 15);
    response.on('close', () => clearInterval(timer));
    send();
  });
  const { imager, sink } = await watching(`http://${address}/video`);
  await waitFor('two fragments', () => sink.fragments.length >= 2);
  await imager.stop();
  expect(sink.inits[0]).toMatchObject({ widthPx: 320, heightPx: 180, hasAudio: false });
  await runFfmpeg('-xerror', '-i', sink.save(temporaryFolder()), '-f', 'null', '-');
});

test('a camera by HTTP that refuses the password says so', async () => {
  const address = await httpCamera((_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="door"' }).end();
  });
  const { sink } = await watching(`http://ann:wr0ng@${address}/video?token=wr0ng`);
  await waitFor('a fault', () => sink.faults.length > 0);
  expect(sink.faults[0]?.because).toBe(
    `camera http://***@${address}/video?***: it refuses this user name and password`,
  );
});

test('a V4L2 device that is not there is named', async () => {
  const { sink } = await watching('v4l2:/dev/video99');
  await waitFor('a fault', () => sink.faults.length > 0);
  expect(sink.faults[0]).toEqual({
    ended: false,
    because: 'camera /dev/video99: there is no such device',
  });
});
