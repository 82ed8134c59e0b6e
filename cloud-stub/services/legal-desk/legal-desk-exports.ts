/** What was released is leased, sealed and handed over, by a fourth person. [LEG-5] [EXP-4] */
import type { Ulid } from '../../../device/wire/ids.ts';
import { isoTime } from '../../../device/wire/time.ts';
import { refusedClasses } from '../../legal/class-grants.ts';
import type { ExportOrder, LegalDocument, Person, ReleasedClip } from '../../legal/export-order.ts';
import type { ItemDecision } from '../../legal/item-decision.ts';
import type { Matter } from '../../legal/matter.ts';
import { mayLeave } from '../../legal/matter-deadlines.ts';
import type { Writing } from '../../ports.ts';
import type { Exports, SealOutcome } from '../exports/exports.ts';
import { matterFor, permit } from './legal-desk-acts.ts';
import { settle } from './legal-desk-decision.ts';
import { releasedRecords } from './legal-desk-export-records.ts';
import { askRelease } from './legal-desk-review.ts';
import { appendSteps, loadMatter } from './legal-desk-store.ts';
import { decidedItems } from './legal-desk-views.ts';
import {
  actorOf,
  attempt,
  DeskRefused,
  type DeskWorld,
  deskActor,
  newId,
  ruleOf,
  tell,
} from './legal-desk-world.ts';
import type { Principal } from './principals.ts';

const noExport = 'this cloud was started without what seals bags';
const unsealed: Readonly<Record<Extract<SealOutcome, { sealed: false }>['because'], string>> = {
  'no-such-export': 'nothing was leased for it',
  removed: 'the bag is gone, by its window or by the desk',
  'lease-over': 'it took longer than its lease, and what was half built is not sealed',
  stopped: 'this cloud is stopping: ask again once it runs',
};

/** Leases and seals; each step stands, so that asked again it goes on where it was. */
export async function seal(world: DeskWorld, by: Principal, demand: Ulid) {
  const { exports } = world;
  return attempt(world, { by, act: 'seal', demand }, async (tx) => {
    if (exports === null) throw new DeskRefused('no-export', noExport);
    const matter = await matterFor(tx, demand);
    permit(matter, by, 'seal');
    requireNotice(world, matter);
    if (matter.export !== null) return matter;
    const at = world.ports.clock.now();
    const step = { at, by: by.principal, name: 'leased' as const, export: newId(world, at) };
    return appendSteps(world, tx, matter, [step]);
  }).then(async (begun) => {
    if (!begun.ok || exports === null) return begun;
    return carryOut(world, exports, by, begun.value);
  });
}

async function carryOut(world: DeskWorld, exports: Exports, by: Principal, matter: Matter) {
  const { demand } = matter.demand;
  const asking = { by, act: 'seal', demand };
  const isLeased = matter.export !== null && (await exports.find(matter.export.id)) !== null;
  if (!isLeased) {
    const lease = await exports.lease(await orderOf(world, matter));
    if (!lease.leased) {
      if (lease.because === 'footage-gone') await reopen(world, demand);
      return attempt(world, asking, async () => {
        throw new DeskRefused('export', `${lease.because}: ${lease.detail}`);
      });
    }
  }
  const sealed = await exports.seal(matter.export?.id ?? demand);
  return attempt(world, asking, async (tx) => {
    if (!sealed.sealed) {
      throw new DeskRefused('export', `${sealed.because}: ${unsealed[sealed.because]}`);
    }
    const now = await matterFor(tx, demand);
    if (now.export?.sealedAt != null) return now;
    const at = world.ports.clock.now();
    return appendSteps(world, tx, now, [{ at, by: by.principal, name: 'sealed' }]);
  });
}

/** What was to leave went before it was leased: it is decided anew, and told as what it then is. */
async function reopen(world: DeskWorld, demand: Ulid): Promise<void> {
  await world.ports.catalogue.write(async (tx) => {
    const matter = await matterFor(tx, demand);
    const at = world.ports.clock.now();
    await appendSteps(world, tx, matter, [{ name: 'reopened', at, by: deskActor }]);
  });
  await settle(world, demand);
}

/** From now on the agency can read the bag; a notice that is due after disclosure begins its time. */
export async function deliver(world: DeskWorld, by: Principal, demand: Ulid) {
  const { exports } = world;
  const actor = actorOf('custodian', by.principal);
  return attempt(world, { by, act: 'deliver', demand }, async (tx) => {
    if (exports === null) throw new DeskRefused('no-export', noExport);
    const matter = await matterFor(tx, demand);
    permit(matter, by, 'deliver');
    requireNotice(world, matter);
    if (matter.export?.sealedAt == null)
      throw new DeskRefused('stage', 'the bag is not sealed: it is sealed before it is delivered');
    const at = world.ports.clock.now();
    const step = { at, by: by.principal, name: 'delivered' as const };
    const delivered = await appendSteps(world, tx, matter, [step]);
    await tell(world, tx, 'demand-closed', actor, { demand });
    // What was to be kept for the answer has been answered.
    const intakes = delivered.holds.filter(({ kind }) => kind === 'intake');
    await askRelease(world, tx, { ...delivered, holds: intakes }, 'released', actor);
    return delivered;
  }).then(async (done) => {
    const bag = done.ok ? done.value.export : null;
    if (bag !== null && exports !== null) await exports.delivered(bag.id, actor);
    return done;
  });
}

