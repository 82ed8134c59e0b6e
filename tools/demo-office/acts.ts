/** The matter of Springfield, act by act: each needs only what the ones before left. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { reportTransparency } from '../../cloud-stub/services/ledger/transparency.ts';
import { makeUlid, type Ulid } from '../../device/wire/ids.ts';
import { days, type EpochMs, hours, isoTime, later } from '../../device/wire/time.ts';
import { verifyBag } from '../verify/verify-bag.ts';
import { type CommandRun, runReadme, unpackBag } from './bag-check.ts';
import { warrantForm, warrantPaper } from './demand-of-springfield.ts';
import { day, given, never, type Scene } from './scene.ts';
import { start } from './stage.ts';

const footage = path.join(import.meta.dirname, '../../fixtures/scenes/courier/footage.mp4');

/** Somebody rings; the owner and whom she shares with see it; she deletes it. */
export async function actOne({ stage, story }: Scene): Promise<Ulid> {
  const { cloud, cast, ann, doorbell, time } = stage;
  story.act('I. A ring at the door');
  const clip = makeUlid(start, (count) => new Uint8Array(count).fill(7));
  const bytes = await readFile(footage);
  await doorbell.upload(0, { clip, startedAt: time.clock.now(), bytes });
  story.tell(
    'doorbell',
    `records a courier and uploads ${bytes.length} bytes, each of them signed for`,
  );
  const key = { thing: doorbell.thing, clip };
  const seen = await cloud.footage.find(ann, key);
  story.tell('Ann', `sees the clip; it is hers until ${day(seen?.expiresAt ?? null)}`);
  const shared = await cloud.footage.find(cast.Sam.account ?? ann, key);
  story.tell('Sam', `${shared === null ? 'sees nothing' : 'sees it too: Ann shares her doorbell'}`);
  await time.advance(days(2));
  await cloud.footage.remove(ann, key);
  story.tell(
    'Ann',
    'deletes it: nobody she knows sees it again; this profile seals it until its window ends',
  );
  return clip;
}

/** A demand with a page missing is asked about, answered, taken in; meanwhile it holds. */
export async function actTwo({ stage, story }: Scene): Promise<Ulid> {
  const { cloud, cast, doorbell, time } = stage;
  story.act('II. A warrant');
  const [agency] = await cloud.principals.agencies();
  await cloud.principals.verifyAgency(cast.Ines, agency?.agency ?? never());
  story.tell('Ines', 'calls the number in the directory: Springfield Police is who it says it is');
  await time.advance(days(3));
  const form = {
    ...warrantForm(time.clock.now(), start, doorbell.thing),
    silence: silenceFrom(time.clock.now()),
  };
  const page = { ...warrantPaper('not a PDF'), mediaType: 'text/html' };
  const refused = await cloud.desk.submit(cast.Olin, form, page);
  story.tell('Olin', `sends a web page for a paper; refused: ${refused.ok ? '' : refused.detail}`);
  const served = given(await cloud.desk.submit(cast.Olin, form, warrantPaper('a warrant')));
  const { demand } = served;
  const [hold] = await cloud.holds.ofBasis(demand);
  story.tell('Olin', `serves a search warrant, and a court's order of silence for 30 days`);
  story.tell(
    'desk',
    `holds what it names until ${day(hold?.expiresAt ?? null)}, before anyone reads it`,
  );
  const found = { attachmentsMissing: [], filters: [], callBack: 'not-made' } as const;
  const halves = { ...found, pages: 2, silenceNamesProcess: true };
  given(await cloud.desk.takeIn(cast.Ines, demand, halves));
  story.tell('Ines', 'finds two of three pages, and asks');
  await time.advance(days(1));
  const paper = warrantPaper('a warrant, all of it');
  given(await cloud.desk.answer(cast.Olin, demand, form, paper));
  const taken = given(await cloud.desk.takeIn(cast.Ines, demand, { ...halves, pages: 3 }));
  const passed = taken.checks.filter(({ outcome }) => outcome === 'passed').length;
  const rest = taken.checks.filter(({ outcome }) => outcome === 'failed');
  story.tell('Ines', `takes it in: 20 checks, ${passed} passed, ${rest.length} failed`);
  for (const check of rest) {
    if (check.outcome === 'failed') story.tell('desk', `${check.check}: ${check.because}`);
  }
  return demand;
}

/** Reviewed by one, approved by another, and by nobody twice. */
export async function actThree({ stage, story }: Scene, demand: Ulid): Promise<void> {
  const { cloud, cast, ann } = stage;
  story.act('III. Four different people');
  const seen = async (): Promise<number> =>
    (await cloud.desk.show(cast.Rhea, demand))?.version ?? 0;
  given(await cloud.desk.review(cast.Rhea, demand, { seen: await seen() }));
  story.tell('Rhea', 'reviews it: one doorbell, two hours, a judge');
  const twice = await cloud.desk.approve(cast.Rhea, demand, { seen: await seen() });
  story.tell(
    'Rhea',
    `tries to approve it as well; refused, on record: ${twice.ok ? '' : twice.detail}`,
  );
  const approved = given(await cloud.desk.approve(cast.Abel, demand, { seen: await seen() }));
  const { outcome, released } = approved;
  story.tell(
    'Abel',
    `approves: ${outcome?.code}, ${released?.content} clip, ${released?.subscriber} subscriber fields`,
  );
  const told = await cloud.desk.notices(ann);
  story.tell(
    'Ann',
    `is told ${told.length === 0 ? 'nothing: the court silenced the notice' : 'of it'}`,
  );
}

