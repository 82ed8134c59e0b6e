/** A demand as a scenario writes it, and the form and paper it becomes at the legal desk. */
import { z } from 'zod';
import {
  dataClasses,
  issuerKinds,
  type ProcessId,
  processIds,
  ruleInForce,
} from '../../cloud-stub/legal/process-rules.ts';
import { shippedRules } from '../../cloud-stub/legal/rules/shipped-rules.ts';
import type { DemandFormInput } from '../../cloud-stub/services/legal-desk/demand-form.ts';
import { sampleProvider } from '../../cloud-stub/services/legal-desk/legal-desk-world.ts';
import type { ServedFile } from '../../cloud-stub/services/legal-desk/served-documents.ts';
import { thingNameSchema } from '../../device/wire/ids.ts';
import { type EpochMs, isoTime } from '../../device/wire/time.ts';
import { personNames } from './office.ts';
import { pointAt, timePointSchema } from './quantities.ts';
import type { World } from './world.ts';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
  error: 'expected a name: lower-case letters, digits and hyphens',
});
const orNull = <Of extends z.ZodType>(schema: Of) => schema.nullable().optional();

const paperShape = {
  process: z.enum(processIds),
  doorbells: z.array(thingNameSchema).optional().describe('what it names'),
  accounts: z.array(name).optional().describe('whom it names'),
  owner: name.optional().describe('its doorbells only while they were this account’s'),
  from: orNull(timePointSchema).describe('start'),
  to: orNull(timePointSchema).describe('12h after the start'),
  classes: z.array(z.enum(dataClasses)).min(1).optional().describe('all three'),
  issuer: orNull(z.enum(issuerKinds)).describe('the first who may issue it'),
  jurisdiction: z.string().max(100).optional().describe('US'),
  signed: orNull(timePointSchema).describe('an hour before it is handed in'),
  'served-on': z.string().max(200).optional().describe('this provider'),
  case: z.string().max(64).nullable().optional().describe('26-000001 and so on'),
  'return-address': z.string().max(254).optional().describe('of the agency'),
  'return-by': orNull(timePointSchema),
  zone: orNull(z.string().max(64)).describe('UTC'),
  area: orNull(z.string().max(4000)),
  indoor: z.array(thingNameSchema).optional(),
  pages: z.int().min(1).optional().describe('as the paper says of itself; 1'),
  paper: z.string().max(1000).optional().describe('what stands on it; its own for each demand'),
  file: z.string().max(100).optional().describe('its media type; application/pdf'),
  silence: orNull(
    z.strictObject({
      by: z.enum(['court-order', 'statute', 'letter']).default('court-order'),
      'names-process': z.boolean().default(true),
      from: timePointSchema.optional(),
      until: orNull(timePointSchema),
    }),
  ).describe('it asks that the owner is not told'),
  renews: name.optional().describe('the demand whose hold is to be renewed'),
  silences: name.optional().describe('the demand whose notice is to be withheld'),
  supersedes: name.optional().describe('the demand in whose place it comes'),
  follows: name.optional().describe('the emergency that it follows'),
  filters: z.array(z.string().max(200)).optional(),
  emergency: orNull(
    z.strictObject({
      danger: z.string().max(4000).default('a life is in danger'),
      imminent: z.boolean().default(true),
      nexus: z.string().max(4000).default('the camera saw who took the child'),
      arisen: timePointSchema.optional().describe('an hour before'),
    }),
  ),
} as const;

export const demandSchema = z.strictObject({
  as: name.describe('what the story calls it'),
  by: z.enum(personNames).default('officer'),
  ...paperShape,
  refused: z.string().optional().describe('it is refused at the door, with this reason'),
});
export type DemandStep = z.output<typeof demandSchema>;

const hour = 3_600_000;

