/**
 * Signs the state of the ledger: once an hour while it grows, at the end of a run, and whenever a
 * proof is wanted for an entry that no checkpoint covers yet. All are kept; each covers the one
 * before it. [LOG-1]
 */
import type { Logger } from 'pino';
import type { CheckpointRow } from '../../catalogue-tables-ledger.ts';
import { type Checkpoint, checkpointText, readCheckpoint } from '../../custody/checkpoint.ts';
import { type NoteKey, verifierKey, writeNote } from '../../custody/signed-note.ts';
import type { Ports, Timer } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';

export type CheckpointPorts = Pick<Ports, 'catalogue' | 'clock' | 'ledger' | 'ledgerSigner'>;

export type SignedCheckpoint = Checkpoint & {
  /** The signed note: the checkpoint as it leaves the cloud. */
  readonly note: string;
};

export type Checkpoints = {
  /** The key that verifies them all. */
  readonly key: NoteKey;
  /** Of all that is committed now; null: the ledger is empty. */
  sign(): Promise<SignedCheckpoint | null>;
  latest(): Promise<SignedCheckpoint | null>;
  /** Exactly this size; null: none was signed. */
  ofSize(size: number): Promise<SignedCheckpoint | null>;
  /** The newest if it covers entry `seq`, else a new one; null: there is no such entry. */
  covering(seq: number): Promise<SignedCheckpoint | null>;
};

export const verifierKeyOf = ({ key }: Checkpoints): string => verifierKey(key);

export function makeCheckpoints(ports: CheckpointPorts): Checkpoints {
  const { catalogue, clock, ledger, ledgerSigner } = ports;
  const key: NoteKey = { name: ledgerSigner.name, publicKey: ledgerSigner.publicKey };

  async function latest(): Promise<SignedCheckpoint | null> {
    const row = await catalogue.read
      .selectFrom('checkpoints')
      .selectAll()
      .orderBy('size', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? null : signed(key, row);
  }

  async function sign(): Promise<SignedCheckpoint | null> {
    const size = await ledger.size(catalogue.read);
    const last = await latest();
    if (size === (last?.size ?? 0)) return last;
    const root = await ledger.root(catalogue.read, size);
    const text = checkpointText({ origin: key.name, size, root });
    const note = writeNote(text, key, await ledgerSigner.sign(Buffer.from(text)));
    await catalogue.write(async (tx) => {
      // Another may have signed meanwhile: as much or more, which serves as well.
      const since = await tx
        .selectFrom('checkpoints')
        .select('size')
        .where('size', '>=', size)
        .limit(1)
        .executeTakeFirst();
      if (since !== undefined) return;
      await tx.insertInto('checkpoints').values({ size, at: clock.now(), root, note }).execute();
    });
    return latest();
  }

  return {
    key,
    sign,
    latest,
    async ofSize(size) {
      const row = await catalogue.read
        .selectFrom('checkpoints')
        .selectAll()
        .where('size', '=', size)
        .executeTakeFirst();
      return row === undefined ? null : signed(key, row);
    },
    async covering(seq) {
      const last = await latest();
      if (last !== null && seq < last.size) return last;
      const made = await sign();
      return made !== null && seq < made.size ? made : null;
    },
  };
}

/**
 * Signs at once, on time until stopped, and once more then; `onSigned` shows it to whoever watches. Throws
 * CheckpointKeyError when another key signed before.
 */
export async function keepSigning(
  ports: CheckpointPorts,
  checkpoints: Checkpoints,
  log: Logger,
  onSigned: () => Promise<void> = async () => {},
): Promise<{ stop(): Promise<void> }> {
  await assertSameKey(checkpoints);
  let timer: Timer | null = null;
  let signing: Promise<void> = Promise.resolve();
  /** As long as nothing was written since, there is nothing to sign: quiet hours cost nothing. */
  let signedChanges: number | null = null;
  const signSoon = (): void => {
    signing = signing
      .then(async () => {
        const changes = ports.catalogue.changes();
        if (changes === signedChanges) return;
        if ((await checkpoints.sign()) !== null) await onSigned();
        signedChanges = changes;
      })
      .catch((error: unknown) => {
        log.error({ err: error }, 'the ledger could not be signed or shown, it is tried again');
      });
  };
  const arm = (): void => {
    timer = ports.clock.setTimer('checkpoint', serviceLimits.checkpointPeriodMs, () => {
      arm();
      signSoon();
    });
  };
  arm();
  // Who looks in the first hour is to find a ledger that verifies, too.
  signSoon();
  return {
    async stop() {
      timer?.cancel();
      signSoon();
      await signing;
    },
  };
}

/** The newest checkpoint is not signed by the key at hand: a lost or a foreign key. */
export class CheckpointKeyError extends Error {
  override readonly name = 'CheckpointKeyError';
  readonly size: number;
  constructor(size: number, because: string) {
    super(`the ledger's checkpoint of ${size} entries does not go with the ledger key: ${because}`);
    this.size = size;
  }
}

const assertSameKey = async (checkpoints: Checkpoints): Promise<void> =>
  void (await checkpoints.latest());

function signed(key: NoteKey, { size, note }: CheckpointRow): SignedCheckpoint {
  const reading = readCheckpoint(note, key);
  if (!reading.ok) throw new CheckpointKeyError(size, reading.because);
  return { ...reading.checkpoint, note };
}
