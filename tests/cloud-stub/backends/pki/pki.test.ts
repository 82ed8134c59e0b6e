import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readIdentity, writeIdentity } from '../../../../cloud-stub/backends/pki/identity.ts';
import { openPki } from '../../../../cloud-stub/backends/pki/pki.ts';
import { PkiError } from '../../../../cloud-stub/backends/pki/pki-error.ts';
import type { ThingName } from '../../../../device/wire/ids.ts';
import { days, type EpochMs, epochMs, later } from '../../../../device/wire/time.ts';
import { findProgram } from '../../../support/requirement.ts';

const run = promisify(execFile);
const openssl = findProgram('openssl');
const porch = 'porch' as ThingName;
let folder: string;
let now: EpochMs;
const open = () => openPki(join(folder, 'pki'), { now: () => now });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pki-'));
  now = epochMs(Date.now());
});
afterEach(() => rm(folder, { recursive: true }));

async function everyFile(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.map((entry) => join(entry.parentPath, entry.name));
}

describe('the authority', () => {
  it('is made once and found again', async () => {
    const first = await open();
    expect((await open()).caPem).toBe(first.caPem);
  });

  it('is one authority when several processes start at the same time', async () => {
    const all = await Promise.all([open(), open(), open(), open()]);
    expect(new Set(all.map((pki) => pki.caPem)).size).toBe(1);
    expect((await readdir(join(folder, 'pki'))).sort()).toEqual([
      'authority',
      'issued',
      'revoked',
      'server',
      'services',
    ]);
  });

  it('keeps its folder at mode 0700 and every file at 0600', async () => {
    const pki = await open();
    await pki.issueDevice(porch);
    await pki.serverCertificate();
    await pki.revoke('porch');
    for (const path of [join(folder, 'pki'), ...(await everyFile(join(folder, 'pki')))]) {
      const facts = await stat(path);
      expect([path, facts.mode & 0o777]).toEqual([path, facts.isDirectory() ? 0o700 : 0o600]);
    }
  });

  it('says which folder is damaged instead of making a new authority over it', async () => {
    await open();
    await writeFile(join(folder, 'pki/authority/key.pem'), 'not a key');
    await expect(open()).rejects.toThrow(PkiError);
    await expect(open()).rejects.toThrow(/damaged.*pki/);
  });

  it('refuses a folder that cannot be', async () => {
    await writeFile(join(folder, 'pki'), '');
    await expect(open()).rejects.toThrow(PkiError);
  });
});

