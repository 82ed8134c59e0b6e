/** Who people are to this cloud, and which of their duties no one person may join. [SEC-1] */

export const roles = [
  'owner',
  'shared-user',
  'agency-officer',
  'agency-admin',
  'intake-clerk',
  'reviewer',
  /** The lawyer whose opinion a reverse search needs. [LEG-8] */
  'counsel',
  'approver',
  'custodian',
  'auditor',
  'ops',
] as const;
export type Role = (typeof roles)[number];

export const accountRoles: readonly Role[] = ['owner', 'shared-user'];
export const agencyRoles: readonly Role[] = ['agency-officer', 'agency-admin'];
/** Duties of the desk: one person may have several, but each matter only one of them from each. [LEG-5] */
export const deskRoles: readonly Role[] = [
  'intake-clerk',
  'reviewer',
  'counsel',
  'approver',
  'custodian',
];

/** Why one person cannot have these roles together; null: they can. */
export function rolesFault(asked: readonly Role[]): string | null {
  if (asked.length === 0) return 'a principal has a role';
  if (new Set(asked).size !== asked.length) return 'a role is named twice';
  if (asked.length === 1) return null;
  const isWithin = (group: readonly Role[]) => asked.every((role) => group.includes(role));
  return isWithin(agencyRoles) || isWithin(deskRoles)
    ? null
    : `${asked.join(' and ')} cannot be one person`;
}
