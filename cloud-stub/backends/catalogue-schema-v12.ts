/** In which boot of its doorbell an event was, and when that began; see catalogue-schema.ts. */

export const catalogueSchemaV12 = `
-- Null where the firmware does not say, and where nothing dates the event. By these, what a doorbell recorded with a
-- clock that was never set is dated, and so whose it is. [RET-5]
alter table events add column boot integer check (boot >= 0);
alter table events add column bootBeganAt integer check (bootBeganAt is null or boot is not null);
update events set boot = message -> 'clock' ->> 'boot',
  bootBeganAt = case
    when message -> 'clock' ->> 'uptimeNowMs' is null
      and message -> 'clock' ->> 'syncedAtUptimeMs' is null then null
    else at - (message -> 'clock' ->> 'uptimeAtMs') end;
create index eventsOfBoot on events (thing, boot, at) where bootBeganAt is not null;
create index eventsUndated on events (thing, boot) where bootBeganAt is null and boot is not null;
`;
