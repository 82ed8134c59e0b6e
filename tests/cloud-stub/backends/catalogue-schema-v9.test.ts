import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migrate } from '../../../cloud-stub/backends/catalogue-file.ts';
import { migrations } from '../../../cloud-stub/backends/catalogue-schema.ts';
import { SqliteConnection } from '../../../cloud-stub/backends/sqlite-connection.ts';
import { holdKinds } from '../../../cloud-stub/custody/holds-policy.ts';
import { ulidNumbered } from '../../support/cloud/clip-samples.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const insert = `insert into holds (hold, kind, basis, scope, placedAt, placedBy, renewals)
  values (?, ?, ?, '{}', 1, 'desk', '[]')`;

test('a catalogue from before keeps its holds and takes every kind that custody knows, and no other', () => {
  const path = join(temporaryFolder(), 'catalogue.sqlite');
  const connection = new SqliteConnection(path, { readOnly: false });
  const { database } = connection;
  const place = (n: number, kind: string) =>
    database.prepare(insert).run(ulidNumbered(n), kind, ulidNumbered(900));
  migrate(path, connection, migrations.slice(0, 8));
  place(1, 'litigation');
  database.exec(`insert into holdSubjects (hold, thing) values ('${ulidNumbered(1)}', 'porch')`);
  expect(() => place(2, 'backup-preservation')).toThrow('CHECK constraint failed');
  const reader = new SqliteConnection(path, { readOnly: true });

  migrate(path, connection, migrations);
  holdKinds.forEach((kind, n) => {
    place(100 + n, kind);
  });
  expect(() => place(3, 'whim')).toThrow('CHECK constraint failed');
  expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(() => database.exec("update sqlite_schema set sql = ''")).toThrow('may not be modified');
  // Whoever has it open sees the rows of both times.
  const kinds = reader.database.prepare('select kind from holds order by hold').all();
  expect(kinds.map((row) => row['kind'])).toEqual(['litigation', ...holdKinds]);
  reader.close();
  connection.close();
});
