/**
 * Signatures checked on libuv's threads. To check one takes as long as all else that a message costs, so a cloud of
 * many doorbells is bounded by it. Those asked for while others are checked wait and go together; all of a round are
 * answered in one turn and in the order they were asked for, so that the order of what follows is that of the
 * questions, whichever thread was the quicker.
 */
import { type KeyObject, verify } from 'node:crypto';
import type { Signatures } from '../ports.ts';

type Question = {
  readonly bytes: Uint8Array;
  readonly sig: string;
  readonly publicKey: KeyObject;
  readonly answer: (isGood: boolean) => void;
};

export function openSignatureThreads(): Signatures {
  let waiting: Question[] = [];
  let isAtWork = false;

  async function work(): Promise<void> {
    isAtWork = true;
    // The messages that this turn of the event loop brings are checked together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      const answers = await Promise.all(round.map(check));
      for (const [i, { answer }] of round.entries()) answer(answers[i] === true);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    isAtWork = false;
  }

  return {
    verify: (bytes, sig, publicKey) =>
      new Promise((answer) => {
        waiting.push({ bytes, sig, publicKey, answer });
        if (!isAtWork) void work();
      }),
  };
}

const check = ({ bytes, sig, publicKey }: Question): Promise<boolean> =>
  new Promise((resolve) => {
    try {
      verify('sha256', bytes, publicKey, Buffer.from(sig, 'base64url'), (error, isGood) =>
        // Not DER, or not a point: a forged signature, not a fault of ours. [WIRE-9]
        resolve(error === null && isGood),
      );
    } catch {
      resolve(false);
    }
  });
