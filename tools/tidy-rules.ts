/** The house rules that `tidy.ts` checks, as data. */

/** What every service may import. */
const aroundServices = [
  'device/wire/',
  'cloud-stub/custody/',
  'cloud-stub/legal/',
  'cloud-stub/ports',
  'cloud-stub/catalogue-tables',
  'cloud-stub/ledger-kinds.ts',
  'cloud-stub/log.ts',
  ...['clip-custody', 'clip-rows', 'page-cursor', 'plain-line', 'service-limits'].map(
    (name) => `cloud-stub/services/${name}.ts`,
  ),
];

/** The cloud's services, each after those that it may import, so that they can be read one by one. */
const serviceFolders = [
  'ledger',
  'holds',
  'retention',
  'accounts',
  'devices',
  'owners',
  'ingest',
  'exports',
  'legal-desk',
  'fsck',
].map((name) => `cloud-stub/services/${name}/`);

function serviceDirections(): { folder: string; may: string[] }[] {
  return [
    ...serviceFolders.map((folder, index) => ({
      folder,
      may: [...aroundServices, ...serviceFolders.slice(0, index + 1)],
    })),
    { folder: 'cloud-stub/services/', may: aroundServices },
  ];
}

/** Who may import whom. The first row whose folder holds the importing file decides. */
export const directions: readonly {
  readonly folder: string;
  readonly may: readonly string[];
}[] = [
  { folder: 'device/wire/', may: ['device/wire/'] },
  { folder: 'device/vision/', may: ['device/wire/', 'device/vision/'] },
  { folder: 'device/core/', may: ['device/wire/', 'device/core/', 'device/vision/'] },
  {
    folder: 'device/services/',
    may: [
      'device/wire/',
      'device/vision/',
      'device/core/',
      'device/services/',
      'device/board.ts',
      'device/config.ts',
      'device/log.ts',
    ],
  },
  {
    folder: 'device/peripherals/',
    may: [
      'device/wire/',
      'device/vision/',
      'device/peripherals/',
      'device/board.ts',
      'device/config.ts',
      'device/log.ts',
    ],
  },
  { folder: 'device/', may: ['device/'] },
  { folder: 'cloud-stub/custody/', may: ['device/wire/', 'cloud-stub/custody/'] },
  {
    folder: 'cloud-stub/legal/',
    may: ['device/wire/', 'cloud-stub/custody/', 'cloud-stub/legal/'],
  },
  ...serviceDirections(),
  {
    folder: 'cloud-stub/backends/',
    may: [
      'device/wire/',
      'cloud-stub/custody/',
      'cloud-stub/legal/',
      'cloud-stub/backends/',
      'cloud-stub/ports',
      'cloud-stub/catalogue-tables',
      'cloud-stub/ledger-kinds.ts',
      'cloud-stub/log.ts',
    ],
  },
  {
    folder: 'cloud-stub/api/',
    may: [
      'device/wire/',
      'cloud-stub/services/',
      'cloud-stub/api/',
      'cloud-stub/ports',
      'cloud-stub/catalogue-tables',
      'cloud-stub/ledger-kinds.ts',
      'cloud-stub/log.ts',
    ],
  },
  // The page is written against the API's types; they are erased before it is served.
  { folder: 'cloud-stub/console/', may: ['cloud-stub/console/', 'cloud-stub/api/'] },
  { folder: 'cloud-stub/', may: ['device/wire/', 'cloud-stub/'] },
  { folder: 'tools/', may: ['device/', 'cloud-stub/', 'tools/'] },
  { folder: 'tests/', may: ['device/', 'cloud-stub/', 'tools/', 'tests/', 'fixtures/'] },
];

export const pureFolders = [
  'device/wire/',
  'device/vision/',
  'device/core/',
  'cloud-stub/custody/',
  'cloud-stub/legal/',
];
/** These run under the simulator: they may wait, but only on the clock they are given. */
export const seamedFolders = [
  ...pureFolders,
  'device/services/',
  'device/firmware.ts',
  'cloud-stub/services/',
  'cloud-stub/cloud.ts',
  'cloud-stub/api/',
];

export const stray: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b/, 'reads a clock of its own'],
  [/\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, 'sets a timer of its own'],
  [/node:timers/, 'sets a timer of its own'],
  [
    /\bMath\.random\b|\brandom(Bytes|UUID|Int)\b|\bgetRandomValues\b/,
    'draws randomness of its own',
  ],
];
export const impure: readonly (readonly [RegExp, string])[] = [
  ...stray,
  [/\bprocess\./, 'reaches for the process'],
  [/\bcrypto\.subtle\b|\bsubtle\b/, 'uses crypto.subtle, which resolves on macrotasks'],
  [
    /from 'node:(?!assert|crypto|buffer|zlib|util)[a-z_/]+'|from 'node:assert(?!\/strict)\/'/,
    'imports a module that does I/O',
  ],
  [
    /from '(mqtt|aedes|fastify|sharp|fluent-ffmpeg|pino|kysely)'/,
    'imports a library that does I/O',
  ],
];

export const machinePaths = /(^|[^\w.])\/(work|root|home\/\w+)\/|registry\.npmjs|deb\.debian/;
export const linesMax = 250;
export const columnsMax = 120;
