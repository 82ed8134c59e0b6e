/**
 * Sessions of the owner's page. Media elements and event streams cannot send an Authorization header, so the page
 * exchanges its token for an HttpOnly cookie and forgets the token. Sessions live in memory: a restart ends them all.
 */
import { createHash } from 'node:crypto';
import { type EpochMs, later } from '../../device/wire/time.ts';
import type { Clock, Entropy } from '../ports.ts';
import { apiLimits } from './limits.ts';

export type Session = { readonly token: string; readonly expiresAt: EpochMs };

export class Sessions {
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  /** By the hash of the cookie's value, oldest first. */
  readonly #byHash = new Map<string, Session>();

  constructor(clock: Clock, entropy: Entropy) {
    this.#clock = clock;
    this.#entropy = entropy;
  }

  /**
   * The cookie's value for a new session of this token, which the session keeps: each request asks anew whether
   * the token is still good, so revoking it ends its sessions.
   */
  begin(token: string): { readonly id: string; readonly expiresAt: EpochMs } {
    this.#forgetExpired();
    for (const oldest of this.#byHash.keys()) {
      if (this.#byHash.size < apiLimits.sessionsMax) break;
      this.#byHash.delete(oldest);
    }
    const id = Buffer.from(this.#entropy.bytes(32)).toString('base64url');
    const expiresAt = later(this.#clock.now(), apiLimits.sessionMs);
    this.#byHash.set(hashOf(id), { token, expiresAt });
    return { id, expiresAt };
  }

  find(id: string): Session | null {
    const session = this.#byHash.get(hashOf(id));
    return session !== undefined && session.expiresAt > this.#clock.now() ? session : null;
  }

  end(id: string): void {
    this.#byHash.delete(hashOf(id));
  }

  #forgetExpired(): void {
    const now = this.#clock.now();
    for (const [hash, { expiresAt }] of this.#byHash) {
      if (expiresAt <= now) this.#byHash.delete(hash);
    }
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
