import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { openMemoryLedgerSigner } from '../../../../cloud-stub/backends/ledger-key.ts';
import { readCheckpoint } from '../../../../cloud-stub/custody/checkpoint.ts';
import {
  checkConsistency,
  checkInclusion,
  type InclusionProof,
  tlogProofText,
} from '../../../../cloud-stub/custody/ledger-proof.ts';
import { openNote } from '../../../../cloud-stub/custody/signed-note.ts';
import {
  CheckpointKeyError,
  keepSigning,
  makeCheckpoints,
} from '../../../../cloud-stub/services/ledger/checkpoints.ts';
import { makeLedgerProofs } from '../../../../cloud-stub/services/ledger/ledger-proofs.ts';
import { hours } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { clipNumbered, seededEntropy } from '../../../support/cloud/clip-samples.ts';
import { openStorage, type Storage } from '../../../support/cloud/cloud-storage.ts';
import { standingClock } from '../../../support/standing-clock.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { waitFor } from '../../../support/wait-for.ts';

const clip = clipNumbered(1);
const log = pino({ level: 'silent' });

async function openOffice() {
  const clock = standingClock(newYear);
  const storage = await openStorage(temporaryFolder(), clock);
  const checkpoints = makeCheckpoints(storage);
  return { clock, storage, checkpoints, proofs: makeLedgerProofs(storage, checkpoints) };
}

const append = (
  { catalogue, ledger }: Storage,
  kind: 'purge-intended' | 'purged' | 'clip-viewed',
) =>
  catalogue.write((tx) =>
    ledger.append(tx, { kind, at: newYear, actor: 'test', ...clip, facts: {} }),
  );

describe('a checkpoint', () => {
  test('signs all that is there, and only when there is more', async () => {
    const { storage, checkpoints } = await openOffice();
    expect(await checkpoints.sign()).toBeNull();
    await append(storage, 'clip-viewed');
    const first = await checkpoints.sign();
    expect(first?.size).toBe(1);
    expect(await checkpoints.sign()).toEqual(first);
    await append(storage, 'clip-viewed');
    expect(await checkpoints.latest()).toEqual(first);
    const second = await checkpoints.sign();
    expect(second?.size).toBe(2);
    expect(await checkpoints.ofSize(1)).toEqual(first);
    expect(readCheckpoint(second?.note ?? '', checkpoints.key)).toEqual({
      ok: true,
      checkpoint: { origin: checkpoints.key.name, size: 2, root: second?.root },
    });
  });

  test('is the same for the same key and entries, whenever it is made', async () => {
    const notes = [];
    for (const wait of [hours(0), hours(5)]) {
      const { clock, storage, checkpoints } = await openOffice();
      await append(storage, 'clip-viewed');
      clock.advance(wait);
      notes.push((await checkpoints.sign())?.note);
    }
    expect(notes[0]).toBe(notes[1]);
  });

  test('two that sign at once leave one', async () => {
    const { storage, checkpoints } = await openOffice();
    await append(storage, 'clip-viewed');
    const made = await Promise.all([checkpoints.sign(), makeCheckpoints(storage).sign()]);
    expect(made.map((each) => each?.size)).toEqual([1, 1]);
  });

  test('comes by itself at the start, once an hour while the ledger grows, and at the end', async () => {
    const { clock, storage, checkpoints } = await openOffice();
    const sizeIs = (size: number): Promise<void> =>
      waitFor(`one of ${size}`, async () => (await checkpoints.latest())?.size === size);
    await append(storage, 'clip-viewed');
    const signing = await keepSigning(storage, checkpoints, log);
    await sizeIs(1);
    await append(storage, 'clip-viewed');
    clock.advance(hours(1));
    await sizeIs(2);
    await append(storage, 'clip-viewed');
    await signing.stop();
    await sizeIs(3);
  });

  test('of another key stops the start', async () => {
    const { storage, checkpoints } = await openOffice();
    await append(storage, 'clip-viewed');
    await checkpoints.sign();
    const ledgerSigner = openMemoryLedgerSigner(seededEntropy('another'));
    const others = makeCheckpoints({ ...storage, ledgerSigner });
    await expect(keepSigning(storage, others, log)).rejects.toThrow(CheckpointKeyError);
  });

  test('is never changed, removed, or made for less or for more than there is', async () => {
    const { storage, checkpoints } = await openOffice();
    for (let n = 0; n < 3; n++) await append(storage, 'clip-viewed');
    await checkpoints.sign();
    const { catalogue } = storage;
    const row = await catalogue.read
      .selectFrom('checkpoints')
      .selectAll()
      .executeTakeFirstOrThrow();
    for (const size of [2, 3, 4]) {
      const insert = catalogue.write((tx) =>
        tx
          .insertInto('checkpoints')
          .values({ ...row, size })
          .execute(),
      );
      await expect(insert).rejects.toThrow(/checkpoint/);
    }
    const change = catalogue.write((tx) =>
      tx.updateTable('checkpoints').set({ at: newYear }).execute(),
    );
    await expect(change).rejects.toThrow(/never changed/);
    const removal = catalogue.write((tx) => tx.deleteFrom('checkpoints').execute());
    await expect(removal).rejects.toThrow(/never removed/);
  });
});

