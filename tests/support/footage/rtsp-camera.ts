/**
 * A network camera in small: RTSP 1.0 (RFC 2326) with H.264 (RFC 6184) and G.711 sound (RFC 3551), interleaved in its
 * one connection or by UDP, as the viewer asks.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../../tools/torture/free-port.ts';
import { challenge, isSignedIn, type SignIn } from './rtsp-sign-in.ts';
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
export type CameraSetup = {
  readonly signIn?: SignIn;
  readonly path?: string;
  readonly withSound?: boolean;
  /** The only way it sends; otherwise the viewer chooses. */
  readonly only?: 'tcp' | 'udp';
};
/** Sends one RTP packet of a track. */
type Send = (packet: Buffer) => void;

const ticksPerPicture = 90_000 / 15;
const payloadBytesMax = 1200;

/** Shows ffmpeg's moving test picture, 320x180 at 15 pictures a second, an IDR each second, for ever. */
export async function openRtspCamera(
  folder: string,
  { signIn, path = '/door', withSound = false, only }: CameraSetup = {},
): Promise<RtspCamera> {
  const units = await testUnits(folder, withSound);
  const viewers = new Set<Socket>();
  let server: Server | null = null;
  // One that is still free when it is plugged in again.
  const port = await freePort();
  let played = 0;

  const serve = (socket: Socket): void => {
    viewers.add(socket);
    let said = '';
    const tracks = new Map<string, Send>();
    const stops: (() => void)[] = [];
    socket.on('close', () => {
      viewers.delete(socket);
      for (const stop of stops) stop();
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
        const known =
          signIn === undefined || isSignedIn(signIn, method, head('authorization')?.trim());
        const transport = head('transport')?.trim() ?? '';
        const refusesTransport =
          method === 'SETUP' && only !== undefined && only !== wayOf(transport);
        const say = (status: string, heads: readonly string[] = [], body = ''): void =>
          void socket.write(
            reply(status, [`CSeq: ${head('cseq')?.trim() ?? '0'}`, ...heads], body),
          );
        if (method === 'OPTIONS') say('200 OK', ['Public: DESCRIBE, SETUP, PLAY, TEARDOWN']);
        else if (!known) say('401 Unauthorized', [`WWW-Authenticate: ${challenge(signIn)}`]);
        else if (!new URL(url.replace(/^rtsp/, 'http')).pathname.startsWith(path)) {
          say('404 Not Found');
        } else if (refusesTransport) say('461 Unsupported Transport');
        else if (method === 'DESCRIBE') {
          say('200 OK', ['Content-Type: application/sdp'], units.description);
        } else if (method === 'SETUP') {
          const { send, granted, stop } = openTransport(socket, transport);
          tracks.set(url.slice(url.lastIndexOf('/') + 1), send);
          stops.push(stop);
          say('200 OK', ['Session: 1', `Transport: ${granted}`]);
        } else {
          say('200 OK', ['Session: 1']);
          if (method !== 'PLAY') continue;
          played++;
          const [video, sound] = [tracks.get('track1'), tracks.get('track2')];
          if (video !== undefined) stops.push(streamPictures(video, units.pictures));
          if (sound !== undefined) stops.push(streamSound(sound));
        }
      }
    });
  };

  const plugIn = async (): Promise<void> => {
    const opened = createServer(serve).listen(port, '127.0.0.1');
    await once(opened, 'listening');
    server = opened;
  };
  await plugIn();
  return {
    port,
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

const reply = (status: string, heads: readonly string[], body: string): string =>
  [`RTSP/1.0 ${status}`, ...heads, `Content-Length: ${body.length}`, '', body].join('\r\n');

const wayOf = (transport: string): 'tcp' | 'udp' => (transport.includes('TCP') ? 'tcp' : 'udp');

/** As the viewer's Transport header asks (RFC 2326, 12.39). */
function openTransport(socket: Socket, transport: string) {
  if (wayOf(transport) === 'tcp') {
    const channel = Number(/interleaved=(\d+)/.exec(transport)?.[1] ?? 0);
    const send: Send = (packet) => {
      const head = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
      socket.write(Buffer.concat([head, packet]));
    };
    return { send, granted: transport, stop: () => {} };
  }
  const ports = /client_port=(\d+)/.exec(transport)?.[1] ?? '0';
  const udp = createSocket('udp4');
  udp.unref().on('error', () => {}); // the viewer has gone
  const send: Send = (packet) => udp.send(packet, Number(ports), '127.0.0.1');
  return { send, granted: `${transport};server_port=5000-5001`, stop: () => udp.close() };
}

function rtpPacket(
  { kind, isMarked }: { kind: number; isMarked: boolean },
  sequence: number,
  time: number,
  payload: Buffer,
): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8((isMarked ? 0x80 : 0) | kind, 1);
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(time >>> 0, 4);
  head.writeUInt32BE(kind, 8);
  return Buffer.concat([head, payload]);
}

/** Sends pictures at their pace until stopped. */
function streamPictures(send: Send, pictures: readonly (readonly Buffer[])[]): () => void {
  let [sequence, index] = [0, 0];
  const timer = setInterval(() => {
    const picture = pictures[index % pictures.length] ?? [];
    for (const [i, unit] of picture.entries()) {
      for (const { bytes, isLast } of payloadsOf(unit)) {
        const isMarked = isLast && i === picture.length - 1;
        send(rtpPacket({ kind: 96, isMarked }, sequence++, index * ticksPerPicture, bytes));
      }
    }
    index++;
  }, 1000 / 15);
  return () => clearInterval(timer);
}

/** A square wave of 400 Hz, 40 ms a packet, PCMU. */
function streamSound(send: Send): () => void {
  const wave = Buffer.from(Array.from({ length: 320 }, (_, i) => (i % 20 < 10 ? 0x90 : 0x10)));
  let sequence = 0;
  const timer = setInterval(() => {
    send(rtpPacket({ kind: 0, isMarked: false }, sequence, sequence * wave.length, wave));
    sequence++;
  }, 40);
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
async function testUnits(folder: string, withSound: boolean) {
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
    ...(withSound ? ['m=audio 0 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=control:track2'] : []),
    '',
  ].join('\r\n');
  return { pictures: pictures.filter((picture) => picture.length > 0), description };
}
