/** The profile a cloud runs under: one of those that ship, or a file. */
import { readFile } from 'node:fs/promises';
import { CloudConfigError } from './config.ts';
import { type Policy, readPolicy } from './custody/policy.ts';
import { eu } from './custody/profiles/eu.ts';
import { privacyFirst } from './custody/profiles/privacy-first.ts';
import { ring2019 } from './custody/profiles/ring-2019.ts';

/** Shipped with the project, by name. */
const profiles: ReadonlyMap<string, Policy> = new Map(
  [ring2019, privacyFirst, eu].map((profile) => [profile.name, profile]),
);

/** Throws CloudConfigError. */
export async function findPolicy(nameOrPath: string): Promise<Policy> {
  const shipped = profiles.get(nameOrPath);
  if (shipped !== undefined) return shipped;
  const expected = `expected ${[...profiles.keys()].join(', ')} or a readable file with a profile`;
  let text: string;
  try {
    text = await readFile(nameOrPath, 'utf8');
  } catch {
    throw new CloudConfigError([`CLOUD_POLICY is '${nameOrPath}': ${expected}`]);
  }
  const reading = readPolicy(parseJson(text));
  if (reading.ok) return reading.policy;
  throw new CloudConfigError([`the profile in ${nameOrPath} does not hold: ${reading.because}`]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as a profile that does not hold
  }
}
