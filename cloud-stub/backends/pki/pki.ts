/**
 * The project's own certificate authority in a folder: made at first start, it issues the broker's
 * certificate, those of doorbells and of services, and keeps what was revoked. Several processes
 * may use one folder at a time.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isThingName, type ThingName } from '../../../device/wire/ids.ts';
import { type DurationMs, days, type EpochMs, later } from '../../../device/wire/time.ts';
import { backdate, openAuthority } from './authority-folder.ts';
import {
  type Authority,
  type CertificateFacts,
  certificateFacts,
  certifyClient,
  issueClient,
  issueServer,
  type KeyAndCertificate,
  keyOfRequest,
  type Validity,
} from './certificate.ts';
import { readIdentity, writeIdentity } from './identity.ts';
import { IssuedCertificates } from './issued-certificates.ts';
import { PkiError } from './pki-error.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile } from './private-folder.ts';
import { Revocations } from './revocations.ts';

export type Pki = {
  /** The authority's certificate, PEM: what clients and servers trust. */
  readonly caPem: string;
  /** A new key and certificate for a doorbell. Earlier ones stay valid until revoked. */
  issueDevice(thing: ThingName): Promise<Identity>;
  /**
   * A certificate (PEM) for a key the doorbell made itself, from its PKCS #10 request. The same key again gets the
   * same certificate. Throws PkiError when the request is not one, or the name has a certificate for another key.
   */
  certifyDevice(thing: ThingName, csrPem: string): Promise<string>;
  /** The certificate, PEM, that was issued last for a doorbell and is not revoked; null: none. */
  deviceCertificate(thing: ThingName): Promise<string | null>;
  /**
   * For a client of a foreign broker; its common name is `service.<name>`, which no doorbell can
   * have.
   */
  issueService(name: string): Promise<Identity>;
  /** The same, kept in the folder and issued anew only when it was revoked or is near its end. */
  serviceIdentity(name: string): Promise<Identity>;
  /** The broker's key and certificate, made anew when near its end or when the names changed. */
  serverCertificate(extraNames?: readonly string[]): Promise<Identity>;
  /**
   * Revokes every certificate of a doorbell or service, or the one with this serial. Says which it
   * revoked.
   */
  revoke(subjectOrSerial: string): Promise<readonly string[]>;
  isRevoked(serial: string): boolean;
  /** Learns what other processes revoked since; returns the serials that are new to this one. */
  refresh(): Promise<readonly string[]>;
  show(): Promise<PkiFacts>;
};

export type Identity = KeyAndCertificate & CertificateFacts & { readonly caPem: string };

export type PkiFacts = {
  readonly folder: string;
  readonly authority: CertificateFacts;
  readonly server: CertificateFacts | null;
  readonly issued: readonly IssuedFacts[];
};
export type IssuedFacts = CertificateFacts & { readonly revokedAt: EpochMs | null };

const validity = { server: days(397), client: days(3650) } as const;
const renewBefore = days(30);

/** Opens the authority in `folder`, making it there when there is none. Throws PkiError. */
export async function openPki(
  folder: string,
  { now }: { readonly now: () => EpochMs },
): Promise<Pki> {
  const at = placesIn(folder);
  let authority: Authority;
  try {
    for (const path of [folder, at.server, at.services, at.issued, at.revoked]) {
      await makePrivateFolder(path);
    }
    authority = await openAuthority(folder, at.authority, now());
  } catch (cause) {
    if (cause instanceof PkiError) throw cause;
    throw new PkiError(folder, 'cannot make the authority', { cause });
  }
  const pki = new FolderPki(folder, authority, now);
  await pki.refresh();
  return pki;
}

const placesIn = (folder: string) => ({
  authority: join(folder, 'authority'),
  server: join(folder, 'server'),
  services: join(folder, 'services'),
  issued: join(folder, 'issued'),
  revoked: join(folder, 'revoked'),
});

class FolderPki implements Pki {
  readonly caPem: string;
  readonly #folder: string;
  readonly #at: ReturnType<typeof placesIn>;
  readonly #authority: Authority;
  readonly #now: () => EpochMs;
  readonly #revoked: Revocations;
  readonly #issued: IssuedCertificates;

  constructor(folder: string, authority: Authority, now: () => EpochMs) {
    this.#folder = folder;
    this.#at = placesIn(folder);
    this.#authority = authority;
    this.#revoked = new Revocations(this.#at.revoked);
    this.#issued = new IssuedCertificates(this.#at.issued);
    this.#now = now;
    this.caPem = authority.certificatePem;
  }

