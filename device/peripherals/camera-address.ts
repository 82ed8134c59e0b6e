/** Cameras: their addresses carry passwords, which no log, message or event may repeat; and why one gives nothing. */

export const isNetworkAddress = (text: string): boolean => /^(rtsps?|https?):\/\//i.test(text);
export const isRtsp = (url: string): boolean => /^rtsps?:/i.test(url);

const hidden = '***';

/** The address without who signs in, and without its query, where cameras take passwords as well. */
export function addressName(url: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(url) ?? [];
  const [place = '', query] = rest.split(/\?(.*)/s);
  // A password that was not escaped may hold a slash or an @: the host begins after the last one.
  const at = place.lastIndexOf('@');
  const shown = at === -1 ? place : `${hidden}@${place.slice(at + 1)}`;
  return `${scheme}${shown}${query === undefined ? '' : `?${hidden}`}`;
}

/** What was said about the camera at `url`, fit to be repeated. */
export function withoutSecrets(text: string, url: string): string {
  return secretsOf(url)
    .reduce((said, [secret, shown]) => said.replaceAll(secret, shown), text)
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, `$1${hidden}@`);
}

/** The longest first: what contains another is replaced before it. */
function secretsOf(url: string): readonly (readonly [string, string])[] {
  const place = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\?.*/s, '');
  const signIn = place.slice(0, Math.max(0, place.lastIndexOf('@')));
  const password = signIn.includes(':') ? signIn.slice(signIn.indexOf(':') + 1) : '';
  const query = /\?(.+)/s.exec(url)?.[1] ?? '';
  const parts = [signIn, decoded(signIn), password, decoded(password), query, decoded(query)];
  return [
    [url, addressName(url)],
    // Shorter than this is part of many a word; the sign-in around it is replaced all the same.
    ...parts.filter((part) => part.length >= 4).map((part) => [part, hidden] as const),
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Why a camera gives nothing, in words an installer can use; null: ffmpeg says something else. */
export function cameraComplaint(lines: readonly string[]): string | null {
  const said = lines.join('\n');
  return complaints.find(([pattern]) => pattern.test(said))?.[1] ?? null;
}

const complaints: readonly (readonly [RegExp, string])[] = [
  [/\b401\b.*Unauthorized|authorization failed/i, 'it refuses this user name and password'],
  [/\b403\b.*Forbidden/i, 'it forbids this address to this user'],
  [/\b404\b.*Not Found/i, 'it has no stream at this path'],
  [/Failed to resolve hostname|Name or service not known/i, 'no host of this name is known'],
  [/Connection refused/i, 'nothing listens there'],
  [/No route to host|Network is unreachable/i, 'there is no way to this host'],
  [/\b461\b|Unsupported Transport/i, 'it does not send this way: try the other of rtspTransport'],
  [/timed out/i, 'it does not answer'],
  [/Connection reset|Broken pipe/i, 'it broke off the connection'],
  [/Cannot open video device.*No such file/i, 'there is no such device'],
  [/Cannot open video device.*Permission denied/i, 'this user may not open it'],
  [/Device or resource busy/i, 'another program uses it'],
  [/Not a video capture device|Inappropriate ioctl/i, 'it is no camera'],
];