describe('a proof', () => {
  test('shows each entry under the checkpoint that covers it, and signs one for the newest', async () => {
    const { storage, checkpoints, proofs } = await openOffice();
    for (let n = 0; n < 5; n++) await append(storage, 'clip-viewed');
    await checkpoints.sign();
    await append(storage, 'clip-viewed');
    const old = await proofs.inclusion(3);
    const young = await proofs.inclusion(5);
    if (old === null || young === null) throw new Error('no proof');
    const read = [old, young].map((proof) => checkInclusion(proof, checkpoints.key));
    expect(
      read.map((each) => each.ok && [each.proven.leaf.seq, each.proven.checkpoint.size]),
    ).toEqual([
      [3, 5],
      [5, 6],
    ]);
    expect(await proofs.inclusion(6)).toBeNull();
    expect(await proofs.inclusion(5, 5)).toBeNull();
    expect((await proofs.inclusion(0, 5))?.checkpoint).toBe(old.checkpoint);
  });

  test('shows that one checkpoint grew out of another', async () => {
    const { storage, checkpoints, proofs } = await openOffice();
    for (let n = 0; n < 7; n++) {
      await append(storage, 'clip-viewed');
      await checkpoints.sign();
    }
    for (const [from, to] of [
      [1, 7],
      [3, 4],
      [5, 5],
    ] as const) {
      const proof = await proofs.consistency(from, to);
      if (proof === null) throw new Error('no proof');
      expect(checkConsistency(proof, checkpoints.key).ok).toBe(true);
      const turned = { ...proof, from: proof.to, to: proof.from };
      expect(checkConsistency(turned, checkpoints.key).ok).toBe(from === to);
    }
    expect(await proofs.consistency(4, 3)).toBeNull();
    expect(await proofs.consistency(1, 8)).toBeNull();
  });

  test('of a purge is its certificate: intent and end under one checkpoint [RET-6]', async () => {
    const { storage, checkpoints, proofs } = await openOffice();
    await append(storage, 'purge-intended');
    expect(await proofs.disposition(clip)).toBeNull();
    await append(storage, 'purged');
    const certificate = await proofs.disposition(clip);
    if (certificate === null) throw new Error('no certificate');
    const { intended, purged } = certificate;
    expect(intended.checkpoint).toBe(purged.checkpoint);
    expect(
      [intended, purged].map((proof) => {
        const read = checkInclusion(proof, checkpoints.key);
        return read.ok && [read.proven.leaf.kind, read.proven.leaf.thing, read.proven.leaf.clip];
      }),
    ).toEqual([
      ['purge-intended', clip.thing, clip.clip],
      ['purged', clip.thing, clip.clip],
    ]);
    expect(await proofs.disposition(clipNumbered(2))).toBeNull();
  });

  test("of a clip's chain is one for each of its entries, in order", async () => {
    const { storage, proofs } = await openOffice();
    for (const kind of ['clip-viewed', 'purge-intended', 'purged'] as const) {
      await append(storage, kind);
    }
    const chain: InclusionProof[] = [];
    for await (const proof of proofs.chain(clip)) chain.push(proof);
    expect(chain.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect(new Set(chain.map(({ checkpoint }) => checkpoint)).size).toBe(1);
    for await (const proof of proofs.chain(clipNumbered(2))) throw new Error(`${proof.seq}`);
  });

  test('is void once anything of it is altered', async () => {
    const { storage, checkpoints, proofs } = await openOffice();
    for (let n = 0; n < 6; n++) await append(storage, 'clip-viewed');
    const good = await proofs.inclusion(2);
    const other = await proofs.inclusion(3);
    if (good === null || other === null) throw new Error('no proof');
    const { key } = checkpoints;
    expect(checkInclusion(good, key).ok).toBe(true);
    const altered: readonly InclusionProof[] = [
      { ...good, seq: 3 },
      { ...good, leaf: other.leaf },
      { ...good, leaf: good.leaf.replace('"test"', '"TEST"') },
      { ...good, leaf: `${good.leaf} ` },
      { ...good, hashes: good.hashes.slice(1) },
      { ...good, hashes: [...good.hashes, ...good.hashes.slice(0, 1)] },
      { ...good, hashes: [...good.hashes].reverse() },
      { ...good, hashes: ['not base 64'] },
      { ...good, checkpoint: good.checkpoint.replace('\n6\n', '\n5\n') },
      { ...good, checkpoint: '' },
    ];
    for (const proof of altered) expect(checkInclusion(proof, key).ok).toBe(false);
    expect(checkInclusion({ ...good, seq: 3 }, key)).toEqual({
      ok: false,
      because: 'it is about entry 3, and shows entry 2',
    });
    const stranger = { ...key, publicKey: openMemoryLedgerSigner(seededEntropy('x')).publicKey };
    expect(checkInclusion(good, stranger).ok).toBe(false);
  });

  test('has the text form of c2sp.org/tlog-proof', async () => {
    const { storage, checkpoints, proofs } = await openOffice();
    for (let n = 0; n < 3; n++) await append(storage, 'clip-viewed');
    const proof = await proofs.inclusion(2);
    if (proof === null) throw new Error('no proof');
    const [header, index, hash, blank, ...checkpoint] = tlogProofText(proof).split('\n');
    expect([header, index, hash, blank]).toEqual([
      'c2sp.org/tlog-proof@v1',
      'index 2',
      proof.hashes[0],
      '',
    ]);
    expect(openNote(checkpoint.join('\n'), checkpoints.key).ok).toBe(true);
  });
});
