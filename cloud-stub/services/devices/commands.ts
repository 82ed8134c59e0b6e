/** Commands to a doorbell: each with an id and an end, its reply awaited. Nothing is queued for one that is away. */
import { decode, encode } from '../../../device/wire/codec.ts';
import { makeUlid, type ThingName, type Ulid } from '../../../device/wire/ids.ts';
import { type Command, type CommandName, replySchema } from '../../../device/wire/messages.ts';
import { type DurationMs, later } from '../../../device/wire/time.ts';
import { topics } from '../../../device/wire/topics.ts';
import type { Ports } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';
import type { PresenceWatch } from './presence.ts';

/** `offline` and `unanswered` are expected: a doorbell sleeps, loses its link, is unscrewed. */
export type CommandOutcome =
  | { readonly ok: true; readonly data?: Command['data'] }
  | {
      readonly ok: false;
      readonly because: 'offline' | 'unanswered' | 'refused';
      readonly detail?: string;
    };

export type Commands = {
  send(
    thing: ThingName,
    name: CommandName,
    data: Command['data'],
    wait?: DurationMs,
  ): Promise<CommandOutcome>;
  /** A device's reply, as it came; the reason when it was refused, else null. [WIRE-9] */
  takeReply(thing: ThingName, command: Ulid, payload: Uint8Array): string | null;
  /** Answers all who wait. */
  stop(): void;
};

export function makeCommands(
  ports: Pick<Ports, 'bus' | 'clock' | 'entropy'>,
  presence: Pick<PresenceWatch, 'connected'>,
): Commands {
  const { bus, clock, entropy } = ports;
  type Waiting = { readonly thing: ThingName; readonly settle: (outcome: CommandOutcome) => void };
  const waiting = new Map<Ulid, Waiting>();

  return {
    async send(thing, name, data, wait = serviceLimits.commandReplyMs) {
      if (presence.connected(thing) === false) return { ok: false, because: 'offline' };
      const unanswered = [...waiting.values()].filter((one) => one.thing === thing).length;
      if (unanswered >= serviceLimits.commandsPendingMax) {
        return { ok: false, because: 'unanswered', detail: 'too many commands wait for a reply' };
      }
      const id = makeUlid(clock.now(), (count) => entropy.bytes(count));
      const command: Command = { id, name, expiresAt: later(clock.now(), wait), data };
      const outcome = new Promise<CommandOutcome>((resolve) => {
        const timer = clock.setTimer('command-reply', wait, () =>
          settle({ ok: false, because: 'unanswered' }),
        );
        const settle = (answer: CommandOutcome): void => {
          timer.cancel();
          waiting.delete(id);
          resolve(answer);
        };
        waiting.set(id, { thing, settle });
      });
      try {
        await bus.publish(topics.command(thing), encode(command));
      } catch (error) {
        const detail = error instanceof Error ? error.message : 'the broker refused it';
        waiting.get(id)?.settle({ ok: false, because: 'offline', detail });
      }
      return outcome;
    },

    takeReply(thing, command, payload) {
      const decoded = decode(replySchema, payload);
      if (!decoded.ok) return decoded.because;
      const { id, ok, reason, data } = decoded.message;
      if (id !== command) return 'the reply names another command than its topic';
      const asked = waiting.get(command);
      if (asked === undefined || asked.thing !== thing) return 'a reply that nobody waits for';
      asked.settle(
        ok
          ? { ok: true, ...(data === undefined ? {} : { data }) }
          : { ok: false, because: 'refused', ...(reason === undefined ? {} : { detail: reason }) },
      );
      return null;
    },

    stop() {
      for (const { settle } of [...waiting.values()]) settle({ ok: false, because: 'unanswered' });
    },
  };
}
