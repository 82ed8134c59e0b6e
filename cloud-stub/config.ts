/**
 * What the cloud is told at start: the environment and flags, the latter overruling. Read once, frozen; each problem
 * names the variable, what was found and what is expected.
 */
import path from 'node:path';
import { z } from 'zod';
import { limits } from '../device/wire/limits.ts';
import { type EpochMs, epochMs } from '../device/wire/time.ts';

const port = z.coerce
  .number({ error: 'expected a port, 0 for any free one' })
  .int()
  .min(0)
  .max(65_535);
const names = z.string().transform((text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
);

const brokerExpected = "expected 'embedded' or a URL such as mqtts://host:8883";

const yesOrNo = z.stringbool({ error: "expected 'true' or 'false'" }).default(false);
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;

/** Variable by variable, as the help tells them; the flag of `CLOUD_API_PORT` is `--api-port`. */
const variables = {
  DOORBELL_DATA: z.string().min(1).default('.data').describe('data folder'),
  CLOUD_BROKER: z
    .literal('embedded')
    .or(z.url({ protocol: /^mqtts?$/, error: brokerExpected }))
    .default('embedded')
    .describe('embedded, or the URL of any other broker, such as mqtts://host:8883'),
  CLOUD_BROKER_HOST: z
    .string()
    .min(1)
    .default('0.0.0.0')
    .describe('address that the embedded broker listens on'),
  CLOUD_BROKER_PORT: port.default(8883).describe('its port; 0: any free one'),
  CLOUD_BROKER_PROFILE: z
    .enum(['aws', 'open'])
    .default('aws')
    .describe('its limits: aws has those of AWS IoT Core, open none'),
  CLOUD_BROKER_NAMES: names
    .default([])
    .describe("names for its certificate beyond localhost and the host's own, by commas"),
  CLOUD_API_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address that the page and the API listen on'),
  CLOUD_API_PORT: port.default(8080).describe('their port; 0: any free one'),
  CLOUD_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as https://host' })
    .nullable()
    .default(null)
    .describe('how the page is reached from outside, where something stands in front'),
  CLOUD_ENROLMENT_SECRET_FILE: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('secret that doorbells prove to get a certificate; without it none is given'),
  CLOUD_ENROLMENT_OWNER: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("account, by name, that enrolled doorbells become; without it nobody's"),
  CLOUD_POLICY: z
    .string()
    .min(1)
    .default('ring-2019')
    .describe('ring-2019, privacy-first, eu, or a file of the same shape'),
  CLOUD_DEV_IDENTITIES: yesOrNo.describe(
    'open the office: its people sign in with tokens of "doorbell principal add"',
  ),
  CLOUD_VIRTUAL_CLOCK: yesOrNo.describe(
    'time stands still until "doorbell clock advance" moves it',
  ),
  CLOUD_AT: z.iso
    .datetime({ offset: true, error: 'expected a time such as 2026-11-22T10:00:00Z' })
    .transform((text) => epochMs(Date.parse(text)))
    .nullable()
    .default(null)
    .describe('when a virtual clock begins; without it, where the ledger left off, or now'),
  CLOUD_WINDOW_MAX: z.coerce
    .number()
    .int()
    .min(0)
    .max(limits.windowMax)
    .default(0)
    .describe("chunks a doorbell may have unacknowledged; 0: what suits the broker's profile"),
  CLOUD_LOG_LEVEL: z
    .enum(logLevels)
    .default('info')
    .describe('from which level on things are logged'),
} as const;
const schema = z
  .object(variables)
  .refine((read) => read.CLOUD_AT === null || read.CLOUD_VIRTUAL_CLOCK, {
    path: ['CLOUD_AT'],
    error: 'only a virtual clock begins at a time of your choice',
  });

export type CloudConfig = {
  readonly folders: {
    /** Catalogue, vault and wrapped keys. */
    readonly data: string;
    /** The master key, which wraps the clips' keys: never inside `data`. */
    readonly secrets: string;
    readonly pki: string;
  };
  readonly broker:
    | {
        readonly kind: 'embedded';
        readonly host: string;
        readonly port: number;
        readonly profile: 'aws' | 'open';
        readonly names: readonly string[];
      }
    | { readonly kind: 'foreign'; readonly url: string };
  readonly api: { readonly host: string; readonly port: number; readonly publicUrl: URL | null };
  readonly enrolment: { readonly secretFile: string; readonly owner: string | null } | null;
  readonly policy: string;
  /** Whether named people sign in with development tokens. */
  readonly devIdentities: boolean;
  readonly clock: 'real' | { readonly virtualFrom: EpochMs | null };
  readonly windowMax: number;
  readonly logLevel: z.infer<typeof schema>['CLOUD_LOG_LEVEL'];
};

/** The configuration does not hold; the message has a line for each problem. */
export class CloudConfigError extends Error {
  override readonly name = 'CloudConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** With the `open` profile nothing but the window limits a link, and a wide one hides the disk's latency. */
const openWindow = 64;

/** `CLOUD_API_PORT` is set by the flag `--api-port`, `DOORBELL_DATA` by `--data`. */
const flagOf = (variable: string): string =>
  `--${variable
    .replace(/^(CLOUD|DOORBELL)_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;

/** All that can be set, for help texts and flags. */
export const cloudSettings = Object.entries(variables).map(([variable, read]) => ({
  variable,
  flag: flagOf(variable),
  isSwitch: read === variables.CLOUD_VIRTUAL_CLOCK || read === variables.CLOUD_DEV_IDENTITIES,
  about: read.description ?? null,
  choices: read === variables.CLOUD_LOG_LEVEL ? logLevels : [],
  untold: read.parse(undefined),
}));

/** `flags`: as `parseArgs` of node:util gives them, by name without dashes. Throws CloudConfigError. */
export function readCloudConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): CloudConfig {
  const given: Record<string, string> = {};
  const origins = new Map<string, string>();
  for (const { variable, flag } of cloudSettings) {
    const candidates = [
      [variable, environment[variable]],
      [flag, flags[flag.slice(2)]],
    ] as const;
    for (const [origin, value] of candidates) {
      if (value === undefined || value === '') continue;
      given[variable] = value;
      origins.set(variable, origin);
    }
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new CloudConfigError(
      parsed.error.issues.map(({ path: [variable], message }) => {
        const name = String(variable);
        return `${origins.get(name) ?? name} is '${given[name] ?? ''}': ${message}`;
      }),
    );
  }
  return Object.freeze(configOf(parsed.data));
}

function configOf(read: z.infer<typeof schema>): CloudConfig {
  const root = path.resolve(read.DOORBELL_DATA);
  const isOpen = read.CLOUD_BROKER !== 'embedded' || read.CLOUD_BROKER_PROFILE === 'open';
  return {
    folders: {
      data: path.join(root, 'cloud'),
      secrets: path.join(root, 'secrets'),
      pki: path.join(root, 'pki'),
    },
    broker:
      read.CLOUD_BROKER === 'embedded'
        ? {
            kind: 'embedded',
            host: read.CLOUD_BROKER_HOST,
            port: read.CLOUD_BROKER_PORT,
            profile: read.CLOUD_BROKER_PROFILE,
            names: read.CLOUD_BROKER_NAMES,
          }
        : { kind: 'foreign', url: read.CLOUD_BROKER },
    api: {
      host: read.CLOUD_API_HOST,
      port: read.CLOUD_API_PORT,
      publicUrl: read.CLOUD_PUBLIC_URL === null ? null : new URL(read.CLOUD_PUBLIC_URL),
    },
    enrolment:
      read.CLOUD_ENROLMENT_SECRET_FILE === null
        ? null
        : { secretFile: read.CLOUD_ENROLMENT_SECRET_FILE, owner: read.CLOUD_ENROLMENT_OWNER },
    policy: read.CLOUD_POLICY,
    devIdentities: read.CLOUD_DEV_IDENTITIES,
    clock: read.CLOUD_VIRTUAL_CLOCK ? { virtualFrom: read.CLOUD_AT } : 'real',
    windowMax: read.CLOUD_WINDOW_MAX || (isOpen ? openWindow : limits.windowDefault),
    logLevel: read.CLOUD_LOG_LEVEL,
  };
}
