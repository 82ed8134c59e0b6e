/**
 * README-VERIFY.txt: how anybody checks a bag with tools they have. Its commands are run by a test
 * exactly as they stand here. [EXP-2]
 */
import { bagPaths, clipPaths } from './export-manifest.ts';
import type { SignatureCounts } from './export-record.ts';

export type ReadmeFacts = {
  readonly bag: string;
  readonly provider: string;
  readonly custodian: string;
  readonly approver: string;
  /** A clip that its doorbell signed, as an example; null: there is none. */
  readonly signedClip: SignedClip | null;
  /** One whose parts it signed, and not its end; null: there is none. */
  readonly markedClip: string | null;
  readonly signatures: SignatureCounts;
  /** Of all volumes, in order; empty: it is the only one. */
  readonly volumes: readonly string[];
};

/** Its name, and the file of its footage. */
export type SignedClip = { readonly name: string; readonly file: string };

/** A command stands on a line of its own, after this. */
export const commandMark = '    $ ';

const { manifest, tagManifest, seal, stamp, root, stampRoot } = bagPaths;
const sealCommand = [
  `openssl cms -verify -binary -inform DER -in ${seal}`,
  `-content ${tagManifest} -CAfile ${root} -out /dev/null`,
].join(' ');
/** Of the certificates inside the seal. */
const signersCommand = `openssl pkcs7 -inform DER -in ${seal} -print_certs -noout`;
const stampCommand = `openssl ts -verify -data ${seal} -in ${stamp} -CAfile ${stampRoot}`;
const stampText = `openssl ts -reply -in ${stamp} -text 2>/dev/null`;
/** Whenever it is run: at the time that the stamp vouches for. */
const stampSeconds = `date -u -d "$(${stampText} | sed -n 's/^Time stamp: //p')" +%s`;
const atStampTime = `-attime "$(${stampSeconds})"`;
/** A name that is in the lists and in the folder comes twice. */
const differenceCommand = [
  `{ cut -c67- ${manifest} ${tagManifest}; echo ${tagManifest};`,
  "find . ! -type d ! -path './sig/*' | cut -c3-; } | LC_ALL=C sort | uniq -u",
].join(' ');

