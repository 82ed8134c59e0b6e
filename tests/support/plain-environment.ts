/**
 * What is set where the tests are started is none of their business: programs that they run would be configured by it,
 * and Node says on stderr that of two wishes for colour it obeys one.
 */
const isForeign = (name: string): boolean =>
  /^(DOORBELL|CLOUD)_/.test(name) || name === 'NO_COLOR' || name === 'FORCE_COLOR';

for (const name of Object.keys(process.env)) if (isForeign(name)) delete process.env[name];
