/** Asks the process in this container whether it is well; for Docker's HEALTHCHECK. */
const url = process.env['DOORBELL_HEALTH_URL'] ?? 'http://127.0.0.1:8080/healthz';

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
} catch (error) {
  console.error(`${url}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
