/** How a network camera asks who watches: Basic (RFC 7617) or Digest (RFC 7616, with MD5 as cameras have it). */
import { createHash } from 'node:crypto';

export type SignIn = {
  readonly how: 'Basic' | 'Digest';
  readonly user: string;
  readonly password: string;
};

const realm = 'door';
const nonce = '5ccc069c403ebaf9f0171e9517f40e41';

export const challenge = ({ how }: SignIn): string =>
  how === 'Basic' ? `Basic realm="${realm}"` : `Digest realm="${realm}", nonce="${nonce}"`;

/** Whether the Authorization header of a request shows that its sender knows the password. */
export function isSignedIn(
  { how, user, password }: SignIn,
  method: string,
  authorization: string | undefined,
): boolean {
  if (how === 'Basic') {
    return authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }
  if (authorization?.startsWith('Digest ') !== true) return false;
  const claims = Object.fromEntries(
    [...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const secret = md5(`${user}:${realm}:${password}`);
  const expected = md5(`${secret}:${nonce}:${md5(`${method}:${claims['uri']}`)}`);
  return claims['username'] === user && claims['response'] === expected;
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
