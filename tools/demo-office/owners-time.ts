/** The act in which nothing is silenced: the owner is told, and has her time. */
import { days } from '../../device/wire/time.ts';
import { subpoenaForm, warrantPaper } from './demand-of-springfield.ts';
import { day, given, never, type Scene } from './scene.ts';

/** A demand without an order of silence: its owner is told, and nothing leaves before she had her time. */
export async function actSix({ stage, story }: Scene): Promise<void> {
  const { cloud, cast, ann, doorbell, time } = stage;
  story.act("VI. The owner's time");
  const form = subpoenaForm(time.clock.now(), doorbell.thing);
  const { demand } = given(await cloud.desk.submit(cast.Olin, form, warrantPaper('a subpoena')));
  story.tell('Olin', "serves a grand jury's subpoena: who has the doorbell?");
  const found = { pages: 1, attachmentsMissing: [], filters: [], silenceNamesProcess: false };
  const intake = { ...found, callBack: 'not-made' as const };
  const taken = given(await cloud.desk.takeIn(cast.Ines, demand, intake));
  const reviewed = given(await cloud.desk.review(cast.Rhea, demand, { seen: taken.version }));
  given(await cloud.desk.approve(cast.Abel, demand, { seen: reviewed.version }));
  const [notice] = await cloud.desk.notices(ann);
  story.tell(
    'Ann',
    `is told at once, and may challenge it until ${day(notice?.challengeBy ?? null)}`,
  );
  await time.advance(days(3));
  const early = await cloud.desk.seal(cast.Cleo, demand);
  story.tell('Cleo', `tries to seal it; refused, on record: ${early.ok ? '' : early.detail}`);
  await cloud.desk.waiveChallenge(ann, notice?.notice ?? never());
  story.tell('Ann', 'says that she will not challenge it');
  given(await cloud.desk.seal(cast.Cleo, demand));
  const { released } = given(await cloud.desk.deliver(cast.Cleo, demand));
  story.tell(
    'Cleo',
    `seals it and hands it over: ${released?.subscriber} subscriber fields, ${released?.content} clips`,
  );
}