export async function formOf(world: World, step: DemandStep): Promise<DemandFormInput> {
  const now = world.time.clock.now();
  const at = (point: Parameters<typeof pointAt>[0]): string =>
    isoTime(pointAt(point, world.startAt, now));
  const maybe = (
    point: Parameters<typeof pointAt>[0] | null | undefined,
    otherwise: string | null,
  ): string | null => (point === undefined ? otherwise : point === null ? null : at(point));
  const ago = (ms: number): string => isoTime((now - ms) as EpochMs);
  const classes = step.classes ?? [...dataClasses];
  const { silence, emergency } = step;
  return {
    process: step.process,
    servedOn: step['served-on'] ?? sampleProvider.entity,
    issuer: issuerOf(step, classes, now),
    signedAt: maybe(step.signed, ago(hour)),
    subjects: subjectsOf(world, step),
    from: maybe(step.from, isoTime(world.startAt)),
    to: maybe(step.to, isoTime((world.startAt + 12 * hour) as EpochMs)),
    timeZone: step.zone === undefined ? 'UTC' : step.zone,
    area: step.area ?? null,
    indoor: (step.indoor ?? []).map((each) => world.doorbells.get(each).thing),
    classes,
    returnBy: maybe(step['return-by'], null),
    returnAddress: step['return-address'] ?? world.office.returnAddress(step.by),
    caseNumber: step.case === undefined ? nextCase(world) : step.case,
    pagesDeclared: step.pages ?? 1,
    silence:
      silence == null
        ? null
        : {
            by: silence.by,
            namesProcess: silence['names-process'],
            from: silence.from === undefined ? isoTime(now) : at(silence.from),
            expiresAt: maybe(silence.until, null),
          },
    renews: step.renews === undefined ? null : await holdToRenew(world, step.renews),
    silences: step.silences === undefined ? null : world.demands.get(step.silences).demand,
    supersedes: step.supersedes === undefined ? null : world.demands.get(step.supersedes).demand,
    follows: step.follows === undefined ? null : world.demands.get(step.follows).demand,
    filters: step.filters ?? [],
    emergency: emergencyOf(step.process, emergency, (point) =>
      point === undefined ? ago(hour) : at(point),
    ),
  };
}

export const paperOf = ({ runId }: World, { as, paper, file }: DemandStep): ServedFile => ({
  name: `${as}.pdf`,
  mediaType: file ?? 'application/pdf',
  bytes: Buffer.from(`%PDF-1.7\n% ${paper ?? `the demand ${as}`}${runId}\n%%EOF\n`),
});

/** What the paper of an emergency says unless the scenario says otherwise. */
function emergencyOf(
  process: ProcessId,
  claim: DemandStep['emergency'],
  arisen: (point: NonNullable<DemandStep['emergency']>['arisen']) => string,
): DemandFormInput['emergency'] {
  if (claim === null || (claim === undefined && process !== 'emergency')) return null;
  return {
    danger: claim?.danger ?? 'a life is in danger',
    imminent: claim?.imminent ?? true,
    nexus: claim?.nexus ?? 'the camera saw who took the child',
    arisenAt: arisen(claim?.arisen),
  };
}

function issuerOf(
  step: DemandStep,
  classes: readonly (typeof dataClasses)[number][],
  now: EpochMs,
): DemandFormInput['issuer'] {
  if (step.issuer === null) return null;
  const rule = ruleInForce(shippedRules, step.process, now);
  const isBeyond = classes.some((each) => each !== 'subscriber');
  const { beyond = [], subscriber = [] } = rule?.issuers ?? {};
  const kind = step.issuer ?? (isBeyond ? beyond[0] : undefined) ?? subscriber[0] ?? 'judge';
  return {
    kind,
    name: 'A. Signer',
    title: `the ${kind}`,
    body: 'District of Springfield',
    jurisdiction: step.jurisdiction ?? 'US',
  };
}

function subjectsOf(world: World, step: DemandStep): DemandFormInput['subjects'] {
  const { doorbells = [], accounts = [], owner } = step;
  return [
    ...doorbells.map((each) => {
      const { thing } = world.doorbells.get(each);
      return owner === undefined
        ? ({ by: 'device', thing } as const)
        : ({ by: 'device-of-account', thing, account: world.accounts.get(owner) } as const);
    }),
    ...accounts.map((each) => ({ by: 'account', account: world.accounts.get(each) }) as const),
  ];
}

const nextCase = (world: World): string =>
  `26-${String(world.demands.entries().length + 1).padStart(6, '0')}`;

/** The hold a demand rests on that has not ended, the latest placed of them. */
async function holdToRenew(world: World, demandName: string): Promise<string | null> {
  const { demand } = world.demands.get(demandName);
  const matter = await world.cloud().desk.show(await world.office.person('reviewer'), demand);
  return matter?.holds.findLast(({ kind }) => kind !== 'intake')?.hold ?? null;
}
