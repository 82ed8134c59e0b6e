/** Certificates of those who seal: read strictly, and led back to what is trusted. */
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** Null unless the text is exactly this many certificates in the one form that PEM is written in. */
export function readPem(text: string): readonly X509Certificate[] | null {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  try {
    const certificates = blocks.map((block) => new X509Certificate(block));
    const written = certificates.map((each) => each.toString()).join('');
    return blocks.length > 0 && written === text ? certificates : null;
  } catch {
    return null;
  }
}

/** As people write PEM files: with comments, several in one. Empty: there is none. */
export function readTrust(text: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

export type Purpose = 'sealing' | 'time-stamping';
const purposes: Readonly<Record<Purpose, string>> = {
  sealing: '1.3.6.1.5.5.7.3.4',
  'time-stamping': '1.3.6.1.5.5.7.3.8',
};

/** What stands against it as a certificate of this purpose, by this root, at that time. */
export function certificateFault(
  certificate: X509Certificate,
  root: X509Certificate,
  purpose: Purpose,
  at: Date,
): string | null {
  if (!root.ca || !root.checkIssued(root) || !root.verify(root.publicKey)) {
    return 'its root is no certificate of an authority';
  }
  if (!certificate.checkIssued(root) || !certificate.verify(root.publicKey)) {
    return 'its certificate was not issued by the root';
  }
  if (certificate.ca) return 'its certificate is that of an authority';
  for (const each of [certificate, root]) {
    if (at < each.validFromDate || at > each.validToDate) {
      return 'a certificate was not in force at the time of the stamp';
    }
  }
  const usages = extendedUsages(certificate);
  return usages.length === 1 && usages[0] === purposes[purpose]
    ? null
    : `its certificate is not for ${purpose}`;
}

export type Person = {
  readonly role: string;
  readonly principal: string;
  readonly name: string;
  readonly title: string;
};

export function personOf(certificate: X509Certificate): Person {
  const { subjectName } = new x509.X509Certificate(Buffer.from(certificate.raw));
  const field = (name: string): string => subjectName.getField(name)[0] ?? '';
  return {
    role: field('OU'),
    principal: field('0.9.2342.19200300.100.1.1'),
    name: field('CN'),
    title: field('T'),
  };
}

function extendedUsages(certificate: X509Certificate): readonly string[] {
  const parsed = new x509.X509Certificate(Buffer.from(certificate.raw));
  const extension = parsed.getExtension(x509.ExtendedKeyUsageExtension);
  return extension?.usages.map(String) ?? [];
}