export function readmeText(facts: ReadmeFacts): string {
  const { bag, provider, custodian, approver, signedClip, markedClip, volumes } = facts;
  const parts = [
    [
      `HOW TO VERIFY ${bag}`,
      '',
      `This folder is a sealed copy of records of ${provider}: a BagIt 1.0 bag (RFC 8493). It can be`,
      'checked without any software of the provider. Open a terminal in this folder, the one that holds',
      'this file, and type the commands below. Needed are sha256sum (coreutils) and openssl 1.1.1 or',
      'later; what macOS calls openssl is another program, and "sha256sum" is "shasum -a 256" there.',
      'Write nothing into the folder.',
    ],
    volumes.length === 0 ? [] : volumesText(bag, volumes),
    step('1. Every file is what it was when the bag was sealed', [
      [`sha256sum -c --quiet ${manifest}`, 'prints nothing'],
      [`sha256sum -c --quiet ${tagManifest}`, 'prints nothing'],
    ]),
    step('2. No file was added or taken away', [
      [
        differenceCommand,
        'prints nothing; a name that it prints is in the folder or in the lists only',
      ],
    ]),
    step('3. The lists are sealed', [
      [sealCommand, 'CMS Verification successful'],
      [
        signersCommand,
        'two subjects, one with OU custodian and one with OU approver, and no third',
      ],
    ]),
    [
      `   The seal has two signatures: of ${custodian}, custodian of these records, and`,
      `   of ${approver}, who approved their release.`,
    ],
    step('4. The seal existed at the time of its time-stamp', [
      [stampCommand, 'Verification: OK'],
      [`${stampText} | grep 'Time stamp:'`, 'the time of the seal'],
    ]),
    step('5. Whose seal it is', [
      [
        `openssl x509 -in ${root} -noout -subject -fingerprint -sha256`,
        'compare it with the fingerprint that the provider gave you by another way',
      ],
    ]),
    [
      `   ${root} is a copy for convenience. Whoever forges a bag forges that file as well: use the`,
      '   certificate that the provider published, or compare the fingerprint by telephone.',
    ],
    signedClip === null ? [] : deviceStep(signedClip),
    markedClip === null ? [] : markStep(markedClip),
    unsignedText(facts.signatures),
    step(`${signedClip === null ? '6' : '7'}. The same with bagit-python, if it is installed`, [
      ['bagit.py --validate .', '. is valid'],
    ]),
    step('After the certificates have expired', [
      [`${sealCommand} ${atStampTime}`, 'CMS Verification successful'],
      [`${stampCommand} ${atStampTime}`, 'Verification: OK'],
    ]),
    [
      'WHAT IS IN IT',
      '',
      '  custody-report.html            the report for people: open it in a browser, print it',
      '  data/clips/                    footage, the bytes as they came from the doorbell',
      '  data/stills/                   pictures that the doorbell made with it',
      '  data/records/                  for each clip where it came from and when it was; other records',
      '  data/answer.json               what leaves, what was withheld and why',
      '  custody/chain.jsonl            what happened to it at the provider, an entry of its ledger a line',
      '  custody/proofs.jsonl           that each entry is in the ledger (RFC 6962, audit paths)',
      '  custody/checkpoint.txt         the state of the ledger that the proofs lead to',
      '  custody/device/                what each doorbell signed when it finished a clip',
      '  legal/                         the demand, its documents, what was withheld, the certificate',
      '  sig/                           seal, time-stamp, certificates, signatures of doorbells and ledger',
      '',
      "In .csv files a cell that a spreadsheet would compute has a ' in front; the .jsonl beside it is exact.",
      "Signatures lie in sig/, which no list names: a list cannot name its own seal. The provider's",
      'verifier checks those files too, and that there are no others: doorbell verify <folder>',
    ],
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n')}\n`;
}

const volumesText = (bag: string, volumes: readonly string[]): readonly string[] => [
  `THIS IS VOLUME ${volumes.indexOf(bag) + 1} OF ${volumes.length}.`,
  'The answer comes in these folders, each sealed by itself; check each:',
  '',
  ...volumes.map((each) => `  ${each}`),
];

function deviceStep({ name, file }: SignedClip): readonly string[] {
  const { signedByDevice, deviceSignature, deviceKey, record } = clipPaths(name);
  return [
    ...step('6. The doorbell itself signed what it recorded', [
      [
        `openssl dgst -sha256 -verify ${deviceKey} -signature ${deviceSignature} ${signedByDevice}`,
        'Verified OK',
      ],
      [rootCommand(name, file), `the "rootAtExport" of ${record}`],
    ]),
    '   The root is computed from the footage itself: the SHA-256 of each part that was sent, one behind the other,',
    '   hashed again. Likewise for every other clip. Of one that its doorbell finished, the "root" in the signed text',
    '   is this root: then the doorbell signed all of this footage.',
  ];
}

/** The parts' lengths are in the record, the bytes in the clip. */
const rootCommand = (name: string, file: string): string =>
  [
    `n=1; for s in $(sed -n '/"chunks"/,/]/s/.*"sizeBytes": //p' ${clipPaths(name).record});`,
    `do tail -c +$n ${file} | head -c $s | openssl dgst -sha256 -binary; n=$((n+s)); done | sha256sum`,
  ].join(' ');

function markStep(name: string): readonly string[] {
  const { markedByDevice, markSignature, deviceKey } = clipPaths(name);
  return [
    '   A clip that its doorbell never finished, cut off or given up, has no such signature of its end. What is here',
    '   of it the doorbell signed while it recorded; the "root" in that text is its "rootAtExport":',
    ...command(
      `openssl dgst -sha256 -verify ${deviceKey} -signature ${markSignature} ${markedByDevice}`,
      'Verified OK',
    ),
  ];
}

/** Said where it matters, so that nobody takes a verified opening for verified footage. */
function unsignedText({ begun, unsigned, marked, whole }: SignatureCounts): readonly string[] {
  if (begun + unsigned === 0) return [];
  return [
    `   NOT ALL RECORDINGS ARE SIGNED: ${whole} are to their end, ${marked} as far as they go; of ${begun}`,
    `   the doorbell signed the beginning only; ${unsigned} bear no signature that its key verifies. The seal and`,
    '   the ledger vouch that these are what the provider received; that they are what the doorbell',
    '   recorded, its signature does not',
    '   show. Each is marked in custody-report.html, and by "covers" in its record in data/records/clips/.',
  ];
}

const step = (
  title: string,
  commands: readonly (readonly [command: string, prints: string])[],
): readonly string[] => [title, ...commands.flatMap(([line, prints]) => command(line, prints))];

const command = (line: string, prints: string): readonly string[] => [
  '',
  `${commandMark}${line}`,
  `      ${prints}`,
];
