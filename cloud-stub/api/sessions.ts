/**
 * Sessions of the owner's page. Media elements and event streams cannot send an Authorization header, so the page
 * exchanges its token for an HttpOnly cookie and forgets the token. A session outlasts a restart where there is a
 * store. What is stored is of no use to who reads it: the token is sealed by a key that only the cookie yields.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { type EpochMs, later } from '../../device/wire/time.ts';
import type { Clock, Entropy } from '../ports.ts';
import { apiLimits } from './limits.ts';

export type Session = { readonly token: string; readonly expiresAt: EpochMs };

/** As it is kept: the hash of the cookie's value, and the token as only that value opens it; both base64. */
export type SealedSession = {
  readonly idHash: string;
  readonly sealedToken: string;
  readonly expiresAt: EpochMs;
};
export type SessionStore = {
  load(): Promise<readonly SealedSession[]>;
  /** Replaces all; durable when it resolves. */
  save(sessions: readonly SealedSession[]): Promise<void>;
};

const nowhere: SessionStore = { load: async () => [], save: async () => {} };

export class Sessions {
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #store: SessionStore;
  /** By the hash of the cookie's value, oldest first. */
  readonly #byHash = new Map<string, SealedSession>();
  #saving: Promise<void> = Promise.resolve();

  static async open(clock: Clock, entropy: Entropy, store = nowhere): Promise<Sessions> {
    const sessions = new Sessions(clock, entropy, store);
    for (const session of await store.load()) sessions.#byHash.set(session.idHash, session);
    sessions.#forgetExpired();
    return sessions;
  }

  private constructor(clock: Clock, entropy: Entropy, store: SessionStore) {
    this.#clock = clock;
    this.#entropy = entropy;
    this.#store = store;
  }

  /**
   * The cookie's value for a new session of this token: each request asks anew whether the token is still good, so
   * revoking it ends its sessions. `unsaved` is why the session will not outlast a restart, where that failed.
   */
  async begin(
    token: string,
  ): Promise<{ readonly id: string; readonly expiresAt: EpochMs; readonly unsaved: unknown }> {
    this.#forgetExpired();
    for (const oldest of this.#byHash.keys()) {
      if (this.#byHash.size < apiLimits.sessionsMax) break;
      this.#byHash.delete(oldest);
    }
    const id = Buffer.from(this.#entropy.bytes(32)).toString('base64url');
    const expiresAt = later(this.#clock.now(), apiLimits.sessionMs);
    const idHash = hashOf(id);
    this.#byHash.set(idHash, { idHash, sealedToken: seal(token, id), expiresAt });
    const unsaved = await this.#save().then(
      () => null,
      (error: unknown) => error,
    );
    return { id, expiresAt, unsaved };
  }

  find(id: string): Session | null {
    const session = this.#byHash.get(hashOf(id));
    if (session === undefined || session.expiresAt <= this.#clock.now()) return null;
    const token = unseal(session.sealedToken, id);
    return token === null ? null : { token, expiresAt: session.expiresAt };
  }

  /** Rejects where the store would bring it back after a restart; until then it is over all the same. */
  async end(id: string): Promise<void> {
    if (this.#byHash.delete(hashOf(id))) await this.#save();
  }

  #save(): Promise<void> {
    const save = (): Promise<void> => this.#store.save([...this.#byHash.values()]);
    const saved = this.#saving.then(save);
    this.#saving = saved.catch(() => {});
    return saved;
  }

  #forgetExpired(): void {
    const now = this.#clock.now();
    for (const [hash, { expiresAt }] of this.#byHash) {
      if (expiresAt <= now) this.#byHash.delete(hash);
    }
  }
}

const cipher = 'aes-256-gcm';
const tagBytes = 16;
// Each key seals one token, once.
const nonce = Buffer.alloc(12);
const keyOf = (id: string): Buffer => Buffer.from(hkdfSync('sha256', id, '', 'session token', 32));

function seal(token: string, id: string): string {
  const sealing = createCipheriv(cipher, keyOf(id), nonce);
  const sealed = [sealing.update(token, 'utf8'), sealing.final(), sealing.getAuthTag()];
  return Buffer.concat(sealed).toString('base64');
}

/** Null for what this value did not seal. */
function unseal(sealedToken: string, id: string): string | null {
  const bytes = Buffer.from(sealedToken, 'base64');
  if (bytes.length < tagBytes) return null;
  const opening = createDecipheriv(cipher, keyOf(id), nonce);
  opening.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const token = Buffer.concat([opening.update(bytes.subarray(0, -tagBytes)), opening.final()]);
    return token.toString('utf8');
  } catch {
    return null;
  }
}

/** Looked up by hash, so that the time a lookup takes says nothing about ids that exist. */
const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64');

const cookieName = 'doorbell-session';

/** The session id a Cookie header carries, or null. */
export function sessionIdOf(cookieHeader: string | undefined): string | null {
  const found = /(?:^|;\s*)doorbell-session=([A-Za-z0-9_-]{43})(?:;|$)/.exec(cookieHeader ?? '');
  return found?.[1] ?? null;
}

/** A Set-Cookie value. `Secure` where the page is served over TLS; on loopback it is not. */
export function sessionCookie(id: string, maxAgeMs: number, secure: boolean): string {
  const age = Math.floor(maxAgeMs / 1000);
  return `${cookieName}=${id}; Path=/v1; Max-Age=${age}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}
