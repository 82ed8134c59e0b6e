/** A network camera in small: RTSP 1.0 (RFC 2326) with H.264 (RFC 6184) interleaved in its one connection. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { runFfmpeg } from './test-footage.ts';

export type RtspCamera = {
  readonly port: number;
  /** How often somebody began to watch. */
  readonly played: number;
  /** Unplugged: every connection breaks, and nobody answers any more. */
  unplug(): Promise<void>;
  /** Again at the same port. */
  plugIn(): Promise<void>;
};
export type CameraSetup = { readonly signIn?: string; readonly path?: string };

const ticksPerPicture = 90_000 / 15;
const payloadBytesMax = 1200;

/** Shows ffmpeg's moving test picture, 320x180 at 15 pictures a second, an IDR each second, for ever. */
export async function openRtspCamera(
  folder: string,
  { signIn, path = '/door' }: CameraSetup = {},
): Promise<RtspCamera> {
  const units = await testUnits(folder);
  const viewers = new Set<Socket>();
  let server: Server | null = null;
  let [port, played] = [0, 0];

  const serve = (socket: Socket): void => {
    viewers.add(socket);
    let said = '';
    let stop = (): void => {};
    socket.on('close', () => {
      viewers.delete(socket);
      stop();
    });
    socket.on('error', () => {}); // unplugged on either side
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text;
      for (let end = said.indexOf('\r\n\r\n'); end !== -1; end = said.indexOf('\r\n\r\n')) {
        const [first = '', ...heads] = said.slice(0, end).split('\r\n');
        said = said.slice(end + 4);
        const [method = '', url = ''] = first.split(' ');
        const head = (name: string): string | undefined =>
          heads.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1);
        const isSignedIn =
          signIn === undefined ||
          head('authorization')?.trim() === `Basic ${Buffer.from(signIn).toString('base64')}`;
        socket.write(answer(method, url, head('cseq')?.trim() ?? '0', isSignedIn));
        if (method !== 'PLAY' || !isSignedIn) continue;
        played++;
        stop = streamTo(socket, units.pictures);
      }
    });
  };

  const answer = (method: string, url: string, cseq: string, isSignedIn: boolean): string => {
    const reply = (status: string, heads: readonly string[] = [], body = ''): string =>
      [
        ...[`RTSP/1.0 ${status}`, `CSeq: ${cseq}`, ...heads],
        ...[`Content-Length: ${body.length}`, '', body],
      ].join('\r\n');
    if (method === 'OPTIONS') return reply('200 OK', ['Public: DESCRIBE, SETUP, PLAY, TEARDOWN']);
    if (!isSignedIn) return reply('401 Unauthorized', ['WWW-Authenticate: Basic realm="door"']);
    if (!new URL(url.replace(/^rtsp/, 'http')).pathname.startsWith(path)) {
      return reply('404 Not Found');
    }
    if (method === 'DESCRIBE') {
      return reply('200 OK', ['Content-Type: application/sdp'], units.description);
    }
    const setup = ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1'];
    return reply('200 OK', ['Session: 1', ...(method === 'SETUP' ? setup : [])]);
  };

  const plugIn = async (): Promise<void> => {
    const opened = createServer(serve);
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    port = (opened.address() as AddressInfo).port;
    server = opened;
  };
  await plugIn();
  return {
    get port() {
      return port;
    },
    get played() {
      return played;
    },
    plugIn,
    async unplug() {
      const closed = new Promise((resolve) => server?.close(resolve));
      for (const viewer of viewers) viewer.destroy();
      await closed;
    },
  };
}

/** Sends pictures at their pace until stopped. */
function streamTo(socket: Socket, pictures: readonly (readonly Buffer[])[]): () => void {
  let [sequence, index] = [0, 0];
  const timer = setInterval(() => {
    const picture = pictures[index % pictures.length] ?? [];
    for (const [i, unit] of picture.entries()) {
      for (const payload of payloadsOf(unit)) {
        const head = Buffer.alloc(16);
        head.write('$', 0, 'latin1');
        head.writeUInt16BE(12 + payload.bytes.length, 2);
        head.writeUInt8(0x80, 4);
        head.writeUInt8((payload.isLast && i === picture.length - 1 ? 0x80 : 0) | 96, 5);
        head.writeUInt16BE(sequence++ & 0xffff, 6);
        head.writeUInt32BE((index * ticksPerPicture) >>> 0, 8);
        socket.write(Buffer.concat([head, payload.bytes]));
      }
    }
    index++;
  }, 1000 / 15);
  return () => clearInterval(timer);
}

/** One packet's worth each: a whole unit, or parts of a large one (FU-A). */
function payloadsOf(unit: Buffer): readonly { readonly bytes: Buffer; readonly isLast: boolean }[] {
  if (unit.length <= payloadBytesMax) return [{ bytes: unit, isLast: true }];
  const kind = unit.readUInt8(0);
  const parts: { bytes: Buffer; isLast: boolean }[] = [];
  for (let at = 1; at < unit.length; at += payloadBytesMax) {
    const isLast = at + payloadBytesMax >= unit.length;
    const mark = (at === 1 ? 0x80 : 0) | (isLast ? 0x40 : 0) | (kind & 0x1f);
    const head = Buffer.from([(kind & 0xe0) | 28, mark]);
    parts.push({ bytes: Buffer.concat([head, unit.subarray(at, at + payloadBytesMax)]), isLast });
  }
  return parts;
}

/** The test picture as NAL units, picture by picture, and its description (RFC 4566). */
async function testUnits(folder: string) {
  const file = join(folder, 'camera.h264');
  await runFfmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=15:d=4', '-c:v', 'libx264', '-g', '15'],
    ...['-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-bf', '0', '-slices', '1', '-f', 'h264'],
    file,
  );
  const stream = readFileSync(file).toString('latin1');
  const units = stream
    .split('\0\0\x01')
    .slice(1)
    // No unit ends in zeros: they belong to the next one's start code.
    .map((unit) => Buffer.from(unit.replace(/\0+$/, ''), 'latin1'));
  const kindOf = (unit: Buffer): number => unit.readUInt8(0) & 0x1f;
  const pictures: Buffer[][] = [[]];
  for (const unit of units) {
    pictures.at(-1)?.push(unit);
    // Slices: the last unit of a picture, as each picture is one slice.
    if (kindOf(unit) === 1 || kindOf(unit) === 5) pictures.push([]);
  }
  const sets = [7, 8].map((kind) => units.find((unit) => kindOf(unit) === kind));
  const sprop = sets.map((unit) => unit?.toString('base64') ?? '').join();
  const description = [
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=door', 'c=IN IP4 0.0.0.0', 't=0 0'],
    ...['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=control:track1'],
    `a=fmtp:96 packetization-mode=1;sprop-parameter-sets=${sprop}`,
    '',
  ].join('\r\n');
  return { pictures: pictures.filter((picture) => picture.length > 0), description };
}
