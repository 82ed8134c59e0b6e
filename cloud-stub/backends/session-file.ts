/** Sessions of the page in one private file, replaced whole. */
import { z } from 'zod';
import { type EpochMs, epochMs } from '../../device/wire/time.ts';
import { readIfThere, replacePrivateFile } from './pki/private-folder.ts';

const sealedSessions = z.array(
  z.strictObject({
    idHash: z.string().max(64),
    sealedToken: z.string().max(1024),
    expiresAt: z.int().transform(epochMs),
  }),
);
type SealedSession = {
  readonly idHash: string;
  readonly sealedToken: string;
  readonly expiresAt: EpochMs;
};

/** The folder is there, and private. */
export const sessionFile = (path: string) => ({
  async load(): Promise<readonly SealedSession[]> {
    const text = await readIfThere(path);
    try {
      return sealedSessions.parse(JSON.parse(text ?? '[]'));
    } catch (error) {
      // Whoever was signed in signs in again: no reason not to start.
      if (error instanceof SyntaxError || error instanceof z.ZodError) return [];
      throw error;
    }
  },
  save: (sessions: readonly SealedSession[]): Promise<void> =>
    replacePrivateFile(path, JSON.stringify(sessions)),
});
