/** What every Vault must do. */
import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Vault, VaultError } from '../../cloud-stub/ports.ts';
import {
  clipNumbered,
  sampleBytes,
  sha256Of,
  thingNamed,
  ulidNumbered,
} from '../support/cloud/clip-samples.ts';

const key = clipNumbered(1);
const dataKey = createSecretKey(sampleBytes(32, 'data key'));
const chunks = [0, 1, 2].map((index) => sampleBytes(1000 + index, index));
const still = { id: ulidNumbered(77), jpeg: sampleBytes(500, 'still') };

async function store(vault: Vault): Promise<void> {
  const clip = await vault.open(key, dataKey);
  // Out of order, as chunks may arrive.
  for (const index of [2, 0, 1]) {
    const chunk = chunks[index] as Buffer;
    clip.append(index, chunk, sha256Of(chunk));
  }
  clip.addStill(still.id, still.jpeg);
  await clip.sync();
  await clip.close();
}

export function vaultContract(name: string, openVault: () => Promise<Vault>): void {
  describe(`${name} is a vault`, () => {
    test('what was appended is read back, chunk by chunk', async () => {
      const vault = await openVault();
      await store(vault);
      const reader = await vault.openRead(key, dataKey);
      if (reader === null) throw new Error('expected the clip');
      expect([...reader.chunks().keys()].sort()).toEqual([0, 1, 2]);
      expect(reader.chunks().get(1)?.length).toBe(1001);
      expect(Buffer.from(reader.chunks().get(1)?.sha256 ?? [])).toEqual(
        sha256Of(chunks[1] as Buffer),
      );
      for (const index of [0, 1, 2]) {
        expect(Buffer.from(await reader.read(index))).toEqual(chunks[index]);
      }
      expect(reader.stills()).toEqual([still.id]);
      expect(Buffer.from((await reader.still(still.id)) ?? [])).toEqual(still.jpeg);
      expect(await reader.still(ulidNumbered(78))).toBeNull();
      await expect(reader.read(3)).rejects.toThrow(VaultError);
      await reader.close();
    });

    test('an appender reads what it has only queued', async () => {
      const vault = await openVault();
      const clip = await vault.open(key, dataKey);
      const chunk = chunks[0] as Buffer;
      clip.append(0, chunk, sha256Of(chunk));
      expect([...clip.chunks().keys()]).toEqual([0]);
      expect(Buffer.from(await clip.read(0))).toEqual(chunk);
      await clip.close();
    });

    test('a clip opened again goes on where it was', async () => {
      const vault = await openVault();
      await store(vault);
      const clip = await vault.open(key, dataKey);
      expect([...clip.chunks().keys()].sort()).toEqual([0, 1, 2]);
      expect(clip.stills()).toEqual([still.id]);
      const chunk = sampleBytes(10, 'more');
      clip.append(3, chunk, sha256Of(chunk));
      await clip.sync();
      await clip.close();
      const reader = await vault.openRead(key, dataKey);
      expect(Buffer.from((await reader?.read(3)) ?? [])).toEqual(chunk);
      expect(Buffer.from((await reader?.read(0)) ?? [])).toEqual(chunks[0]);
      await reader?.close();
    });

    test('a chunk may be as small as nothing and as large as the limit', async () => {
      const vault = await openVault();
      const clip = await vault.open(key, dataKey);
      const sizes = [0, 1, 120 * 1024];
      for (const [index, size] of sizes.entries()) {
        const chunk = sampleBytes(size, index);
        clip.append(index, chunk, sha256Of(chunk));
      }
      await clip.sync();
      for (const [index, size] of sizes.entries()) {
        expect(Buffer.from(await clip.read(index))).toEqual(sampleBytes(size, index));
      }
      await clip.close();
    });

    test('appending an index twice is a mistake of the caller', async () => {
      const vault = await openVault();
      const clip = await vault.open(key, dataKey);
      const chunk = chunks[0] as Buffer;
      clip.append(0, chunk, sha256Of(chunk));
      expect(() => clip.append(0, chunk, sha256Of(chunk))).toThrow(/once/);
      await clip.close();
    });

    test("another clip's key opens nothing", async () => {
      const vault = await openVault();
      await store(vault);
      const other = createSecretKey(sampleBytes(32, 'another'));
      await expect(
        (async () => {
          const reader = await vault.openRead(key, other);
          await reader?.read(0);
        })(),
      ).rejects.toThrow(VaultError);
    });

    test('a clip that was never there is null to read and nothing to remove', async () => {
      const vault = await openVault();
      expect(await vault.openRead(clipNumbered(9), dataKey)).toBeNull();
      await vault.remove(clipNumbered(9));
      await vault.remove({ thing: thingNamed('nobody'), clip: ulidNumbered(9) });
    });

    test('a removed clip is gone, for those who have it open too [RET-6]', async () => {
      const vault = await openVault();
      await store(vault);
      const reader = await vault.openRead(key, dataKey);
      const appender = await vault.open(key, dataKey);
      await vault.remove(key);
      await expect(reader?.read(0)).rejects.toThrow(VaultError);
      await expect(
        (async () => {
          appender.append(5, chunks[0] as Buffer, sha256Of(chunks[0] as Buffer));
          await appender.sync();
        })(),
      ).rejects.toThrow(VaultError);
      await reader?.close();
      await appender.close();
      expect(await vault.openRead(key, dataKey)).toBeNull();
      expect(await listed(vault)).toEqual([]);
    });

    test('every clip is listed', async () => {
      const vault = await openVault();
      const keys = [clipNumbered(1), clipNumbered(2), clipNumbered(1, 'garage')];
      for (const each of keys) await (await vault.open(each, dataKey)).close();
      expect(await listed(vault)).toEqual(keys.map(({ thing, clip }) => `${thing}/${clip}`).sort());
    });
  });
}

async function listed(vault: Vault): Promise<string[]> {
  const names: string[] = [];
  for await (const { thing, clip } of vault.list()) names.push(`${thing}/${clip}`);
  return names.sort();
}