describe('a certificate', () => {
  const verify = async (certificatePem: string, caPem: string, purpose: string) => {
    await writeFile(join(folder, 'ca.pem'), caPem);
    await writeFile(join(folder, 'leaf.pem'), certificatePem);
    const args = ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.pem', 'leaf.pem'];
    return (await run('openssl', args, { cwd: folder })).stdout;
  };

  it.skipIf(openssl === null)(
    'of a doorbell verifies with openssl as a client, not as a server',
    async () => {
      const pki = await open();
      const identity = await pki.issueDevice(porch);
      expect(identity.commonName).toBe('porch');
      expect(await verify(identity.certificatePem, pki.caPem, 'sslclient')).toContain('OK');
      await expect(verify(identity.certificatePem, pki.caPem, 'sslserver')).rejects.toThrow();
    },
  );

  it.skipIf(openssl === null)(
    'of the server verifies with openssl as a server, not as a client',
    async () => {
      const pki = await open();
      const identity = await pki.serverCertificate();
      expect(await verify(identity.certificatePem, pki.caPem, 'sslserver')).toContain('OK');
      await expect(verify(identity.certificatePem, pki.caPem, 'sslclient')).rejects.toThrow();
    },
  );

  it('is of another authority when the folder is another', async () => {
    const other = await openPki(join(folder, 'other'), { now: () => now });
    const identity = await other.issueDevice(porch);
    const pki = await open();
    await expect(verify(identity.certificatePem, pki.caPem, 'sslclient')).rejects.toThrow();
  });

  it('has the facts that node and openssl read in it', async () => {
    const identity = await (await open()).issueDevice(porch);
    const read = new X509Certificate(identity.certificatePem);
    expect(identity).toMatchObject({
      serial: read.serialNumber.toLowerCase(),
      fingerprint: read.fingerprint256.replaceAll(':', '').toLowerCase(),
      validFrom: Date.parse(read.validFrom),
      validTo: Date.parse(read.validTo),
    });
    expect(identity.serial).toMatch(/^[4-7][0-9a-f]{31}$/);
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(read.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('of a service has a name that no doorbell can have', async () => {
    const pki = await open();
    expect((await pki.issueService('cloud')).commonName).toBe('service.cloud');
    await expect(pki.issueDevice('service.cloud' as ThingName)).rejects.toThrow(
      "'service.cloud' is not a thing name",
    );
  });

  it.each(['', 'a b', 'a/b', '+', 'CN=x', 'x'.repeat(65), '../up'])(
    'is not issued to %j',
    async (name) => {
      const pki = await open();
      await expect(pki.issueDevice(name as ThingName)).rejects.toThrow(PkiError);
      await expect(pki.issueService(name)).rejects.toThrow(PkiError);
      expect((await pki.show()).issued).toEqual([]);
    },
  );
});

describe("a service's identity", () => {
  it('is the same after a restart', async () => {
    const first = await (await open()).serviceIdentity('cloud');
    expect(first.commonName).toBe('service.cloud');
    expect(await (await open()).serviceIdentity('cloud')).toEqual(first);
  });

  it('is made anew when it was revoked, and thirty days before its end', async () => {
    const pki = await open();
    const first = await pki.serviceIdentity('cloud');
    await (await open()).revoke('service.cloud');
    const second = await pki.serviceIdentity('cloud');
    expect(second.serial).not.toBe(first.serial);
    now = later(second.validTo, days(-30));
    expect((await pki.serviceIdentity('cloud')).serial).not.toBe(second.serial);
  });

  it('is not kept under a name that leads elsewhere', async () => {
    await expect((await open()).serviceIdentity('../issued')).rejects.toThrow(PkiError);
  });
});

describe('the server certificate', () => {
  it('names localhost, its addresses, the host and what else is asked for', async () => {
    const { names } = await (await open()).serverCertificate(['cloud', '192.0.2.7']);
    const wanted = ['localhost', '127.0.0.1', '::1', hostname(), 'cloud', '192.0.2.7'];
    // A machine may itself be called by one of the others.
    expect(names).toEqual([...new Set(wanted)].sort());
  });

  it('stays while its names and its end are far', async () => {
    const pki = await open();
    const first = await pki.serverCertificate(['cloud']);
    expect(await (await open()).serverCertificate(['cloud'])).toEqual(first);
  });

  it('is made anew when its names change', async () => {
    const pki = await open();
    const first = await pki.serverCertificate();
    expect((await pki.serverCertificate(['cloud'])).serial).not.toBe(first.serial);
  });

  it('is made anew thirty days before its end, not sooner', async () => {
    const pki = await open();
    const first = await pki.serverCertificate();
    now = later(first.validTo, days(-31));
    expect((await pki.serverCertificate()).serial).toBe(first.serial);
    now = later(first.validTo, days(-30));
    expect((await pki.serverCertificate()).serial).not.toBe(first.serial);
  });

  it('is made anew when a crash left a key that is not its own', async () => {
    const pki = await open();
    const first = await pki.serverCertificate();
    await writeFile(join(folder, 'pki/server/key.pem'), (await pki.issueDevice(porch)).keyPem);
    expect((await pki.serverCertificate()).serial).not.toBe(first.serial);
  });
});

describe('revoking', () => {
  it('by name takes every certificate of that doorbell and no other', async () => {
    const pki = await open();
    const mine = [await pki.issueDevice(porch), await pki.issueDevice(porch)];
    const other = await pki.issueDevice('yard' as ThingName);
    expect([...(await pki.revoke('porch'))].sort()).toEqual(mine.map((one) => one.serial).sort());
    expect(mine.map((one) => pki.isRevoked(one.serial))).toEqual([true, true]);
    expect(pki.isRevoked(other.serial)).toBe(false);
    expect(await pki.revoke('porch')).toEqual([]);
  });

  it('by serial takes that one', async () => {
    const pki = await open();
    const [lost, kept] = [await pki.issueDevice(porch), await pki.issueDevice(porch)];
    expect(await pki.revoke(lost.serial.toUpperCase())).toEqual([lost.serial]);
    expect(pki.isRevoked(kept.serial)).toBe(false);
  });

  it('of what was never issued is refused', async () => {
    await expect((await open()).revoke('nobody')).rejects.toThrow(
      "no certificate was issued for 'nobody'",
    );
  });

  it('outlives a restart and reaches other processes', async () => {
    const running = await open();
    const { serial } = await running.issueDevice(porch);
    const commandLine = await open();
    await commandLine.revoke('porch');
    expect(running.isRevoked(serial)).toBe(false);
    expect(await running.refresh()).toEqual([serial]);
    expect(await running.refresh()).toEqual([]);
    expect(running.isRevoked(serial)).toBe(true);
    expect((await open()).isRevoked(serial)).toBe(true);
  });

  it('holds although its record is damaged', async () => {
    const pki = await open();
    const { serial } = await pki.issueDevice(porch);
    await pki.revoke('porch');
    await writeFile(join(folder, `pki/revoked/${serial}.json`), '{');
    expect((await open()).isRevoked(serial)).toBe(true);
  });
});

it('shows what was issued and what was revoked, and when', async () => {
  const pki = await open();
  const lost = await pki.issueDevice(porch);
  await pki.serverCertificate();
  await pki.revoke('porch');
  const { server, issued, authority } = await pki.show();
  expect(authority.commonName).toBe('doorbell-emulator authority');
  expect(server?.names).toContain('localhost');
  const { keyPem: _, certificatePem: __, caPem: ___, ...facts } = lost;
  expect(issued).toEqual([{ ...facts, revokedAt: now }]);
});

it('an identity folder is read back as written, and a part of one is none', async () => {
  const identity = await (await open()).issueDevice(porch);
  const path = join(folder, 'porch');
  await writeIdentity(path, identity);
  const { keyPem, certificatePem, caPem } = identity;
  expect(await readIdentity(path)).toEqual({ keyPem, certificatePem, caPem });
  expect((await stat(join(path, 'key.pem'))).mode & 0o777).toBe(0o600);
  await rm(join(path, 'certificate.pem'));
  expect(await readIdentity(path)).toBeNull();
});
