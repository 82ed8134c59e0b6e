import type { ClipKey } from '../ports.ts';

/** A data key cannot be had: it was destroyed, altered, or the disk failed. */
export class KeyVaultError extends Error {
  override readonly name: string = 'KeyVaultError';
  readonly key: ClipKey;
  constructor(key: ClipKey, message: string, options?: ErrorOptions) {
    super(`clip ${key.thing}/${key.clip}: ${message}`, options);
    this.key = key;
  }
}

/** It was there, and nothing brings it back. */
export class KeyDestroyedError extends KeyVaultError {
  override readonly name = 'KeyDestroyedError';
  constructor(key: ClipKey) {
    super(key, 'its data key was destroyed; none is made anew');
  }
}
