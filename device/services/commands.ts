/** What the cloud may ask for: a snapshot, a live view, a reboot. Each is answered, and none is done twice. */
import { type Board, ImagerError, type Timer } from '../board.ts';
import type { Log } from '../log.ts';
import { encode } from '../wire/codec.ts';
import type { ThingName, Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import type { Command, Reply } from '../wire/messages.ts';
import { milliseconds, seconds, type UptimeMs } from '../wire/time.ts';
import { topics } from '../wire/topics.ts';

export type Snapshot = { readonly clip: Ulid; readonly still: Ulid };

export type Commands = {
  receive(command: Command): void;
  liveViewUntil(): UptimeMs | null;
  stop(): void;
};

export type CommandsOptions = {
  readonly board: Pick<Board, 'clock' | 'imager'>;
  readonly thing: ThingName;
  readonly log: Log;
  /** Footage is end-to-end encrypted: no picture leaves that the cloud could read. */
  readonly isSealed: boolean;
  readonly snapshot: () => Promise<Snapshot | null>;
  readonly post: (topic: string, payload: Uint8Array) => void;
  readonly postFrame: (jpeg: Uint8Array) => void;
  readonly reboot: () => void;
  readonly onFailed: (error: unknown) => void;
};

type Answer = Omit<Reply, 'id'>;

/** Whoever looks on asks again before this is over. */
const liveViewMax = seconds(60);
const liveViewDefault = seconds(30);
const liveView = { widthPxMax: 640, framesPerSecond: 5 } as const;
const repliesKept = 64;
/** The reply to `reboot` gets this long to leave. */
const rebootAfter = milliseconds(500);

export function createCommands(options: CommandsOptions): Commands {
  const { thing, log, post } = options;
  const { clock, imager } = options.board;
  /** By command: MQTT may deliver one twice. Null while it is being carried out. */
  const replies = new Map<Ulid, Reply | null>();
  let live: { readonly frames: Timer; end: Timer; until: UptimeMs } | null = null;

  function receive(command: Command): void {
    const known = replies.get(command.id);
    if (known !== undefined) {
      if (known !== null) say(known);
      return;
    }
    replies.set(command.id, null);
    for (const old of [...replies.keys()].slice(0, -repliesKept)) replies.delete(old);
    carryOut(command)
      .then((answer) => {
        const reply: Reply = { id: command.id, ...answer };
        replies.set(command.id, reply);
        say(reply);
      })
      .catch(options.onFailed);
  }

  function say(reply: Reply): void {
    post(topics.reply(thing, reply.id), encode(reply));
  }

  async function carryOut(command: Command): Promise<Answer> {
    log.info({ command: command.id, name: command.name }, 'received a command');
    if (command.expiresAt <= clock.now()) return { ok: false, reason: 'expired' };
    switch (command.name) {
      case 'snapshot':
        return snapshot();
      case 'live-view':
        return look(command.data);
      case 'reboot':
        clock.setTimer('reboot', rebootAfter, options.reboot);
        return { ok: true };
    }
  }

  async function snapshot(): Promise<Answer> {
    try {
      const taken = await options.snapshot();
      return taken === null
        ? { ok: false, reason: 'no still could be kept' }
        : { ok: true, data: taken };
    } catch (error) {
      if (!(error instanceof ImagerError)) throw error;
      return { ok: false, reason: `no picture: ${error.message}`.slice(0, 200) };
    }
  }

  function look(data: Command['data']): Answer {
    if (options.isSealed) return { ok: false, reason: 'footage is end-to-end encrypted' };
    const wanted = data['seconds'] === undefined ? liveViewDefault / 1000 : data['seconds'];
    if (typeof wanted !== 'number' || !(wanted > 0) || wanted > liveViewMax / 1000) {
      const allowed = `expected seconds above 0, at most ${liveViewMax / 1000}`;
      return { ok: false, reason: `${allowed}, found ${JSON.stringify(wanted)}`.slice(0, 200) };
    }
    const length = milliseconds(Math.round(wanted * 1000));
    live?.end.cancel();
    const frames =
      live?.frames ??
      imager.liveFrames(liveView, (jpeg) => {
        if (jpeg.length <= limits.stillBytesMax) options.postFrame(jpeg);
      });
    const until = (clock.uptime() + length) as UptimeMs;
    live = { frames, until, end: clock.setTimer('live-view', length, stopLooking) };
    return { ok: true, data: { seconds: wanted } };
  }

  function stopLooking(): void {
    live?.frames.cancel();
    live?.end.cancel();
    live = null;
  }

  return { receive, liveViewUntil: () => live?.until ?? null, stop: stopLooking };
}
