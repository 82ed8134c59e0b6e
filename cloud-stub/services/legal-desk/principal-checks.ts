/** Why an agency or a person cannot be added; null: they can. */
import { readCaseNumbers } from '../../legal/case-numbers.ts';
import { accountRoles, agencyRoles, type Role, rolesFault } from '../../legal/roles.ts';
import type { Writing } from '../../ports.ts';
import { isPlainLine } from '../plain-line.ts';
import { deskLimits } from './legal-desk-limits.ts';
import type { NewPrincipal } from './principals.ts';

const domainPattern =
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;

/** It stands in certificates, reports, and beside the commands that verify a bag. */
const isName = (name: string): boolean =>
  name.trim() !== '' && name.length <= 200 && isPlainLine(name);

export function agencyFault(
  name: string,
  domains: readonly string[],
  caseNumbers: string,
): string | null {
  if (!isName(name)) return 'an agency has a name of 1 to 200 characters on one line';
  if (domains.length === 0 || domains.length > deskLimits.agencyDomainsMax) {
    return `an agency answers from 1 to ${deskLimits.agencyDomainsMax} domains`;
  }
  const odd = domains.find((domain) => !domainPattern.test(domain));
  if (odd !== undefined) return `'${odd}' is no domain in lower case`;
  if (caseNumbers.length > deskLimits.caseNumberPatternCharsMax) return 'the pattern is too long';
  const reading = readCaseNumbers(caseNumbers);
  return reading.ok ? null : `the pattern of case numbers: ${reading.because}`;
}

export async function personFault(tx: Writing, person: NewPrincipal): Promise<string | null> {
  const { name, agency, account } = person;
  if (!isName(name)) return 'a principal has a name of 1 to 200 characters on one line';
  const fault = rolesFault(person.roles);
  if (fault !== null) return fault;
  if (person.roles.includes('owner')) return 'an owner is an account, with tokens of its own';
  const isOf = (group: readonly Role[]): boolean =>
    person.roles.some((each) => group.includes(each));
  if (isOf(agencyRoles) !== (agency !== undefined))
    return "an agency's people, and they alone, name it";
  if (isOf(accountRoles) !== (account !== undefined)) {
    return 'a shared user, and nobody else, names the account it may see';
  }
  const taken = await tx
    .selectFrom('principals')
    .select('principal')
    .where('name', '=', name)
    .executeTakeFirst();
  if (taken !== undefined) return `there is a ${name} already`;
  if (agency !== undefined) {
    const row = await tx
      .selectFrom('agencies')
      .select('agency')
      .where('agency', '=', agency)
      .executeTakeFirst();
    if (row === undefined) return 'there is no such agency';
  }
  if (account === undefined) return null;
  const row = await tx
    .selectFrom('accounts')
    .select('account')
    .where('account', '=', account)
    .where('closedAt', 'is', null)
    .executeTakeFirst();
  return row === undefined ? 'there is no such account' : null;
}
