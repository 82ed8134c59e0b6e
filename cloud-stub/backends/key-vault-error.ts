import type { ClipKey } from '../ports.ts';

/** A data key cannot be had: it was destroyed, altered, or the disk failed. */
export class KeyVaultError extends Error {
  override readonly name = 'KeyVaultError';
  readonly key: ClipKey;
  constructor(key: ClipKey, message: string, options?: ErrorOptions) {
    super(`clip ${key.thing}/${key.clip}: ${message}`, options);
    this.key = key;
  }
}
