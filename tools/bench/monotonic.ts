/** A clock that all processes of this machine share and that never steps, in milliseconds. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
