/** The parts of a transparency report as readers see them, on the page and in the terminal alike. */
import type {
  Cell,
  ProcessFigures,
  TransparencyReport,
} from '../../cloud-stub/legal/transparency-report.ts';

/** A figure for each kind of process, one kind a row. */
export type FigureTable = {
  readonly title: string;
  readonly caption: string;
  readonly columns: readonly {
    readonly title: string;
    readonly of: (figures: ProcessFigures) => Cell;
  }[];
};

export type FigureList = {
  readonly title: string;
  readonly entries: readonly (readonly [name: string, cell: Cell])[];
};

export const processNames: Readonly<Record<ProcessFigures['process'], string>> = {
  'search-warrants': 'Search warrants',
  subpoenas: 'Subpoenas',
  'court-orders': 'Court orders',
  emergency: 'Emergency requests',
  preservation: 'Preservation requests',
  'non-us': 'From outside the United States',
  civil: 'Civil process',
  'owner-consent': 'With the owner’s consent',
  other: 'Other',
  all: 'All of these',
};

const outcomeNames: readonly (readonly [string, string])[] = [
  ['FULL', 'Full'],
  ['PARTIAL', 'Partial'],
  ['NO_RECORDS', 'No records'],
  ['REJECTED', 'Rejected'],
  ['CLARIFY', 'Asked back'],
  ['WITHDRAWN', 'Withdrawn'],
  ['QUASHED', 'Quashed'],
  ['CHALLENGED', 'Challenged'],
  ['SUPERSEDED', 'Superseded'],
  ['waiting', 'Waiting'],
];

export const demandTable: FigureTable = {
  title: 'Demands and answers',
  caption: 'Demands received and how they were answered',
  columns: [
    { title: 'Received', of: ({ received }) => received },
    ...outcomeNames.map(([code, title]) => ({
      title,
      of: ({ outcomes }: ProcessFigures) => outcomes[code] ?? null,
    })),
  ],
};

export const productionTable: FigureTable = {
  title: 'What was produced, and for whom',
  caption: 'What was produced',
  columns: [
    { title: 'Footage produced', of: ({ contentProduced }) => contentProduced },
    { title: 'Records only', of: ({ withoutContent }) => withoutContent },
    { title: 'Items', of: ({ itemsReleased }) => itemsReleased },
    { title: 'Accounts named', of: ({ accountsNamed }) => accountsNamed },
    { title: 'Devices named', of: ({ devicesNamed }) => devicesNamed },
    { title: 'Agencies', of: ({ agencies }) => agencies },
    { title: 'Median days', of: ({ medianDays }) => medianDays },
  ],
};

export const rejectionList = ({ rejections }: TransparencyReport): FigureList => ({
  title: 'Why demands were rejected',
  entries: Object.entries(rejections).map(([reason, cell]) => [words(reason), cell]),
});

export const emergencyList = ({ emergencies }: TransparencyReport): FigureList => ({
  title: 'Emergencies',
  entries: [
    ['Granted', emergencies.granted],
    ['Denied', emergencies.denied],
    ['of these, the sender could not be verified', emergencies.verificationFailed],
    ['of these, for another reason', emergencies.deniedOtherwise],
    ['Legal process came afterwards', emergencies.followed],
    ['None had come by its day', emergencies.unfollowed],
  ],
});

export const noticeList = ({ notices, silences }: TransparencyReport): FigureList => ({
  title: 'Owners told, and silence ordered',
  entries: [
    ['Owners told', notices.sent],
    ['before anything left', notices.before],
    ['after', notices.after],
    ['Orders not to tell that began', silences.began],
    ['of these, without an end', silences.withoutEnd],
    ['Expired', silences.expired],
    ['Lifted', silences.lifted],
    // Of nothing there is no mean, which is another thing than one that is not published.
    ...(silences.expired === 0 && silences.lifted === 0
      ? []
      : [['Mean length in days', silences.meanDays] as const]),
  ],
});

export const holdList = ({ holds }: TransparencyReport): FigureList => ({
  title: 'Footage kept on request',
  entries: [
    ['Holds placed', holds.placed],
    ...Object.entries(holds.byKind).map(([kind, cell]) => [words(kind), cell] as const),
    ['Renewed', holds.renewed],
    ['Ended', holds.ended],
    ...Object.entries(holds.byEnding).map(([ending, cell]) => [words(ending), cell] as const),
    ['Clips kept that their owner had deleted', holds.ownerDeletedClips],
  ],
});

/** Of nothing there is no median, which is another thing than one that is not published. */
export const isOfNothing = (figures: ProcessFigures, cell: Cell): boolean =>
  cell === null && figures.received === 0;

export const spanOf = ({ period }: TransparencyReport): string =>
  `${day(period.from)} to ${day(period.to - 1)}`;

export const secrecyNote = 'In bands of 250, all kinds together; part of no number above.';

export const hiddenNote = ({ smallestCount }: TransparencyReport): string =>
  `not published: a number from 1 to ${smallestCount - 1}, or one from which such a number could be computed. ` +
  'Totals count what is not shown as well, except where they are not shown themselves.';

export const sourceNote = ({ unreadable }: TransparencyReport, source: string): string =>
  unreadable === 0 ? source : `${source} ${unreadable} entries could not be read.`;

const words = (name: string): string => {
  const text = name.replaceAll(/[_-]/g, ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
};

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
