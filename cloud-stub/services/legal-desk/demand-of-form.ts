/** From the form and the file that a sender hands in to the demand as the desk takes it down. */
import type { EpochMs } from '../../../device/wire/time.ts';
import type { Demand } from '../../legal/demand.ts';
import type { Writing } from '../../ports.ts';
import { type DemandForm, demandFormSchema, timeOf } from './demand-form.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { DeskRefused } from './legal-desk-world.ts';
import { type DocumentReading, readDocument, type ServedFile } from './served-documents.ts';

export type Paper = Extract<DocumentReading, { ok: true }> & { readonly bytes: Uint8Array };

export function demandOf(
  form: DemandForm,
  known: Pick<Demand, 'demand' | 'receivedAt' | 'sender'> &
    Pick<Demand['document'], 'reissuedAt'> & { readonly sha256: string },
): Demand {
  const { demand, receivedAt, reissuedAt, sender, sha256 } = known;
  const statedAt = reissuedAt ?? receivedAt;
  const { silence, emergency, area } = form;
  return {
    ...{ demand, receivedAt, sender, process: form.process, servedOn: form.servedOn },
    issuer: form.issuer,
    signedAt: timeOf(form.signedAt),
    scope: {
      subjects: form.subjects,
      from: timeOf(form.from),
      to: timeOf(form.to),
      timeZone: form.timeZone,
      area: area === null || typeof area === 'string' ? area : JSON.stringify(area),
      indoor: form.indoor,
    },
    classes: form.classes,
    document: {
      reissuedAt,
      sha256,
      pages: form.pagesDeclared,
      pagesDeclared: form.pagesDeclared,
      attachmentsMissing: [],
    },
    silence:
      silence === null
        ? null
        : {
            by: silence.by,
            namesProcess: silence.namesProcess,
            from: timeOf(silence.from) ?? statedAt,
            expiresAt: timeOf(silence.expiresAt),
          },
    returnAddress: form.returnAddress,
    caseNumber: form.caseNumber,
    renews: form.renews,
    filters: form.filters.map((wanted) => ({ wanted, kind: 'plain' as const })),
    emergency:
      emergency === null
        ? null
        : {
            ...emergency,
            arisenAt: timeOf(emergency.arisenAt) ?? statedAt,
            callBack: 'not-made',
          },
    consent: null,
    standing: 'open',
  };
}

/** Throws DeskRefused with every place that does not hold. */
export function formOf(given: unknown): DemandForm {
  const parsed = demandFormSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const invalid = parsed.error.issues.slice(0, deskLimits.faultsToldMax).map((issue) => ({
    where: issue.path.join('.') || 'form',
    because: issue.message,
  }));
  throw new DeskRefused('malformed', 'the form does not hold', invalid);
}

/** Throws DeskRefused. */
export function paperOf(file: ServedFile): Paper {
  const reading = readDocument(file);
  if (!reading.ok) throw new DeskRefused('document', reading.because);
  return { ...reading, bytes: file.bytes };
}

/** One paper may come with many demands. */
export const keepPaper = (
  tx: Writing,
  { sha256, mediaType, sizeBytes, bytes }: Paper,
  at: EpochMs,
) =>
  tx
    .insertInto('documents')
    .values({ sha256, mediaType, sizeBytes, bytes, receivedAt: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
