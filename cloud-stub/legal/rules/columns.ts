/** Cells that many rows share. */
import { type CheckId, type ProcessRow, subscriberFields } from '../process-rules.ts';

type Cell = ProcessRow['compels']['content'];
type Grant = ProcessRow['policy']['content'];

export const compels = (subscriber: Cell, nonContent: Cell, content: Cell) => ({
  subscriber,
  'non-content': nonContent,
  content,
});
export const policy = (subscriber: Grant, nonContent: Grant, content: Grant) => ({
  subscriber,
  'non-content': nonContent,
  content,
});
export const nothing = compels('never', 'never', 'never');
export const denied = policy('deny', 'deny', 'deny');

export const allFields: ProcessRow['subscriberFields'] = [...subscriberFields];

/** What every paper of an authority is checked for; staleness and renewal are added by the row. */
export const servedPaper: CheckId[] = [
  ...(['V01', 'V02', 'V03', 'V04', 'V06', 'V07', 'V08', 'V09', 'V10', 'V11'] as const),
  ...(['V12', 'V13', 'V14', 'V15', 'V17', 'V19', 'V20'] as const),
];

export const noGag: ProcessRow['gag'] = { accepts: 'none', maxDays: 0 };
/** 18 USC 2705(b); the statute sets no longest term, a year is the provider's. */
export const courtGag: ProcessRow['gag'] = { accepts: 'court-order', maxDays: 365 };

export const noticeBefore: ProcessRow['notice'] = { when: 'before', delayDays: 0 };
export const noNotice: ProcessRow['notice'] = { when: 'none', delayDays: 0 };

export const noAuthorityNotice: ProcessRow['authorityNotice'] = null;

export const noDeadline: ProcessRow['deadline'] = {
  stated: false,
  hours: null,
  emergencyHours: null,
};
/** The return date, or the date in the order. */
export const statedDeadline: ProcessRow['deadline'] = { ...noDeadline, stated: true };

/** The Electronic Communications Privacy Act. */
export const ecpaFrom = '1986-10-21';