/** A bag whose matter ended before it was handed over goes at once, and its lease with it. */
export async function dropBag({ exports }: DeskWorld, matter: Matter): Promise<void> {
  const { stage, export: bag, disclosedAt, outcome } = matter;
  if (stage !== 'closed' || bag === null || disclosedAt !== null || exports === null) return;
  if ((await exports.find(bag.id)) === null) return;
  await exports.remove(bag.id, outcome?.code.toLowerCase() ?? 'closed');
}

/** The bag of the demand in whose place this form came. */
export async function dropSuperseded(world: DeskWorld, form: unknown): Promise<void> {
  const { supersedes } = form as { readonly supersedes?: Ulid | null };
  if (supersedes == null) return;
  const matter = await loadMatter(world.ports.catalogue.read, supersedes);
  if (matter !== null) await dropBag(world, matter);
}

/** Of deliveries that a crash cut off between the matter and its bag. */
export async function finishDeliveries(world: DeskWorld): Promise<void> {
  const { exports, ports } = world;
  if (exports === null) return;
  const open = await ports.catalogue.read
    .selectFrom('exports')
    .innerJoin('demands', 'demands.demand', 'exports.demand')
    .select(['exports.export', 'exports.demand'])
    .where('demands.stage', '=', 'delivered')
    .where('exports.state', '=', 'sealed')
    .where('exports.deliveredAt', 'is', null)
    .execute();
  for (const { export: id, demand } of open) {
    const matter = await loadMatter(ports.catalogue.read, demand);
    const custodian = matter?.custodian ?? null;
    if (custodian === null) continue;
    await exports.delivered(id, actorOf('custodian', custodian as Ulid));
  }
}

/** [LEG-6] */
function requireNotice(world: DeskWorld, matter: Matter): void {
  const rule = ruleOf(world, matter.demand);
  const verdict = mayLeave(matter, rule, world.legal, world.ports.clock.now());
  if (verdict.may) return;
  if (verdict.because !== 'time-to-challenge') {
    throw new DeskRefused('owner-not-told', 'the owner is told before anything leaves');
  }
  const until = isoTime(verdict.until);
  const detail = `the owner was told and has until ${until} to challenge it, or to waive that`;
  throw new DeskRefused('time-to-challenge', detail);
}

async function orderOf(world: DeskWorld, matter: Matter): Promise<ExportOrder> {
  const { catalogue } = world.ports;
  const { demand, outcome, approvals, custodian } = matter;
  const db = catalogue.read;
  const clips: ReleasedClip[] = [];
  const keys: string[] = [];
  const withheld: ItemDecision[] = [];
  for await (const rows of decidedItems(db, demand.demand, { agencyOnly: true })) {
    for (const row of rows) {
      if (!row.item.released) withheld.push(row.item);
      else if (row.thing !== null && row.clip !== null) {
        const { edge, decryptable } = row.item;
        clips.push({ thing: row.thing, clip: row.clip, edge, decryptable });
      } else keys.push(row.item.key);
    }
  }
  const signed = (as: string) => approvals.find((each) => each.as === as)?.principal ?? null;
  if (outcome === null || matter.export === null) throw new Error('an undecided matter is leased');
  return {
    export: matter.export.id,
    ...{ demand, outcome, clips, withheld, provider: world.provider.entity },
    withheldClasses: refusedClasses(demand, ruleOf(world, demand), world.legal),
    statute: ruleOf(world, demand).basis.map(({ cite }) => cite),
    records: await releasedRecords(db, keys, world.ports.clock.now()),
    people: {
      requester: await personOf(db, demand.sender.principal, demand.sender.agency),
      reviewer: await personOf(db, signed('reviewer'), 'reviewer'),
      approver: await personOf(db, signed('approver'), 'approver'),
      custodian: await personOf(db, custodian, 'custodian of records'),
    },
    documents: await paperOf(db, demand.document.sha256),
  };
}

type Db = DeskWorld['ports']['catalogue']['read'] | Writing;

async function personOf(db: Db, principal: string | null, title: string): Promise<Person> {
  const row = await db
    .selectFrom('principals')
    .select(['principal', 'name'])
    .where('principal', '=', (principal ?? '') as Ulid)
    .executeTakeFirst();
  return { principal: row?.principal ?? '', name: row?.name ?? '', title };
}

const extensions: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/tiff': 'tiff',
  'image/png': 'png',
  'image/jpeg': 'jpg',
};

async function paperOf(db: Db, sha256: string | null): Promise<readonly LegalDocument[]> {
  const rows = await db
    .selectFrom('documents')
    .select(['sha256', 'sizeBytes', 'mediaType'])
    .where('sha256', '=', sha256 ?? '')
    .execute();
  return rows.map(({ mediaType, ...row }) => ({
    ...row,
    name: `served-paper.${extensions[mediaType] ?? 'bin'}`,
  }));
}
