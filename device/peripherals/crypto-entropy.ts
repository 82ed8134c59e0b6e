/** Randomness of this host. */
import { randomBytes } from 'node:crypto';
import type { Entropy } from '../board.ts';

export const cryptoEntropy: Entropy = { bytes: (count) => randomBytes(count) };
