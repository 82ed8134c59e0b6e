/**
 * A line of text that is one line wherever it is shown: no control characters, no marks that turn the reading
 * direction. What people write stands in papers that others read and copy commands from.
 */
const notPlain =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

export const isPlainLine = (text: string): boolean => !notPlain.test(text);
