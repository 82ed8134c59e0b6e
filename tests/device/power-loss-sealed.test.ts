/** Power lost while footage is sealed: nothing durable is lost, and all that reaches the cloud opens. [DEV-3] */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createForgetfulFlash } from '../../tools/simulation/forgetful-flash.ts';
import {
  bootRecorded,
  createRecord,
  expectAccountable,
  fragmentBytes,
  playEvening,
  smallFlash,
} from '../support/device/doorbell-session.ts';
import type { CloudClip } from '../support/device/fake-cloud.ts';
import { makeFootageOwner } from '../support/device/sealed-clips.ts';
import { createSimulatedBoard, testConfig, testThing } from '../support/device/simulated-board.ts';

const owner = makeFootageOwner();
const config = testConfig({
  ...smallFlash,
  encryption: { ownerKeys: [owner.publicKey] },
});
/** About as many as the evening takes; a later cut is none. */
const operationsMax = 250;
/** The operation after the first clip's end has been sealed. */
const sealedButNotClosed = 77;

/**
 * Opens as far as it goes; one that ended as it should has its end. Of the others only one may have it: sealed to the
 * end when the power failed, before the doorbell could write down how it ended.
 */
async function expectOpens({ opening, chunks, final }: CloudClip): Promise<void> {
  if (final?.disposition === 'evicted') return;
  const sealed = [...chunks].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
  const of = { thing: testThing, clip: opening.clip };
  const { isWhole } = await owner.open(of, opening.e2ee?.recipients ?? [], Buffer.concat(sealed));
  const complete = final?.disposition === 'complete';
  expect(complete ? isWhole : !isWhole || final?.reason === 'power-loss').toBe(true);
}

test('whenever the power fails, what reaches the cloud opens up to where it was cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: operationsMax }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 8, maxLength: 8 }),
      async (cutAt, draws) => {
        const recorded = createRecord();
        const before = createSimulatedBoard({ flash: createForgetfulFlash(), fragmentBytes });
        before.flash.failFrom(cutAt, before.powerOff);
        await bootRecorded(before, config, recorded);
        await playEvening(before);
        before.powerOff();
        let draw = 0;
        const flash = before.flash.cutPower(() => draws[draw++ % draws.length] ?? 0);
        const board = createSimulatedBoard({ flash, before, fragmentBytes, seed: cutAt + 2 });
        await bootRecorded(board, config, recorded);
        await board.clock.advance(12_000);
        expectAccountable(board.cloud, recorded);
        for (const clip of board.cloud.clips.values()) await expectOpens(clip);
      },
    ),
    { numRuns: 20, examples: [[sealedButNotClosed, Array.from({ length: 8 }, () => 0)]] },
  );
});
