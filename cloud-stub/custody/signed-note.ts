/**
 * Text signed with Ed25519, in the C2SP signed-note format (c2sp.org/signed-note), and the keys
 * that verify it in the form that the tools of transparency logs read: `name+id+key`.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** Who may sign: its name, and its Ed25519 key as 32 bytes. */
export type NoteKey = { readonly name: string; readonly publicKey: Uint8Array };

const ed25519 = 1;
const noteCharsMax = 1024 * 1024;
const signaturesMax = 100;
/** What stands before the 32 bytes of the key in an SPKI (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** A name holds no space and no plus. */
const isKeyName = (name: string): boolean => /^[^\s+]+$/u.test(name);

/** Identifies a key among those of a name; too short to trust by. */
const keyId = ({ name, publicKey }: NoteKey): Buffer =>
  createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(ed25519))
    .update(publicKey)
    .digest()
    .subarray(0, 4);

export const verifierKey = (key: NoteKey): string =>
  `${key.name}+${keyId(key).toString('hex')}+${base64(Buffer.of(ed25519), key.publicKey)}`;

/** Null when the text is no Ed25519 verifier key, or its id is not its own. */
export function readVerifierKey(text: string): NoteKey | null {
  const [name = '', id = '', encoded = '', ...rest] = splitKey(text.trim());
  const bytes = fromBase64(encoded);
  if (rest.length > 0 || !isKeyName(name) || bytes?.length !== 33 || bytes[0] !== ed25519) {
    return null;
  }
  const key = { name, publicKey: bytes.subarray(1) };
  return keyId(key).toString('hex') === id ? key : null;
}

/** `text` ends with a line feed; `signature` is over its UTF-8 bytes. */
export const writeNote = (text: string, key: NoteKey, signature: Uint8Array): string =>
  `${text}\n— ${key.name} ${base64(keyId(key), signature)}\n`;

export type NoteReading =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly because: string };

/** The text, when `key` has signed it. Signatures of others, witnesses for instance, are passed over. */
export function openNote(note: string, key: NoteKey): NoteReading {
  if (note.length > noteCharsMax) return refused('it is too long for a note');
  if (hasControlCharacter(note)) return refused('it holds control characters');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) return refused('it is not a signed note');
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) return refused('it has too many signatures');
  const id = keyId(key);
  const publicKey = ed25519Key(key.publicKey);
  let isSigned = false;
  for (const line of lines) {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
    const bytes = encoded === undefined ? null : fromBase64(encoded);
    if (name === undefined || bytes === null || bytes.length < 5) {
      return refused('one of its signature lines is none');
    }
    if (name !== key.name || !bytes.subarray(0, 4).equals(id)) continue;
    if (!isSignature(text, bytes.subarray(4), publicKey)) {
      return refused(`its signature by ${key.name} does not verify`);
    }
    isSigned = true;
  }
  return isSigned ? { ok: true, text } : refused(`it is not signed by the key of ${key.name}`);
}

export function ed25519Key(publicKey: Uint8Array): KeyObject {
  const der = Buffer.concat([spkiPrefix, publicKey]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

const isSignature = (text: string, signature: Uint8Array, key: KeyObject): boolean =>
  signature.length === 64 && verify(null, Buffer.from(text), key, signature);

/** Base 64 holds pluses of its own: only the first two part the fields. */
function splitKey(text: string): readonly string[] {
  const [, name, id, key] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(text) ?? [];
  return name === undefined || id === undefined || key === undefined ? [] : [name, id, key];
}

const base64 = (...parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('base64');

/** Null unless it is the one encoding of its bytes. */
export function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== 0x0a) return true;
  }
  return false;
}

const refused = (because: string): { readonly ok: false; readonly because: string } => ({
  ok: false,
  because,
});
