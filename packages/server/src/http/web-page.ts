import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser sent the request for a web page. A page may send a plain POST to any address without asking
 * (a "simple" request, Fetch Standard, "CORS-safelisted"), and the Host of a local service is always right; what
 * needs no signature must look at what browsers say about the sender. Typing the address in is no web page.
 */
export function isFromWebPage(headers: IncomingHttpHeaders): boolean {
  if (headers.origin !== undefined) return true;
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'none' && site !== 'same-origin';
}
