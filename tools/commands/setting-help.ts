/** What the help says of one setting: its sense, what it may be, what it is untold, and its variable. */

type Setting = {
  readonly about: string | null;
  readonly choices: readonly string[];
  readonly untold: unknown;
  readonly variable: string;
};

export function settingHelp({ about, choices, untold, variable }: Setting): string {
  const few = choices.length === 0 ? null : `one of ${choices.join(', ')}`;
  const said = [about, few].filter((part) => part !== null).join('; ');
  return [said, `(${untoldText(untold)}${variable})`].filter((part) => part !== '').join(' ');
}

function untoldText(untold: unknown): string {
  if (untold === null || untold === undefined || untold === false) return '';
  if (Array.isArray(untold) && untold.length === 0) return '';
  return `default: ${typeof untold === 'object' ? JSON.stringify(untold) : String(untold)}; `;
}