/** Sealed by the fourth, delivered, and checked without this software. */
export async function actFour(
  { stage, story }: Scene,
  demand: Ulid,
  into: string,
): Promise<{ readonly folder: string; readonly runs: readonly CommandRun[] }> {
  const { cloud, cast, time } = stage;
  story.act('IV. The bag');
  await time.advance(hours(20));
  const early = await cloud.desk.openBag(cast.Olin, demand);
  story.tell(
    'Olin',
    `${early === null ? 'asks for the bag too early, and there is none' : 'has it'}`,
  );
  const sealed = given(await cloud.desk.seal(cast.Cleo, demand));
  story.tell('Cleo', `seals it: tag manifest ${sealed.export?.tagManifestSha256?.slice(0, 16)}...`);
  given(await cloud.desk.deliver(cast.Cleo, demand));
  story.tell('Cleo', 'hands it over');
  const bag = (await cloud.desk.openBag(cast.Olin, demand)) ?? never();
  const folder = await unpackBag(bag, into);
  await bag.close();
  story.tell('Olin', `unpacks ${bag.files.length} files and types what README-VERIFY.txt says:`);
  const readme = await readFile(path.join(folder, 'README-VERIFY.txt'), 'utf8');
  const runs = await runReadme(folder, readme);
  for (const { command, ok, said } of runs) {
    story.tell(ok ? '  ok' : '  FAILED', `${shortened(command)}${said === '' ? '' : `: ${said}`}`);
  }
  const verdict = await verifyBag(folder);
  story.tell(
    'Olin',
    `"doorbell verify" says: ${verdict.valid ? 'valid' : `${verdict.faultCount} faults`}`,
  );
  assert(verdict.valid, JSON.stringify(verdict.faults));
  return { folder, runs };
}

/** The silence ends by itself, the hold by two people, the footage by the sweeper. */
export async function actFive({ stage, story }: Scene, demand: Ulid, clip: Ulid): Promise<void> {
  const { cloud, cast, ann, doorbell, time, ports } = stage;
  story.act('V. What time does');
  await time.advance(days(30));
  const [notice] = await cloud.desk.notices(ann);
  story.tell(
    'Ann',
    `reads a notice, sent by itself when the silence ended: ${notice?.agency}, case ${notice?.caseNumber}`,
  );
  const hold = (await cloud.holds.ofBasis(demand)).find(({ kind }) => kind !== 'intake');
  const id = hold?.hold ?? never();
  await time.advance(days(30));
  const row = async () =>
    ports.catalogue.read
      .selectFrom('clips')
      .select('possession')
      .where('thing', '=', doorbell.thing)
      .where('clip', '=', clip)
      .executeTakeFirst();
  story.tell(
    'desk',
    `the window is over; the clip is ${(await row())?.possession}: a hold keeps it`,
  );
  given(await cloud.desk.holds.release(cast.Rhea, id, 'released'));
  story.tell('Rhea', 'asks for the release of the hold');
  given(await cloud.desk.holds.release(cast.Abel, id, 'released'));
  story.tell('Abel', 'says the same, and it ends');
  await time.advance(days(31));
  await cloud.sweeper.sweep();
  story.tell(
    'Otto',
    `starts a sweep: the clip is ${(await row())?.possession}, its key destroyed first`,
  );
}

/** The auditor sees all that happened, and no footage. */
export async function actSeven({ stage, story }: Scene): Promise<void> {
  const { cloud, cast, time, ports } = stage;
  story.act('VII. The auditor');
  const faults: unknown[] = [];
  const read = async (): Promise<void> => {
    for await (const fault of ports.ledger.verify(ports.catalogue.read)) faults.push(fault);
  };
  await read();
  const size = await ports.ledger.size(ports.catalogue.read);
  const root = Buffer.from(await ports.ledger.root(ports.catalogue.read, size));
  story.tell(
    'Ada',
    `checks ${size} entries of the ledger: ${faults.length} faults, root ${root.toString('hex').slice(0, 16)}...`,
  );
  const refused = await ports.catalogue.read
    .selectFrom('ledger')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('kind', '=', 'demand-refused')
    .executeTakeFirstOrThrow();
  story.tell('Ada', `counts ${refused.count} refused attempts, each on record`);
  const to = time.clock.now();
  const report = await reportTransparency(ports, { from: later(start, days(-1)), to });
  const received = report.processes.at(-1)?.received ?? `fewer than ${report.smallestCount}`;
  story.tell('Ada', `counts the transparency report again from it: received ${received}`);
  const { items } = await cloud.desk.list(cast.Ada, { limit: 10 });
  const matters = items.map(({ process, stage: at }) => `${process} (${at})`).join(', ');
  story.tell('Ada', `finds ${items.length} matters, ${matters}; and may see no clip of them`);
  const closed = await cloud.desk.closeCase(cast.Cole, '26-004711');
  story.tell(
    'Cole',
    closed ? 'closes case 26-004711: no demand comes in under it again' : 'cannot',
  );
  assert(faults.length === 0, 'the ledger is whole');
}

const silenceFrom = (now: EpochMs) => ({
  by: 'court-order' as const,
  namesProcess: true,
  from: isoTime(now),
  expiresAt: isoTime(later(now, days(30))),
});

const shortened = (command: string): string =>
  command.length > 88 ? `${command.slice(0, 85)}...` : command;
