/**
 * What this cloud cannot do, as it states it and as its tests search for it. The statement names by
 * hash what was searched: routes, packages, record fields. Whoever has the sources can compare. [CAP-1]
 */
import { createHash } from 'node:crypto';

/** Where a capability could hide. */
export type Searched = {
  /** `METHOD /path`. */
  readonly routes: readonly string[];
  /** Names of all packages that are installed, indirect ones included. */
  readonly packages: readonly string[];
  /** Fields of records: `table.column`, kinds of messages, events and ledger entries. */
  readonly records: readonly string[];
};

export const absentCapabilities = [
  'It recognises no face, person, voice, gait or vehicle plate, and compares none with another.',
  'It makes, receives and stores no biometric data: no template, print, embedding or descriptor.',
  'It gives no agency a live view, and no agency a way to begin, see or prolong a recording.',
  'It cannot read what a doorbell encrypted for its owner end to end: it has no key that opens it.',
  'It cannot intercept: a demand for a live view or for interception is answered "capability_absent".',
] as const;

/** Names by which such a thing would go. */
const suspicious = [
  /(^|[^a-z])fac(e|es|ial)($|[^a-z])/,
  /biometr/,
  /recogni[sz]|recognition/,
  /(^|[^a-z])(embedding|descriptor|template)s?($|[^a-z])/,
  /voice ?(print|match)|speaker-?id|gait/,
  /licen[cs]e-?plate|number-?plate|alpr|anpr/,
  /opencv|tensorflow|onnx|mediapipe|dlib|insightface|pytorch|torch|yolo|openvino/,
  /intercept|wiretap|pen-?register/,
];

/** What of it sounds like one of the absent capabilities; empty: nothing does. */
export const suspects = ({ routes, packages, records }: Searched): readonly string[] =>
  [...routes, ...packages, ...records].filter((name) =>
    suspicious.some((pattern) => pattern.test(inWords(name))),
  );

const inWords = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();

/** Ends with a line feed, as the text of a signed note. `origin` is the name of the signing key. */
export function capabilityStatement(
  { origin, version }: { readonly origin: string; readonly version: string },
  searched: Searched,
): string {
  const digests = (['routes', 'packages', 'records'] as const).map(
    (part) => `${part} ${searched[part].length} sha256:${digest(searched[part])}`,
  );
  return [
    // Another first line than a checkpoint's, so that neither is ever taken for the other.
    `${origin}/capabilities`,
    `version ${version}`,
    ...absentCapabilities,
    ...digests,
    '',
  ].join('\n');
}

const digest = (names: readonly string[]): string =>
  createHash('sha256')
    .update(
      [...names]
        .sort()
        .map((name) => `${name}\n`)
        .join(''),
    )
    .digest('hex');