  async issueDevice(thing: ThingName): Promise<Identity> {
    if (!isThingName(thing)) throw new PkiError(this.#folder, `'${thing}' is not a thing name`);
    return await this.#issue(thing);
  }

  async certifyDevice(thing: ThingName, csrPem: string): Promise<string> {
    const key = await keyOfRequest(csrPem);
    if (key === null) throw new PkiError(this.#folder, 'not a certificate request for a P-256 key');
    const known = await this.deviceCertificate(thing);
    if (known === null) {
      const span = this.#validFor(validity.client);
      return this.#issued.record(await certifyClient(this.#authority, thing, key, span));
    }
    const { publicKey } = new X509Certificate(known);
    if (publicKey.export({ type: 'spki', format: 'der' }).equals(key)) return known;
    throw new PkiError(this.#folder, `${thing} has a certificate for another key: revoke it first`);
  }

  async deviceCertificate(thing: ThingName): Promise<string | null> {
    await this.refresh();
    const last = (await this.#issued.list())
      .filter(({ serial, commonName }) => commonName === thing && !this.#revoked.has(serial))
      .reduce<CertificateFacts | null>(
        (latest, facts) =>
          latest === null || facts.validFrom >= latest.validFrom ? facts : latest,
        null,
      );
    return last === null ? null : await this.#issued.read(last.serial);
  }

  async issueService(name: string): Promise<Identity> {
    if (!isThingName(name)) throw new PkiError(this.#folder, `'${name}' is not a service name`);
    return await this.#issue(`service.${name}`);
  }

  async serviceIdentity(name: string): Promise<Identity> {
    const folder = join(this.#at.services, name);
    const files = isThingName(name) ? await readIdentity(folder) : null;
    if (files !== null) {
      const found = this.#complete(files);
      const lasts = later(this.#now(), renewBefore) < found.validTo;
      await this.refresh();
      if (lasts && !this.isRevoked(found.serial) && isPair(found)) return found;
    }
    const made = await this.issueService(name);
    await writeIdentity(folder, made);
    return made;
  }

  async serverCertificate(extraNames: readonly string[] = []): Promise<Identity> {
    const names = serverNames(extraNames);
    const keyPath = join(this.#at.server, 'key.pem');
    const certificatePath = join(this.#at.server, 'certificate.pem');
    const keyPem = await readIfThere(keyPath);
    const certificatePem = await readIfThere(certificatePath);
    if (keyPem !== null && certificatePem !== null) {
      const found = this.#complete({ keyPem, certificatePem });
      const lasts = later(this.#now(), renewBefore) < found.validTo;
      // A crash between the two writes below leaves a pair that does not match.
      if (lasts && found.names.join() === names.join() && isPair(found)) return found;
    }
    const made = await issueServer(this.#authority, names, this.#validFor(validity.server));
    await replacePrivateFile(keyPath, made.keyPem);
    await replacePrivateFile(certificatePath, made.certificatePem);
    return this.#complete(made);
  }

  async revoke(subjectOrSerial: string): Promise<readonly string[]> {
    await this.refresh();
    const wanted = (await this.#issued.list()).filter(
      ({ serial, commonName }) =>
        serial === subjectOrSerial.toLowerCase() || commonName === subjectOrSerial,
    );
    if (wanted.length === 0) {
      throw new PkiError(this.#folder, `no certificate was issued for '${subjectOrSerial}'`);
    }
    const serials = wanted.map(({ serial }) => serial).filter((one) => !this.#revoked.has(one));
    for (const serial of serials) await this.#revoked.add(serial, this.#now());
    return serials;
  }

  isRevoked(serial: string): boolean {
    return this.#revoked.has(serial.toLowerCase());
  }

  refresh(): Promise<readonly string[]> {
    return this.#revoked.refresh();
  }

  async show(): Promise<PkiFacts> {
    await this.refresh();
    const server = await readIfThere(join(this.#at.server, 'certificate.pem'));
    const issued = (await this.#issued.list())
      .map((facts) => ({ ...facts, revokedAt: this.#revoked.at(facts.serial) }))
      .sort((a, b) => a.validFrom - b.validFrom || a.serial.localeCompare(b.serial));
    return {
      folder: this.#folder,
      authority: certificateFacts(this.caPem),
      server: server === null ? null : certificateFacts(server),
      issued,
    };
  }

  async #issue(commonName: string): Promise<Identity> {
    const span = this.#validFor(validity.client);
    const identity = this.#complete(await issueClient(this.#authority, commonName, span));
    await this.#issued.record(identity.certificatePem);
    return identity;
  }

  #complete(files: KeyAndCertificate): Identity {
    return { ...files, ...certificateFacts(files.certificatePem), caPem: this.caPem };
  }

  #validFor(length: DurationMs): Validity {
    const from = later(this.#now(), backdate);
    return { from, to: later(from, length) };
  }
}

const isPair = ({ keyPem, certificatePem }: KeyAndCertificate): boolean =>
  new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));

const serverNames = (extra: readonly string[]): readonly string[] =>
  [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...extra])].sort();
