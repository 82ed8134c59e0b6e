/** What every answer tells the browser to refuse, and which Host names are answered at all. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError, pathOf } from './problems.ts';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  // A clip that the page has decrypted has no address but one of its own.
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // The page builds its elements one by one; a string can never become markup.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The API's description is shown by a library that writes styles and markup of its own. */
const docsContentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const path = pathOf(request);
  const isDocs = path === '/docs' || path.startsWith('/docs/');
  reply.header(
    'content-security-policy',
    isDocs ? docsContentSecurityPolicy : contentSecurityPolicy,
  );
  reply.header('x-content-type-options', 'nosniff');
  reply.header('x-frame-options', 'DENY');
  reply.header('referrer-policy', 'no-referrer');
  reply.header('cross-origin-opener-policy', 'same-origin');
  reply.header('cross-origin-resource-policy', 'same-origin');
  reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=()');
  reply.header('x-request-id', request.id);
  // Footage must not outlive its deletion in a browser's cache. [DEL-1]
  if (path.startsWith('/v1/')) reply.header('cache-control', 'private, no-store');
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The Host names to answer to: on loopback only loopback's own, else a foreign page could reach it through a name of
 * its own (DNS rebinding). Null answers to every name.
 */
export function hostsAnswered(
  bindHost: string,
  publicUrl: URL | undefined,
): ReadonlySet<string> | null {
  const isLoopback = loopbackNames.includes(bindHost) || bindHost === '::1';
  if (!isLoopback) return null;
  return new Set(publicUrl === undefined ? loopbackNames : [...loopbackNames, publicUrl.hostname]);
}

export function refuseForeignHost(
  request: FastifyRequest,
  answered: ReadonlySet<string> | null,
): void {
  if (answered === null) return;
  const name = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  if (!answered.has(name)) throw new ProblemError(421, 'this server does not answer to that host');
}
