import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../../cloud-stub/backends/catalogue-file.ts';
import { migrations } from '../../../cloud-stub/backends/catalogue-schema.ts';
import { SqliteConnection } from '../../../cloud-stub/backends/sqlite-connection.ts';
import { ulidNumbered } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const clock = { boot: 3, uptimeAtMs: 4000, uptimeNowMs: null, syncedAtUptimeMs: null };

test('the events of a catalogue from before say in which boot they were, and the dated ones when it began', () => {
  const path = join(temporaryFolder(), 'catalogue.sqlite');
  const connection = new SqliteConnection(path, { readOnly: false });
  const { database } = connection;
  migrate(path, connection, migrations.slice(0, 11));
  database.exec(`insert into devices (thing, certificate, enrolledAt, connected, eventsUpTo)
    values ('porch', 'none', 1, 0, -1)`);
  const insert = database.prepare(`insert into events
    (thing, seq, id, kind, at, receivedAt, data, message, expiresAt)
    values ('porch', ?, ?, 'ding', 10000, 20000, '{}', ?, 1)`);
  const messages = [
    {},
    { clock },
    { clock: { ...clock, syncedAtUptimeMs: 0 } },
    { clock: { ...clock, uptimeNowMs: 14_000 } },
  ];
  for (const [seq, message] of messages.entries()) {
    insert.run(seq, ulidNumbered(seq), JSON.stringify(message));
  }
  migrate(path, connection, migrations);
  const rows = database.prepare('select boot, bootBeganAt from events order by seq').all();
  expect(rows.map((row) => [row['boot'], row['bootBeganAt']])).toEqual([
    [null, null],
    [3, null],
    [3, 6000],
    [3, 6000],
  ]);
  connection.close();
});
