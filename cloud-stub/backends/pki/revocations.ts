/**
 * What was revoked: one file for each serial, so that two processes revoking at the same time lose
 * neither, and the name alone revokes: a damaged record must not let a certificate back in.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type EpochMs, epochMs, isoTime } from '../../../device/wire/time.ts';
import { readIfThere, replacePrivateFile } from './private-folder.ts';

const recordSchema = z.object({ revokedAt: z.number().transform(epochMs) });

export class Revocations {
  readonly #folder: string;
  readonly #revokedAt = new Map<string, EpochMs>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  has(serial: string): boolean {
    return this.#revokedAt.has(serial);
  }

  /** When it was revoked, 0 when the record is damaged, null when it was not. */
  at(serial: string): EpochMs | null {
    return this.#revokedAt.get(serial) ?? null;
  }

  async add(serial: string, revokedAt: EpochMs): Promise<void> {
    const record = { serial, revokedAt, time: isoTime(revokedAt) };
    await replacePrivateFile(join(this.#folder, `${serial}.json`), `${JSON.stringify(record)}\n`);
    this.#revokedAt.set(serial, revokedAt);
  }

  /** Learns what other processes revoked; returns the serials that are new. */
  async refresh(): Promise<readonly string[]> {
    const fresh: string[] = [];
    for (const name of await readdir(this.#folder)) {
      const serial = /^([0-9a-f]{32})\.json$/.exec(name)?.[1];
      if (serial === undefined || this.#revokedAt.has(serial)) continue;
      const text = await readIfThere(join(this.#folder, name));
      this.#revokedAt.set(serial, revokedAtIn(text ?? '') ?? epochMs(0));
      fresh.push(serial);
    }
    return fresh;
  }
}

function revokedAtIn(text: string): EpochMs | null {
  try {
    return recordSchema.parse(JSON.parse(text)).revokedAt;
  } catch {
    return null;
  }
}
