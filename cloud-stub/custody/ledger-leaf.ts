/**
 * What a leaf of the ledger is. Its bytes are the canonical JSON (RFC 8785) of the entry, in UTF-8
 * without a line break; a line of a ledger file is these bytes and a line feed. The entry's hash,
 * which the next one names as `prev`, is their SHA-256; the leaf of the tree is RFC 6962's over the
 * same bytes. No signature stands in a leaf, so a seed gives one root. [LOG-1]
 */
import { hash as oneShotHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../device/wire/codec.ts';
import { thingNameSchema, ulidSchema } from '../../device/wire/ids.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const leafSchema = z.strictObject({
  actor: z.string().min(1).max(200),
  at: z.int(),
  clip: ulidSchema.nullable(),
  facts: z.record(z.string(), z.unknown()),
  kind: z.string().min(1).max(64),
  prev: hash,
  seq: z.int().nonnegative(),
  thing: thingNameSchema.nullable(),
});
/** One entry as its leaf says it; times are milliseconds since 1970, UTC. */
export type LedgerLeaf = z.infer<typeof leafSchema>;

/** What the first entry names as the one before it. */
export const firstPrev = '0'.repeat(64);

export type LeafContents = {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly thing: string | null;
  readonly clip: string | null;
  readonly facts: object;
  readonly prev: string;
};

export const leafBytes = (entry: LeafContents): Buffer => {
  const { seq, at, kind, actor, thing, clip, facts, prev } = entry;
  return Buffer.from(canonicalJson({ seq, at, kind, actor, thing, clip, facts, prev }));
};

/** Of an entry whose facts are kept as JSON text. Throws SyntaxError when they are not. */
export const rowLeafBytes = (
  row: Omit<LeafContents, 'facts'> & { readonly facts: string },
): Buffer => leafBytes({ ...row, facts: JSON.parse(row.facts) as object });

/**
 * The same for facts that are canonical JSON already, as those that are about to be written: every entry is made
 * once, and read seldom.
 */
export function canonicalLeafBytes(
  row: Omit<LeafContents, 'facts'> & { readonly facts: string },
): Buffer {
  const { seq, at, kind, actor, thing, clip, facts, prev } = row;
  const before = JSON.stringify({ actor, at, clip }).slice(0, -1);
  const after = JSON.stringify({ kind, prev, seq, thing }).slice(1);
  return Buffer.from(`${before},"facts":${facts},${after}`);
}

/** SHA-256 of a leaf's bytes, hex: the link of the chain. */
export const entryHash = (leaf: Uint8Array): string => oneShotHash('sha256', leaf);

export type LeafReading =
  | { readonly ok: true; readonly leaf: LedgerLeaf }
  | { readonly ok: false; readonly because: string };

/** Reads a leaf's bytes; they must be the one form that its contents have. */
export function readLeaf(bytes: Uint8Array): LeafReading {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { ok: false, because: 'it is not JSON' };
  }
  const parsed = leafSchema.safeParse(value);
  if (!parsed.success) return { ok: false, because: z.prettifyError(parsed.error).slice(0, 300) };
  return leafBytes(parsed.data).equals(bytes)
    ? { ok: true, leaf: parsed.data }
    : { ok: false, because: 'it is not in canonical form' };
}
