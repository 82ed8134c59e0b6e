/** Randomness of this machine's operating system. */
import { randomBytes } from 'node:crypto';
import type { Entropy } from '../ports.ts';

export const cryptoEntropy: Entropy = { bytes: (count) => randomBytes(count) };
