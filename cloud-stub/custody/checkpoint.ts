/**
 * A checkpoint: "the first `size` entries of this ledger have this root", in the C2SP
 * tlog-checkpoint format, signed as a note. It says no time: the newest entry it covers does.
 */
import { emptyRoot } from './merkle-tree.ts';
import { fromBase64, type NoteKey, openNote } from './signed-note.ts';

export type Checkpoint = {
  /** Names the ledger; it is the name of its key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
};

export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`;

export type CheckpointReading =
  | { readonly ok: true; readonly checkpoint: Checkpoint }
  | { readonly ok: false; readonly because: string };

/** Reads a checkpoint that `key` has signed for the ledger of its name; nothing else is trusted. */
export function readCheckpoint(note: string, key: NoteKey): CheckpointReading {
  const opened = openNote(note, key);
  if (!opened.ok) return opened;
  const [origin = '', sizeText = '', rootText = '', ...rest] = opened.text.split('\n');
  if (origin !== key.name) return refused(`it is of the ledger '${origin}'`);
  const size = /^(0|[1-9]\d{0,15})$/.test(sizeText) ? Number(sizeText) : -1;
  if (!Number.isSafeInteger(size) || size < 0) return refused('its size is no number');
  const root = fromBase64(rootText);
  if (root?.length !== emptyRoot.length) return refused('its root is no hash');
  // Extension lines may follow; what they say is not ours. The last is the end of the last line.
  if (rest.pop() !== '' || rest.includes('')) return refused('its text is not a checkpoint');
  return { ok: true, checkpoint: { origin, size, root } };
}

const refused = (because: string): { readonly ok: false; readonly because: string } => ({
  ok: false,
  because,
});
